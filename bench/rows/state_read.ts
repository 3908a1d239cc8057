/** Reading scene state through the server: one connection's latency, sixteen connections' rate, and the proxy. */
import { createClient } from "@connectrpc/connect";
import { createGrpcTransport } from "@connectrpc/connect-node";
import { SceneService } from "#gen/scene_service_pb.js";
import { median, time, times } from "../measure.ts";
import type { Row } from "../row.ts";

const connections = 16;

export const stateRead: Row = {
  title: "State",
  async measure(subject, quick) {
    const count = quick ? 500 : 5000;
    const clients = Array.from({ length: connections }, () =>
      createClient(SceneService, createGrpcTransport({ baseUrl: `http://127.0.0.1:${subject.port}` })),
    );
    const first = clients[0] as (typeof clients)[0];
    const grpc = await times(count, () => first.getCurrentScene({}));
    const rest = await times(count, () => subject.call("GET", "/scene"));
    const took = await time(() =>
      Promise.all(
        clients.map(async (client) => {
          for (let round = 0; round < count; round += 1) await client.getCurrentScene({});
        }),
      ),
    );
    return [
      { name: "scene state over gRPC, p50", value: median(grpc), unit: "ms", target: 0.6 },
      { name: "scene state over REST, p50", value: median(rest), unit: "ms", target: 0.6 },
      {
        name: `scene state, ${connections} connections`,
        value: (count * connections * 1000) / took,
        unit: "/s",
        target: 5000,
        least: true,
      },
    ];
  },
};
