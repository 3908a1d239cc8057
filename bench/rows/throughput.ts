/** GetStatus against an empty handler on the same stack: what the answer itself costs. */
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { execa } from "execa";
import { GodotControlService } from "#gen/godot_control_service_pb.js";
import { GrpcClient } from "../clients/grpc.ts";
import { median, time, times } from "../measure.ts";
import type { Row } from "../row.ts";

const emptyServer = fileURLToPath(new URL("../empty_server.ts", import.meta.url));
const callers = 16;

export const throughput: Row = {
  title: "Throughput",
  async measure({ port }, quick) {
    const empty = execa(process.execPath, [emptyServer], { buffer: false, reject: false });
    const [line] = await once(empty.stdout, "data");
    const count = quick ? 150 : 1_000;
    const ours: number[] = [];
    const theirs: number[] = [];
    // In turns, so that a busy moment weighs on both.
    for (let round = 0; round < 8; round += 1) {
      ours.push(await rate(port, count));
      theirs.push(await rate(Number(line), count));
    }
    const alone = new GrpcClient(Number(line));
    const floor = await times(count * 4, alone.prepare(GodotControlService.method.getStatus, {}));
    alone.close();
    empty.kill("SIGKILL");
    await empty;
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
