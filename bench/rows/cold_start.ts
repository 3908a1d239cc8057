/** The first request to a stopped engine until its scene is verified, against a bare boot into that scene. */
import { median, time } from "../measure.ts";
import type { Row } from "../row.ts";

const scene = "res://vr_main.tscn";

export const coldStart: Row = {
  title: "Cold start",
  async measure(subject, quick) {
    const cold: number[] = [];
    const bare: number[] = [];
    for (let round = 0; round < (quick ? 8 : 25); round += 1) {
      bare.push(await subject.bareBoot(scene));
      await subject.call("POST", "/stop");
      cold.push(await time(() => subject.call("POST", "/scene/load", { scene_path: scene })));
    }
    return [
      {
        name: "first request to a stopped engine, verified / bare boot",
        value: median(cold),
        reference: median(bare),
        unit: "ms",
        target: 1.25,
      },
    ];
  },
};
