/** Requests to what may be no Godot. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { type AddressInfo, createServer } from "node:net";
import { test } from "node:test";
import { HttpClient } from "../../../../src/engine/link/http_client.ts";

test("an answer that changes the protocol is a failure, and the connection ends", async (context) => {
  const server = createServer((socket) => {
    socket.on("error", () => {});
    socket.write("HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n");
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const client = new HttpClient((server.address() as AddressInfo).port);
  context.after(() => {
    client.close();
    server.close();
  });
  const connected = once(server, "connection");
  const call = client.call("GET", "/health", new AbortController().signal);
  const [socket] = await connected;
  await assert.rejects(call, { reason: "ENGINE_UNRESPONSIVE" });
  await once(socket.resume(), "close");
});
