/** GetStatus against an empty handler on the same stack: what the answer itself costs. */
import { GodotControlService } from "#gen/godot_control_service_pb.js";
import { GrpcClient } from "../clients/grpc.ts";
import { besideEmpty } from "../empty.ts";
import { median, time, times } from "../measure.ts";
import type { Row } from "../row.ts";

const callers = 16;

export const throughput: Row = {
  title: "Throughput",
  async measure({ port }, quick) {
    const count = quick ? 150 : 1_000;
    const ours: number[] = [];
    const theirs: number[] = [];
    const floor = await besideEmpty(async (emptyPort) => {
      // In turns, so that a busy moment weighs on both.
      for (let round = 0; round < 8; round += 1) {
        ours.push(await rate(port, count));
        theirs.push(await rate(emptyPort, count));
      }
      const alone = new GrpcClient(emptyPort);
      const took = await times(count * 4, alone.prepare(GodotControlService.method.getStatus, {}));
      alone.close();
      return took;
    });
    return {
      results: [
        {
          name: "GetStatus / an empty handler on the same stack",
          value: median(ours),
          reference: median(theirs),
          unit: "/s",
          target: 0.85,
          least: true,
        },
        { name: "an empty handler over gRPC, p50", value: median(floor), unit: "ms" },
      ],
    };
  },
};

async function rate(port: number, count: number): Promise<number> {
  const client = new GrpcClient(port);
  const getStatus = client.prepare(GodotControlService.method.getStatus, {});
  const took = await time(() =>
    Promise.all(
      Array.from({ length: callers }, async () => {
        for (let round = 0; round < count; round += 1) await getStatus();
      }),
    ),
  );
  client.close();
  return (count * callers * 1000) / took;
}
