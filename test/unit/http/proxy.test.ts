/** The proxy in front of a stand-in for the engine's HTTP side. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import { type TestContext, test } from "node:test";
import Fastify from "fastify";
import type { Link } from "../../../src/engine/link.ts";
import { type ProxyOptions, serveProxy } from "../../../src/http/proxy.ts";

/** A proxy in front of this; gives what fetches a path of it. */
async function proxying(
  context: TestContext,
  listener: RequestListener,
  options: Partial<ProxyOptions> = {},
) {
  const engine = createServer(listener).listen(0, "127.0.0.1");
  await once(engine, "listening");
  const { port } = engine.address() as AddressInfo;
  const app = Fastify();
  const link = { port, headers: {} } as Link;
  serveProxy(app, { link: () => link, ...options });
  const baseUrl = await app.listen({ host: "127.0.0.1", port: 0 });
  context.after(async () => {
    engine.closeAllConnections();
    engine.close();
    await app.close();
  });
  return (path: string, init?: RequestInit) => fetch(`${baseUrl}/godot${path}`, init);
}

test("the time limit ends with the answer's headers: a silent stream is open, and lives", async (context) => {
  let finish = () => {};
  const get = await proxying(
    context,
    ({ url }, response) => {
      if (url === "/silent") return;
      response.writeHead(200).flushHeaders();
      finish = () => response.end("late, and whole");
    },
    { mostWait: 50 },
  );
  const stream = await get("/stream");
  assert.equal(stream.status, 200);
  // It was asked after the stream began: when its limit is over, so would the stream's be.
  assert.equal((await get("/silent")).status, 504);
  finish();
  assert.equal(await stream.text(), "late, and whole");
});

test("no answer in time is 504, and says so as every error does", async (context) => {
  const get = await proxying(context, () => {}, { mostWait: 20 });
  const response = await get("/silent");
  assert.equal(response.status, 504);
  assert.deepEqual(await response.json(), {
    status: "error",
    message:
      "The engine's HTTP side did not answer within 0.02 s. GET /health says whether its main loop stands still.",
    code: "DEADLINE_EXCEEDED",
    reason: "ENGINE_UNRESPONSIVE",
  });
});

test("an engine that hangs up is 503", async (context) => {
  const get = await proxying(context, (request) => request.socket.destroy());
  const response = await get("/gone");
  assert.equal(response.status, 503);
  const { status, message } = (await response.json()) as Record<string, unknown>;
  assert.deepEqual([status, message], ["error", "Godot API not ready"]);
});

for (const path of ["/quit", "/quit?now=1", "/%71uit"])
  test(`${path} is not passed on: the engine would be started again`, async (context) => {
    const asked: unknown[] = [];
    const get = await proxying(context, ({ url }, response) => {
      asked.push(url);
      response.end();
    });
    const response = await get(path, { method: "POST" });
    assert.equal(response.status, 403);
    const { status, code, message } = (await response.json()) as Record<string, unknown>;
    assert.deepEqual([status, code], ["error", "PERMISSION_DENIED"]);
    assert.match(String(message), /Use POST \/stop\.$/);
    assert.deepEqual(asked, []);
  });

test("whatever else begins like that is passed on, and an attached engine's own /quit", async (context) => {
  const listener: RequestListener = ({ url }, response) => response.end(url);
  const get = await proxying(context, listener);
  for (const path of ["/quits", "/quit/now", "/game/quit"])
    assert.equal(await (await get(path)).text(), path);
  const attached = await proxying(context, listener, { isAttached: () => true });
  assert.equal(await (await attached("/quit")).text(), "/quit");
});
