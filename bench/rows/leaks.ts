/** A thousand switches in a row: what engine and server have more of afterwards. */
import { setTimeout as elapse } from "node:timers/promises";
import { openDescriptors, residentMemory } from "../../test/support/process_figures.ts";
import { smallScenes } from "../project.ts";
import type { Row } from "../row.ts";
import type { Subject } from "../subject.ts";

const switches = 1_000;

export const leaks: Row = {
  title: "Leaks",
  async measure(subject) {
    // Twice: the first thousand fills caches and compiles what is hot.
    await switchScenes(subject);
    const before = await look(subject);
    await switchScenes(subject);
    const after = await look(subject);
    return {
      results: [
        {
          name: `${switches} switches: nodes in the engine`,
          value: after.nodes - before.nodes,
          unit: "more",
          target: 0,
        },
        {
          name: `${switches} switches: objects in the engine`,
          value: after.objects - before.objects,
          unit: "more",
          // The engine's own count sways by so many from one look to the next.
          target: 5,
        },
        {
          name: `${switches} switches: files and sockets of the server`,
          value: after.files - before.files,
          unit: "more",
          target: 0,
        },
        {
          name: `${switches} switches: files and sockets of the engine`,
          value: after.engineFiles - before.engineFiles,
          unit: "more",
          target: 0,
        },
        {
          name: `${switches} switches: the server's memory`,
          value: (after.memory - before.memory) / 1e6,
          unit: "MB more",
          target: 5,
        },
      ],
    };
  },
};

async function switchScenes({ rest }: Subject): Promise<void> {
  const requests = smallScenes.map((path) => rest.prepare("POST", "/scene/load", { scene_path: path }));
  for (let turn = 0; turn < switches; turn += 1) await rest.send(requests[turn % 2] as string);
}

async function look({ rest, serverPid }: Subject) {
  await elapse(500); // What the last answers held is let go.
  const engine = (await rest.json("GET", "/godot/state/performance")) as Record<string, number>;
  const { process } = (await rest.json("GET", "/status")).health as { process: { pid: number } };
  return {
    nodes: engine.node_count ?? Number.NaN,
    objects: engine.object_count ?? Number.NaN,
    files: await openDescriptors(serverPid),
    engineFiles: await openDescriptors(process.pid),
    memory: await residentMemory(serverPid),
  };
}
