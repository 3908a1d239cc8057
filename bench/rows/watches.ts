/** Ten thousand open health watches: what they cost, when each hears of a change, and who waits meanwhile. */
import { fork } from "node:child_process";
import { once } from "node:events";
import { setTimeout as elapse } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { residentMemory } from "../../test/support/process_figures.ts";
import { Http1Client } from "../clients/http1.ts";
import { quantile, time } from "../measure.ts";
import { smallScenes } from "../project.ts";
import type { Row } from "../row.ts";
import type { Subject } from "../subject.ts";

const watchers = fileURLToPath(new URL("../watchers.ts", import.meta.url));
const most = 10_000;

export const watches: Row = {
  title: "Watches",
  async measure(subject, quick) {
    const crowd = fork(watchers, [String(subject.port)], { serialization: "advanced" });
    const memory: [number, number][] = [];
    const before = await residentMemory(subject.serverPid);
    for (let count = 10; count <= most; count *= 10) {
      crowd.send({ open: count });
      await once(crowd, "message");
      await elapse(1_000); // What opening them left behind is not what keeping them costs.
      memory.push([count, (await residentMemory(subject.serverPid)) - before]);
    }
    const delivered: number[] = [];
    const unary: number[] = [];
    for (let round = 0; round < (quick ? 5 : 20); round += 1) {
      const burst = await change(subject, crowd, round);
      delivered.push(...burst.delivered);
      unary.push(...burst.unary);
    }
    crowd.kill("SIGKILL");
    const all = memory.at(-1)?.[1] ?? Number.NaN;
    return {
      results: [
        {
          name: `${most} watches, one change to all, p99`,
          value: quantile(delivered, 0.99),
          unit: "ms",
          target: 250,
        },
        { name: `${most} watches, server memory each`, value: all / most / 1024, unit: "KB", target: 30 },
        { name: "unary calls meanwhile, p99", value: quantile(unary, 0.99), unit: "ms", target: 20 },
      ],
      curves: [
        {
          file: "memory_by_watches",
          title: "Server memory, by open health watches",
          x: "watches",
          y: "MB more",
          series: [
            { name: "resident", points: memory.map(([count, bytes]) => [count, Math.max(bytes, 1e4) / 1e6]) },
          ],
        },
      ],
    };
  },
};

/** Changes the scene once; asks for it, over and over, until everybody has heard. */
async function change({ rest, port }: Subject, crowd: ReturnType<typeof fork>, round: number) {
  const client = new Http1Client(port);
  const question = client.prepare("GET", "/scene");
  const unary: number[] = [];
  let heard = false;
  const began = process.hrtime.bigint();
  const arrived = once(crowd, "message").then(([at]) => {
    heard = true;
    return (at as bigint[]).map((moment) => Number(moment - began) / 1e6);
  });
  void rest.json("POST", "/scene/load", { scene_path: smallScenes[(round + 1) % 2] });
  while (!heard) unary.push(await time(() => client.send(question)));
  client.close();
  return { delivered: await arrived, unary };
}
