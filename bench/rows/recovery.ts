/** From `kill -9` on the engine until it is healthy again, against a bare boot of the same scene. */
import { createClient } from "@connectrpc/connect";
import { createGrpcTransport } from "@connectrpc/connect-node";
import { GodotControlService } from "#gen/godot_control_service_pb.js";
import { median } from "../measure.ts";
import { smallScenes } from "../project.ts";
import type { Row } from "../row.ts";

export const recovery: Row = {
  title: "Recovery",
  async measure({ port, rest, bareBoot }, quick) {
    const [scene] = smallScenes;
    const { watchHealth } = createClient(
      GodotControlService,
      createGrpcTransport({ baseUrl: `http://127.0.0.1:${port}` }),
    );
    const back: number[] = [];
    const seen: number[] = [];
    const bare: number[] = [];
    for (let round = 0; round < (quick ? 4 : 15); round += 1) {
      bare.push(await bareBoot(scene));
      // A stop and a start begin a new series of back-offs: each kill is a first one.
      await rest.json("POST", "/stop");
      await rest.json("POST", "/scene/load", { scene_path: scene });
      let killed = 0;
      let down = 0;
      for await (const { health } of watchHealth({})) {
        if (killed === 0 && health?.healthy) {
          killed = performance.now();
          process.kill(health.process?.pid ?? 0, "SIGKILL");
        } else if (killed > 0 && down === 0 && !health?.healthy) {
          down = performance.now();
        } else if (down > 0 && health?.healthy) break;
      }
      back.push(performance.now() - killed);
      seen.push(down - killed);
    }
    return {
      results: [
        {
          name: "kill -9 until healthy again / bare boot",
          value: median(back),
          reference: median(bare),
          unit: "ms",
          target: 1.25,
        },
        { name: "kill -9 until a watcher sees it", value: median(seen), unit: "ms", target: 100 },
      ],
    };
  },
};
