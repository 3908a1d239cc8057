/** What server and addon cost while nobody asks for anything. */
import { setTimeout as elapse } from "node:timers/promises";
import { processorTime, residentMemory } from "../../test/support/process_figures.ts";
import { smallScenes } from "../project.ts";
import type { Row } from "../row.ts";

export const idle: Row = {
  title: "Idle",
  async measure({ rest, serverPid, besideBare }, quick) {
    // A start of its own, as the server is on a day without traffic: its memory is measured first of all.
    const { pid } = await rest.json("POST", "/start");
    const [scene] = smallScenes;
    return besideBare(scene, async (barePid) => {
      await elapse(17_000); // What a start leaves behind is collected after 15 s.
      const seconds = quick ? 10 : 40;
      const pids = [serverPid, Number(pid), barePid];
      const before = await Promise.all(pids.map(processorTime));
      await elapse(seconds * 1000);
      const after = await Promise.all(pids.map(processorTime));
      const [server = 0, engine = 0, bare = 0] = after.map(
        (value, index) => ((value - (before[index] ?? 0)) / seconds) * 100,
      );
      return {
        results: [
          { name: "idle: the server", value: server, unit: "% of a core", target: 0.5 },
          {
            name: "idle: the server's memory",
            value: (await residentMemory(serverPid)) / 1e6,
            unit: "MB",
            target: 90,
          },
          {
            name: "idle: the engine with the addon, above one without",
            value: engine - bare,
            unit: "% of a core",
            target: 0.5,
          },
        ],
      };
    });
  },
};
