/** The first request to a stopped engine until its scene is verified, against a bare boot into that scene. */
import { median, time } from "../measure.ts";
import { smallScenes } from "../project.ts";
import type { Row } from "../row.ts";

export const coldStart: Row = {
  title: "Cold start",
  async measure({ rest, bareBoot }, quick) {
    const [scene] = smallScenes;
    const cold: number[] = [];
    const bare: number[] = [];
    for (let round = 0; round < (quick ? 8 : 25); round += 1) {
      bare.push(await bareBoot(scene));
      await rest.json("POST", "/stop");
      cold.push(await time(() => rest.json("POST", "/scene/load", { scene_path: scene })));
    }
    return {
      results: [
        {
          name: "first request to a stopped engine, verified / bare boot",
          value: median(cold),
          reference: median(bare),
          unit: "ms",
          target: 1.25,
        },
      ],
    };
  },
};
