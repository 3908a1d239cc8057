/** Who answers is believed only once it has shown this launch's nonce and process. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { type TestContext, test } from "node:test";
import { AddonLink, protocol } from "../../../../../src/engine/link/addon/addon_link.ts";
import type { View } from "../../../../../src/engine/link/link.ts";
import { ControlError } from "../../../../../src/model/control_error.ts";
import { type FakeEvent, speakBus } from "../../../../support/fake_addon.ts";

const state = {
  ready: true,
  scene: {},
  player: { exists: false },
  faults: [],
  fault_count: 0,
  missing_autoloads: {},
  unimported: [],
};
/** A link to somebody who says this of itself, and then that it is ready; what became of it. */
async function linkTo(
  context: TestContext,
  hello: { nonce: string; pid: number; protocol?: number },
  more: readonly FakeEvent[] = [],
) {
  const server = createServer().listen(0, "127.0.0.1");
  speakBus(server, { events: () => [["hello", { protocol, ...hello }], ...more, ["state", state]] });
  await once(server, "listening");
  const { promise, resolve } = Promise.withResolvers<View | ControlError>();
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
  assert.ok("ready" in found && found.reachable && found.pid === 7);
});

for (const [what, hello, more, reason, message] of [
  [
    "another nonce",
    { nonce: "another", pid: 7 },
    [],
    "ENGINE_UNRESPONSIVE",
    /not the engine that was started/,
  ],
  [
    "another process",
    { nonce: "ours", pid: 8 },
    [],
    "ENGINE_UNRESPONSIVE",
    /not the engine that was started/,
  ],
  [
    "an older protocol",
    { nonce: "ours", pid: 7, protocol: 1 },
    [],
    "ADDON_INCOMPATIBLE",
    /version 1 .* version 4/,
  ],
  [
    "an event that is no state",
    { nonce: "ours", pid: 7 },
    [["state", "{}"]],
    "ENGINE_UNRESPONSIVE",
    /sent an event "state" that cannot be read/,
  ],
  [
    "a state that lacks something",
    { nonce: "ours", pid: 7 },
    [["state", { ready: true }]],
    "ENGINE_UNRESPONSIVE",
    /sent an event "state" that cannot be read/,
  ],
] as const) {
  test(`an engine that shows ${what} is not driven, and the reason is told`, async (context) => {
    const found = await linkTo(context, hello, more);
    assert.ok(found instanceof ControlError);
    assert.equal(found.reason, reason);
    assert.match(found.message, message);
  });
}
