/** The bridge, before an addon that says what the real one does not. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { create } from "@bufbuild/protobuf";
import type { HandlerContext } from "@connectrpc/connect";
import { GodotControlService } from "#gen/godot_control_service_pb.js";
import {
  GetNodeRequestSchema,
  type GetNodeResponse,
  NodeService,
  WatchNodeRequestSchema,
  type WatchNodeResponse,
} from "#gen/node_service_pb.js";
import { Feed } from "../../../../src/async/feed.ts";
import { CommandFailure, type CommandOptions } from "../../../../src/engine/link/link.ts";
import { fromPlain, toPlain } from "../../../../src/engine/link/variant/plain.ts";
import type { Variant } from "../../../../src/engine/link/variant/variant.ts";
import { RecentLog } from "../../../../src/engine/process/recent_log.ts";
import { nothingKnown } from "../../../../src/engine/supervisor/snapshot.ts";
import type { Supervisor } from "../../../../src/engine/supervisor/supervisor.ts";
import { callUnsupported } from "../../../../src/errors/engine.ts";
import { ControlError } from "../../../../src/model/control_error.ts";
import { bridge } from "../../../../src/services/bridge/bridge.ts";

type Command = (name: string, payload: Variant, options: CommandOptions) => Promise<Variant>;

/** The two kinds of call, of a bridge to this addon. */
function bridgeTo(command: Command, longestCall?: number) {
  const running = {
    ...nothingKnown,
    run: 3,
    view: { ...nothingKnown.view, stuckSeconds: 9 },
  };
  const supervisor = {
    feed: new Feed(running),
    log: new RecentLog(),
    link: { command },
    isLeaving: false,
    running: async () => running,
  } as unknown as Supervisor;
  const closing = new AbortController().signal;
  const { methods } = bridge(NodeService, {
    supervisor,
    hangTimeout: 100,
    closing,
    ...(longestCall !== undefined && { longestCall }),
  }) as unknown as {
    methods: {
      getNode(request: unknown, context: HandlerContext): Promise<GetNodeResponse>;
      watchNode(request: unknown, context: HandlerContext): AsyncIterable<WatchNodeResponse>;
    };
  };
  const context = (signal: AbortSignal) => ({ signal }) as HandlerContext;
  return {
    ask: (signal = new AbortController().signal, path = "A") =>
      methods.getNode(create(GetNodeRequestSchema, { path, properties: ["b"] }), context(signal)),
    watch: (signal = new AbortController().signal) =>
      methods.watchNode(create(WatchNodeRequestSchema, { path: "A" }), context(signal)),
  };
}

const reasonOf = async (call: Promise<unknown>) => {
  const error = await call.then(
    () => assert.fail("it was answered"),
    (error: unknown) => error,
  );
  assert.ok(error instanceof ControlError, String(error));
  return [error.reason, error.message, error.metadata];
};

test("a call is a command by the rpc's name, with the request's fields", async () => {
  const calls: [string, unknown][] = [];
  const { ask } = bridgeTo(async (name, payload) => {
    calls.push([name, toPlain(payload)]);
    return fromPlain({ node: { path: "/root/A", child_count: 2 } });
  });
  const { node } = await ask();
  assert.deepEqual(calls, [["node.get_node", { path: "A", properties: ["b"] }]]);
  assert.deepEqual([node?.path, node?.childCount], ["/root/A", 2]);
});

test("what the addon fails with is told by its reason, in its words", async () => {
  const failing = (error: Error) => bridgeTo(() => Promise.reject(error)).ask();
  const missing = new CommandFailure("NODE_NOT_FOUND", "No node A.", { path: "A" });
  assert.deepEqual(await reasonOf(failing(missing)), ["NODE_NOT_FOUND", "No node A.", { path: "A" }]);
  const newer = new CommandFailure("NEWER", "Of a later day.", {});
  assert.deepEqual(await reasonOf(failing(newer)), [
    "ENGINE_UNRESPONSIVE",
    "The engine's HTTP side failed: node.get_node failed with NEWER: Of a later day.",
    {},
  ]);
  const [reason] = await reasonOf(failing(callUnsupported("node.get_node")));
  assert.equal(reason, "CALL_UNSUPPORTED");
});

test("an answer that cannot be read is told, with what of it cannot be", async () => {
  const { ask } = bridgeTo(async () => fromPlain({ node: { path: 1 } }));
  const [reason, message] = await reasonOf(ask());
  assert.equal(reason, "ENGINE_UNRESPONSIVE");
  assert.match(String(message), /its node\.path is not a String/);
});

test("a call that the main loop does not get to ends, and says why", async () => {
  const { ask } = bridgeTo((_name, _payload, { signal }) => rejected(signal), 20);
  assert.deepEqual(await reasonOf(ask()), [
    "CALL_TIMEOUT",
    "The engine did not answer within 0.02 s; its main loop has stood still for 9 s. Look at its health (GET /health), then ask again.",
    {},
  ]);
});

test("a caller that leaves ends its call with its own reason", async () => {
  const controller = new AbortController();
  const { ask } = bridgeTo((_name, _payload, { signal }) => rejected(signal));
  const call = ask(controller.signal);
  const left = new Error("left");
  controller.abort(left);
  await assert.rejects(call, left);
});

test("a stream has the last of its messages also where the command ends at once after it", async () => {
  const { watch } = bridgeTo(async (_name, _payload, { onMessage }) => {
    for (const frame of [1, 2, 3]) onMessage?.(fromPlain({ properties: {}, frame }));
    throw new CommandFailure("NODE_NOT_FOUND", "It has left the tree.", {});
  });
  const frames: bigint[] = [];
  const reading = (async () => {
    for await (const { frame } of watch()) frames.push(frame);
  })();
  assert.equal((await reasonOf(reading))[0], "NODE_NOT_FOUND");
  assert.deepEqual(frames, [3n]);
});

test("a stream that its reader leaves cancels the command", async () => {
  const cancelled = Promise.withResolvers<void>();
  const { watch } = bridgeTo((_name, _payload, { signal, onMessage }) => {
    signal.addEventListener("abort", () => cancelled.resolve());
    onMessage?.(fromPlain({ frame: 1 }));
    return rejected(signal);
  });
  for await (const { frame } of watch()) {
    assert.equal(frame, 1n);
    break;
  }
  await cancelled.promise;
});

test("so many calls and watches have a place, and one more is refused until one of them is over", async () => {
  const { ask, watch } = bridgeTo((_name, _payload, { signal, onMessage }) => {
    onMessage?.(fromPlain({ frame: 1 }));
    return rejected(signal);
  });
  const controller = new AbortController();
  const calls = Array.from({ length: 100 }, () => ask(controller.signal).catch(() => {}));
  assert.deepEqual((await reasonOf(ask()))[0], "QUEUE_FULL");
  const watches = Array.from({ length: 128 }, () => watch()[Symbol.asyncIterator]());
  await Promise.all(watches.map((one) => one.next()));
  const [reason, message] = await reasonOf(Promise.resolve(watch()[Symbol.asyncIterator]().next()));
  assert.deepEqual([reason, String(message).slice(0, 11)], ["QUEUE_FULL", "128 watches"]);
  await watches[0]?.return?.();
  assert.equal((await watch()[Symbol.asyncIterator]().next()).value?.frame, 1n);
  controller.abort(new Error("left"));
  await Promise.all(calls);
  const again = new AbortController();
  const last = ask(again.signal);
  again.abort(new Error("left"));
  await assert.rejects(last, /left/);
});

test("a text with a NUL is refused by its field's name", async () => {
  const { ask } = bridgeTo(() => assert.fail("it was called"));
  const [reason, , metadata] = await reasonOf(ask(undefined, "a\0"));
  assert.deepEqual([reason, metadata], ["INVALID_FIELD", { field: "path" }]);
});

test("a service that the engine does not answer has no bridge", () => {
  const options = { supervisor: {} as Supervisor, hangTimeout: 1, closing: new AbortController().signal };
  assert.throws(() => bridge(GodotControlService, options), /is not answered by the engine/);
});

const rejected = (signal: AbortSignal) =>
  new Promise<never>((_, reject) => {
    if (signal.aborted) reject(signal.reason);
    signal.addEventListener("abort", () => reject(signal.reason));
  });
