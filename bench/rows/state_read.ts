/** Reading scene state through the server: latency on one connection, and answers a second on many. */
import { createClient } from "@connectrpc/connect";
import { createGrpcTransport } from "@connectrpc/connect-node";
import { SceneService } from "#gen/scene_service_pb.js";
import { GrpcClient } from "../clients/grpc.ts";
import { Http1Client } from "../clients/http1.ts";
import { median, time, times } from "../measure.ts";
import type { Row } from "../row.ts";

const wanted = 16;

export const stateRead: Row = {
  title: "State",
  async measure({ port, rest }, quick) {
    const count = quick ? 1_000 : 5_000;
    const request = rest.prepare("GET", "/scene");
    const overRest = await times(count, () => rest.send(request));
    const client = new GrpcClient(port);
    const overGrpc = await times(count, client.prepare(SceneService.method.getCurrentScene, {}));
    client.close();
    const connect = createClient(SceneService, createGrpcTransport({ baseUrl: `http://127.0.0.1:${port}` }));
    const overConnect = await times(count, () => connect.getCurrentScene({}));
    const byConnections: [number, number][] = [];
    for (let connections = 1; connections <= 256; connections *= 2)
      // One is kept for the benchmark itself: the server takes 256.
      byConnections.push([connections, await rate(port, Math.min(connections, 250), quick ? 4_000 : 30_000)]);
    return {
      results: [
        { name: "scene state over REST, p50", value: median(overRest), unit: "ms", target: 0.6 },
        { name: "scene state over gRPC, p50", value: median(overGrpc), unit: "ms", target: 0.6 },
        { name: "the same with Connect's own client", value: median(overConnect), unit: "ms" },
        {
          name: `scene state, ${wanted} connections`,
          value: byConnections.find(([connections]) => connections === wanted)?.[1] ?? Number.NaN,
          unit: "/s",
          target: 5_000,
          least: true,
        },
      ],
      curves: [
        {
          file: "answers_by_connections",
          title: "GET /scene, by connections",
          x: "connections",
          y: "answers/s",
          series: [{ name: "through the server", points: byConnections }],
        },
      ],
    };
  },
};

/** Answers a second when so many connections ask one question after the other. */
async function rate(port: number, connections: number, count: number): Promise<number> {
  const clients = Array.from({ length: connections }, () => new Http1Client(port));
  const each = Math.ceil(count / connections);
  const round = (rounds: number) =>
    Promise.all(
      clients.map(async (client) => {
        const request = client.prepare("GET", "/scene");
        for (let done = 0; done < rounds; done += 1) await client.send(request);
      }),
    );
  await round(Math.ceil(each / 10));
  const took = await time(() => round(each));
  for (const client of clients) client.close();
  return (each * connections * 1000) / took;
}
