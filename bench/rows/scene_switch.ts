/** A verified switch between two small scenes, over gRPC and over REST, and above what the engine itself reports. */
import { createClient } from "@connectrpc/connect";
import { createGrpcTransport } from "@connectrpc/connect-node";
import { SceneService } from "#gen/scene_service_pb.js";
import { median, times } from "../measure.ts";
import type { Result, Row } from "../row.ts";
import type { Subject } from "../subject.ts";

const scenes = ["res://demo/menu.tscn", "res://demo/main.tscn"] as const;

export const sceneSwitch: Row = {
  title: "Scene switch",
  async measure(subject, quick) {
    const count = quick ? 200 : 2000;
    const { loadScene } = createClient(
      SceneService,
      createGrpcTransport({ baseUrl: `http://127.0.0.1:${subject.port}` }),
    );
    return [
      ...(await overOne("gRPC", count, async (scenePath) => {
        const { result } = await loadScene({ scenePath });
        return Number(result?.scene?.loadTime?.nanos) / 1e6;
      })),
      ...(await overOne("REST", count, (path) => overRest(subject, path))),
    ];
  },
};

async function overRest(subject: Subject, path: string): Promise<number> {
  const { scene } = await subject.call("POST", "/scene/load", { scene_path: path });
  return Number.parseFloat((scene as { load_time: string }).load_time) * 1000;
}

async function overOne(
  protocol: string,
  count: number,
  load: (path: string) => Promise<number>,
): Promise<Result[]> {
  const engine: number[] = [];
  let turn = 0;
  const all = await times(count, async () => {
    turn += 1;
    engine.push(await load(scenes[turn % 2] as string));
  });
  return [
    { name: `verified switch over ${protocol}, p50`, value: median(all), unit: "ms", target: 1 },
    {
      name: `the same, above the engine's own load, p50`,
      value: median(all) - median(engine),
      unit: "ms",
      target: 0.5,
    },
  ];
}
