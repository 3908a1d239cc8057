/** Who answers is believed only once it has shown this launch's nonce and process. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { type TestContext, test } from "node:test";
import { AddonLink } from "../../../src/engine/addon_link.ts";
import type { View } from "../../../src/engine/link.ts";

const state = { ready: true, scene: {}, player: { exists: false }, boot_errors: [] };
const event = (name: string, data: unknown) => `event: ${name}\ndata: ${JSON.stringify(data)}\n\n`;

/** A link to somebody who says this of itself, and then that it is ready; what became of it. */
async function linkTo(context: TestContext, hello: { nonce: string; pid: number }) {
  const server = createServer((_request, response) => {
    response.writeHead(200, { "Content-Type": "text/event-stream" });
    response.write(event("hello", hello) + event("state", state));
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const { promise, resolve } = Promise.withResolvers<View | string>();
  const link = new AddonLink({
    port: (server.address() as AddressInfo).port,
    nonce: "ours",
    pid: 7,
    run: 1,
    onView: (view) => {
      if (view.ready) resolve(view);
    },
    onLost: resolve,
  });
  context.after(() => {
    link.close();
    server.closeAllConnections();
    server.close();
  });
  return promise;
}

test("an engine that shows the launch's nonce and process is ours", async (context) => {
  const found = await linkTo(context, { nonce: "ours", pid: 7 });
  assert.ok(typeof found === "object" && found.reachable && found.pid === 7);
});

for (const [what, hello] of [
  ["another nonce", { nonce: "another", pid: 7 }],
  ["another process", { nonce: "ours", pid: 8 }],
] as const) {
  test(`whoever shows ${what} is a stranger`, async (context) => {
    assert.equal(await linkTo(context, hello), "it is not the engine that was started");
  });
}
