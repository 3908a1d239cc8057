/** A verified switch between two small scenes, over gRPC and over REST, and above what the engine itself reports. */
import { SceneService } from "#gen/scene_service_pb.js";
import { GrpcClient } from "../clients/grpc.ts";
import { median, times } from "../measure.ts";
import { smallScenes } from "../project.ts";
import type { Result, Row } from "../row.ts";

export const sceneSwitch: Row = {
  title: "Scene switch",
  async measure({ port, rest }, quick) {
    const count = quick ? 2000 : 6000;
    const overRest = smallScenes.map((path) => {
      const request = rest.prepare("POST", "/scene/load", { scene_path: path });
      return async () => {
        const { scene } = JSON.parse((await rest.send(request)).text) as { scene: { load_time: string } };
        return Number.parseFloat(scene.load_time) * 1000;
      };
    });
    const grpc = new GrpcClient(port);
    const overGrpc = smallScenes.map((scenePath) => {
      const call = grpc.prepare(SceneService.method.loadScene, { scenePath });
      return async () => Number((await call()).result?.scene?.loadTime?.nanos) / 1e6;
    });
    const results = [
      ...(await measureSwitches("REST", count, overRest)),
      ...(await measureSwitches("gRPC", count, overGrpc)),
    ];
    grpc.close();
    return { results };
  },
};

/** @param loads each loads its scene and tells how many milliseconds the engine says that it took */
async function measureSwitches(
  protocol: string,
  count: number,
  loads: readonly (() => Promise<number>)[],
): Promise<Result[]> {
  const engine: number[] = [];
  let turn = 0;
  const all = await times(count, async () => {
    const load = loads[turn % loads.length] as () => Promise<number>;
    turn += 1;
    engine.push(await load());
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
