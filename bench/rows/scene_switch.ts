/** A verified switch between two small scenes, over gRPC and over REST, and above what the engine itself reports. */

import { GodotControlService } from "#gen/godot_control_service_pb.js";
import { SceneService } from "#gen/scene_service_pb.js";
import { GrpcClient, read } from "../clients/grpc.ts";
import { Http1Client } from "../clients/http1.ts";
import { besideEmpty } from "../empty.ts";
import { median, times, timesAlone } from "../measure.ts";
import { smallScenes } from "../project.ts";
import type { Result, Row } from "../row.ts";

export const sceneSwitch: Row = {
  title: "Scene switch",
  async measure({ port, rest }, quick) {
    const count = quick ? 2000 : 6000;
    const overRest = smallScenes.map((path) => {
      const request = rest.prepare("POST", "/scene/load", { scene_path: path });
      return () => rest.send(request);
    });
    const floor = await measureEmpty(count);
    const results = await measureSwitches("REST", count, floor.rest, overRest, ({ text }) => {
      const { scene } = JSON.parse(text) as { scene: { load_time: string } };
      return Number.parseFloat(scene.load_time) * 1000;
    });
    // Not before: the server closes a connection that is idle for 75 s.
    const grpc = new GrpcClient(port);
    const { loadScene } = SceneService.method;
    const overGrpc = smallScenes.map((scenePath) => grpc.prepare(loadScene, { scenePath }));
    results.push(
      ...(await measureSwitches(
        "gRPC",
        count,
        floor.grpc,
        overGrpc,
        (answer) => Number(read(loadScene, answer).result?.scene?.loadTime?.nanos) / 1e6,
      )),
    );
    grpc.close();
    return { results };
  },
};

/** What an empty handler of each protocol takes, p50. */
const measureEmpty = (count: number) =>
  besideEmpty(async (port) => {
    const http = new Http1Client(port);
    const request = http.prepare("POST", "/empty", { scene_path: smallScenes[0] });
    const rest = median(await times(count, () => http.send(request)));
    http.close();
    const client = new GrpcClient(port);
    const grpc = median(await times(count, client.prepare(GodotControlService.method.getStatus, {})));
    client.close();
    return { rest, grpc };
  });

/** @param loadTime reads from an answer how many milliseconds the engine says that it took */
async function measureSwitches<Answer>(
  protocol: string,
  count: number,
  floor: number,
  loads: readonly (() => Promise<Answer>)[],
  loadTime: (answer: Answer) => number,
): Promise<Result[]> {
  const answers: Answer[] = [];
  const loadNext = async () => {
    const load = loads[answers.length % loads.length] as () => Promise<Answer>;
    answers.push(await load());
  };
  const all = await times(count, loadNext);
  const engine = answers.map(loadTime);
  const alone = await timesAlone(Math.ceil(count / 100), loadNext);
  return [
    { name: `verified switch over ${protocol}, p50`, value: median(all), unit: "ms", target: 1 },
    {
      name: `the same, above the engine's own load, p50`,
      value: median(all) - median(engine),
      unit: "ms",
      target: 0.5,
    },
    {
      name: `the same, above an empty handler of ${protocol} too, p50`,
      value: median(all) - median(engine) - floor,
      unit: "ms",
      target: 0.35,
    },
    {
      name: `one that comes 300 ms after the last, p50`,
      value: median(alone),
      reference: median(all),
      unit: "ms",
      target: 1.5,
    },
  ];
}
