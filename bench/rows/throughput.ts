/** GetStatus against an empty handler on the same stack: what the answer itself costs. */
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { createClient } from "@connectrpc/connect";
import { createGrpcTransport } from "@connectrpc/connect-node";
import { execa } from "execa";
import { GodotControlService } from "#gen/godot_control_service_pb.js";
import { median, time } from "../measure.ts";
import type { Row } from "../row.ts";

const emptyServer = fileURLToPath(new URL("../empty_server.ts", import.meta.url));
const callers = 16;

export const throughput: Row = {
  title: "Throughput",
  async measure(subject, quick) {
    const empty = execa(process.execPath, [emptyServer], { buffer: false, reject: false });
    const [line] = await once(empty.stdout, "data");
    const count = quick ? 150 : 1000;
    const ours: number[] = [];
    const theirs: number[] = [];
    // In turns, so that a busy moment weighs on both.
    for (let round = 0; round < 8; round += 1) {
      ours.push(await rate(subject.port, count));
      theirs.push(await rate(Number(line), count));
    }
    empty.kill("SIGKILL");
    await empty;
    return [
      {
        name: "GetStatus / an empty handler on the same stack",
        value: median(ours),
        reference: median(theirs),
        unit: "/s",
        target: 0.85,
        least: true,
      },
    ];
  },
};

async function rate(port: number, count: number): Promise<number> {
  const { getStatus } = createClient(
    GodotControlService,
    createGrpcTransport({ baseUrl: `http://127.0.0.1:${port}` }),
  );
  const took = await time(() =>
    Promise.all(
      Array.from({ length: callers }, async () => {
        for (let round = 0; round < count; round += 1) await getStatus({});
      }),
    ),
  );
  return (count * callers * 1000) / took;
}
