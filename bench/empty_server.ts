/** The same stack with nothing behind it: what a call costs before anybody has answered it. Prints its port. */
import type { AddressInfo } from "node:net";
import { fastifyConnectPlugin } from "@connectrpc/connect-fastify";
import Fastify from "fastify";
import { GodotControlService } from "#gen/godot_control_service_pb.js";
import { behindGuard } from "../src/http/front/front.ts";
import { createPort } from "../src/http/front/port.ts";

const access = { allowedHosts: [], allowedOrigins: [], token: undefined };
const app = Fastify({
  serverFactory: (handler) =>
    createPort(behindGuard(access, handler, { onWrongToken() {}, onTurnedAway() {}, onFault() {} }))
      .server as never,
});
app.register(fastifyConnectPlugin, {
  routes: (router) => router.service(GodotControlService, { getStatus: () => ({}) }),
});
app.post("/empty", () => ({}));
await app.listen({ port: 0, host: "127.0.0.1" });
process.stdout.write(`${(app.server.address() as AddressInfo).port}\n`);
