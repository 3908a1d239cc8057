/** Looking inside the game: one node, and all of a large scene, against what the engine needs for the same by itself. */
import { setTimeout as elapse } from "node:timers/promises";
import { GodotControlService } from "#gen/godot_control_service_pb.js";
import { NodeService } from "#gen/node_service_pb.js";
import { GrpcClient, read } from "../clients/grpc.ts";
import { besideEmpty } from "../empty.ts";
import { median, time, times, timesAlone } from "../measure.ts";
import { smallScenes, walkedScene, walkedSize } from "../project.ts";
import type { Result, Row } from "../row.ts";
import type { Subject } from "../subject.ts";

const { getNode, listNodes } = NodeService.method;

export const nodes: Row = {
  title: "Nodes",
  async measure(subject, quick) {
    const { port, rest } = subject;
    await rest.json("POST", "/scene/load", { scene_path: smallScenes[0] });
    const client = new GrpcClient(port);
    try {
      return {
        results: [
          ...(await readOne(client, subject, quick)),
          ...(await readAll(client, subject, quick ? 5 : 25)),
        ],
      };
    } finally {
      client.close();
    }
  },
};

async function readOne(client: GrpcClient, { rest }: Subject, quick: boolean): Promise<Result[]> {
  const count = quick ? 1_000 : 5_000;
  const overGrpc = client.prepare(getNode, { properties: ["position"] });
  const request = rest.prepare("GET", "/node?properties=position");
  const { floor, floorAlone } = await besideEmpty(async (port) => {
    const nothing = new GrpcClient(port);
    const callNothing = nothing.prepare(GodotControlService.method.getStatus, {});
    const floor = await times(count, callNothing);
    const floorAlone = await timesAlone(quick ? 20 : 60, callNothing);
    nothing.close();
    return { floor, floorAlone };
  });
  const burst = await times(count, overGrpc);
  const alone = await timesAlone(quick ? 20 : 60, overGrpc);
  const restBurst = await times(count, () => rest.send(request));
  const restAlone = await timesAlone(quick ? 20 : 60, () => rest.send(request));
  return [
    {
      name: "GetNode over gRPC, above an empty handler, p50",
      value: median(burst) - median(floor),
      unit: "ms",
      target: 0.6,
    },
    {
      name: "GetNode over gRPC that comes 300 ms after the last, p50",
      value: median(alone),
      reference: median(burst),
      unit: "ms",
      target: 1.5,
    },
    {
      name: "an empty handler over gRPC that is called 300 ms after the last, p50",
      value: median(floorAlone),
      reference: median(floor),
      unit: "ms",
    },
    { name: "GetNode over REST, p50", value: median(restBurst), unit: "ms" },
    {
      name: "GetNode over REST that comes 300 ms after the last, p50",
      value: median(restAlone),
      reference: median(restBurst),
      unit: "ms",
      target: 1.5,
    },
  ];
}

async function readAll(client: GrpcClient, { rest }: Subject, rounds: number): Promise<Result[]> {
  await rest.json("POST", "/scene/load", { scene_path: walkedScene });
  const list = client.prepare(listNodes, { pageSize: walkedSize });
  /** Milliseconds, as the scene's script measures them. */
  const ask = async (property: string): Promise<number> => {
    const answer = await client.prepare(getNode, { properties: [property] })();
    const value = read(getNode, answer).node?.properties[property];
    if (value?.kind.case !== "int") throw new Error(`The scene has no ${property}.`);
    return Number(value.kind.value) / 1000;
  };
  const ours: number[] = [];
  const engine: number[] = [];
  const longer: number[] = [];
  await list();
  for (let round = 0; round < rounds; round += 1) {
    engine.push(await ask("walk_usec"));
    await ask("longest_frame_usec");
    const took = await time(list);
    const busy = await ask("longest_frame_usec");
    await elapse(took);
    longer.push(busy - (await ask("longest_frame_usec")));
    ours.push(took);
  }
  return [
    {
      name: "ListNodes of 10,000 nodes / the engine's own walk and encoding",
      value: median(ours),
      reference: median(engine),
      unit: "ms",
      target: 2,
    },
    { name: "the longest frame meanwhile is longer by", value: median(longer), unit: "ms", target: 4 },
  ];
}
