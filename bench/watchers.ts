/**
 * A crowd of health watches in a process of its own, so that reading them costs nobody else's time. Opens as
 * many as it is told, and sends home when each of them heard of a change.
 */
import { GodotControlService } from "#gen/godot_control_service_pb.js";
import { GrpcClient } from "./clients/grpc.ts";

/** Below the server's limit of 128 streams a connection. */
const perConnection = 100;

const port = Number(process.argv[2]);
let opened = 0;
let greeted = 0;
let heard: bigint[] = [];
let client: GrpcClient | undefined;

process.on("message", ({ open }: { open: number }) => {
  for (; opened < open; opened += 1) {
    if (opened % perConnection === 0 || !client) client = new GrpcClient(port);
    let first = true;
    client.watch(GodotControlService.method.watchHealth, () => {
      if (first) {
        first = false;
        greeted += 1;
        if (greeted === open) process.send?.("open");
        return;
      }
      heard.push(process.hrtime.bigint());
      if (heard.length < opened) return;
      process.send?.(heard);
      heard = [];
    });
  }
});
