/** A connection to the addon's bus whose bytes are the test's own. */
import { request } from "node:http";
import type { Socket } from "node:net";
import { protocol } from "../../src/engine/link/addon/addon_link.ts";
import type { BareEngine } from "./bare_engine.ts";

/** Nothing is read before the test does. */
export function openBus({ port, authorization }: BareEngine): Promise<{ socket: Socket; status: number }> {
  return new Promise((resolve, reject) => {
    const asked = request({
      host: "127.0.0.1",
      port,
      path: "/bus",
      agent: false,
      headers: {
        Authorization: authorization,
        Connection: "Upgrade",
        Upgrade: "godot-control-bus",
        "godot-control-bus": String(protocol),
      },
    });
    asked.on("error", reject);
    asked.once("response", ({ socket, statusCode = 0 }) => {
      socket.on("error", () => {});
      resolve({ socket, status: statusCode });
    });
    asked.once("upgrade", (_response, socket: Socket, head) => {
      socket.on("error", () => {});
      if (head.length > 0) socket.unshift(head);
      resolve({ socket, status: 101 });
    });
    asked.end();
  });
}
