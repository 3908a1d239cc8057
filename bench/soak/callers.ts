/** Everybody who uses the server at once: each protocol, unary calls, watches, loads. */
import { setTimeout as elapse } from "node:timers/promises";
import { type Client, createClient, type Transport } from "@connectrpc/connect";
import {
  createConnectTransport,
  createGrpcTransport,
  createGrpcWebTransport,
} from "@connectrpc/connect-node";
import { GodotControlService } from "#gen/godot_control_service_pb.js";
import { NodeService } from "#gen/node_service_pb.js";
import { SceneService } from "#gen/scene_service_pb.js";
import { Http1Client } from "../clients/http1.ts";
import { sceneOf, smallScenes } from "../project.ts";
import { RestFailure, type Tally } from "./tally.ts";

/** Between two calls of one caller, in ms: a mixed load, not a contest. */
const pause = 20;
const scenes = [...smallScenes, sceneOf(100), sceneOf(1_000)];
const readPaths = [
  "/health",
  "/status",
  "/scene",
  "/logs?limit=20",
  "/node?properties=name",
  "/nodes?page_size=20",
];
const any = <T>(values: readonly T[]) => values[Math.floor(Math.random() * values.length)] as T;

/** Runs until `signal` is aborted; resolves when every caller has had its last answer. */
export async function callAll(port: number, tally: Tally, signal: AbortSignal): Promise<void> {
  const baseUrl = `http://127.0.0.1:${port}`;
  const transports: Record<string, Transport> = {
    gRPC: createGrpcTransport({ baseUrl }),
    "gRPC-Web": createGrpcWebTransport({ baseUrl, httpVersion: "1.1" }),
    Connect: createConnectTransport({ baseUrl, httpVersion: "2" }),
    "Connect, JSON": createConnectTransport({ baseUrl, httpVersion: "1.1", useBinaryFormat: false }),
  };
  await Promise.all([
    ...Object.entries(transports).flatMap(([protocol, transport]) => [
      repeat(signal, () => tally.count(protocol, () => ask(transport))),
      repeat(signal, () =>
        tally.count(`${protocol}, loads`, async () => {
          await createClient(SceneService, transport).loadScene({ scenePath: any(scenes) });
          tally.loads += 1;
        }),
      ),
      watch(transport, `${protocol}, watches`, tally, signal),
    ]),
    overRest(port, tally, signal),
  ]);
}

async function ask(transport: Transport): Promise<void> {
  const godot = createClient(GodotControlService, transport);
  const scene = createClient(SceneService, transport);
  const node = createClient(NodeService, transport);
  await any([
    () => godot.getHealth({}),
    () => godot.getStatus({}),
    () => godot.listLogs({ limit: 50 }),
    () => scene.getCurrentScene({}),
    () => scene.listScenes({}),
    () => node.getNode({ properties: ["name", "position"] }),
    () => node.listNodes({}),
    () => watchOnce(node),
  ])();
}

/** Leaves a watch after its first message. Only an abort closes it: over HTTP/1.1, to read no further does not. */
async function watchOnce(node: Client<typeof NodeService>): Promise<void> {
  const leaving = new AbortController();
  for await (const _ of node.watchNode({ properties: ["position"] }, { signal: leaving.signal })) break;
  leaving.abort();
}

/** A watch must outlive every fault: one that ends before the run does is lost. */
async function watch(transport: Transport, name: string, tally: Tally, signal: AbortSignal): Promise<void> {
  await tally.count(name, async () => {});
  try {
    for await (const _ of createClient(GodotControlService, transport).watchHealth({}, { signal }));
    tally.lost.push(`${name}: it ended`);
  } catch (error) {
    if (!signal.aborted) tally.lost.push(`${name}: ${(error as Error).message}`);
  }
}

async function overRest(port: number, tally: Tally, signal: AbortSignal): Promise<void> {
  const client = new Http1Client(port);
  const call = async (method: "GET" | "POST", path: string, body?: unknown) => {
    const { status, text } = await client.send(client.prepare(method, path, body));
    // A health of 503 is an answer: it says that the game is not well.
    if (status >= 400 && path !== "/health") throw new RestFailure(status, JSON.parse(text));
  };
  await repeat(signal, async () => {
    await tally.count("REST", () => call("GET", any(readPaths)));
    await tally.count("REST, loads", async () => {
      await call("POST", "/scene/load", { scene_path: any(scenes) });
      tally.loads += 1;
    });
    await tally.count("proxy", () => call("GET", any(["/godot/health", "/godot/state/scene"])));
  });
  client.close();
}

async function repeat(signal: AbortSignal, work: () => Promise<void>): Promise<void> {
  while (!signal.aborted) {
    await work();
    await elapse(pause);
  }
}
