/** A bus whose other end does what the addon does not. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, type RequestListener } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import { type TestContext, test } from "node:test";
import { Bus, Failure, Full, Refusal } from "../../../../../src/engine/link/bus/bus.ts";
import { FrameReader, kinds, type Message } from "../../../../../src/engine/link/bus/frame.ts";
import { frame } from "../../../../support/fake_addon.ts";

const never = new AbortController().signal;

/** A bus to a peer that does this with each message; and what became of it. */
async function busTo(
  context: TestContext,
  onMessage: (message: Message, socket: Socket) => void = () => {},
  onRequest: RequestListener = (_request, response) => response.writeHead(404).end(),
  speaks = true,
) {
  const server = createServer(onRequest).listen(0, "127.0.0.1");
  await once(server, "listening");
  if (speaks)
    server.on("upgrade", (_request, socket: Socket) => {
      socket.on("error", () => {});
      socket.write(
        "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: godot-control-bus\r\n\r\n",
      );
      const frames = new FrameReader();
      socket.on("data", (bytes: Buffer) => {
        for (const message of frames.read(bytes)) onMessage(message, socket);
      });
    });
  const lost = Promise.withResolvers<Error>();
  const bus = new Bus({
    port: (server.address() as AddressInfo).port,
    headers: {},
    version: 4,
    onEvent: () => {},
    onLost: lost.resolve,
  });
  context.after(() => {
    bus.close();
    server.closeAllConnections();
    server.close();
  });
  return { bus, lost: lost.promise };
}

test("answers find their calls, in any order", async (context) => {
  const waiting: number[] = [];
  const { bus } = await busTo(context, ({ id }, socket) => {
    waiting.push(id);
    if (waiting.length === 3)
      for (const one of waiting.reverse()) socket.write(frame(kinds.answer, one, "", one * 10));
  });
  const found = await Promise.all([1, 2, 3].map(() => bus.call("x", null, never)));
  assert.deepEqual(found, [10n, 20n, 30n]);
});

test("where the engine does not read, so much waits and no more, and calls that are given up count too", async (context) => {
  const { bus } = await busTo(context, (_message, socket) => socket.pause());
  const large = "x".repeat(1024 * 1024);
  const leaving = new AbortController();
  const errors = new Set<string>();
  // What the system's own buffers hold comes to it.
  for (let count = 0; count < 60; count += 1) {
    const call = bus
      .call("x", large, leaving.signal)
      .catch((error: Error) => errors.add(error.constructor.name));
    if (count === 0) await new Promise((resolve) => setImmediate(resolve));
    void call;
  }
  await assert.rejects(bus.call("x", null, never), Full);
  leaving.abort(new Error("left"));
  await new Promise((resolve) => setImmediate(resolve));
  assert.deepEqual(errors, new Set(["Full", "Error"]));
  await assert.rejects(bus.call("x", null, never), Full);
});

test("a failure is told in the addon's words", async (context) => {
  const { bus } = await busTo(context, ({ id }, socket) => socket.write(frame(kinds.failure, id, "", "why")));
  await assert.rejects(
    bus.call("x", null, never),
    (error) => error instanceof Failure && error.payload === "why",
  );
});

test("a call that is given up is cancelled, and its answer comes too late", async (context) => {
  const kindsSeen: number[] = [];
  const called = Promise.withResolvers<void>();
  const { bus } = await busTo(context, ({ kind, id }, socket) => {
    kindsSeen.push(kind);
    called.resolve();
    if (kind === kinds.cancel || id === 2) socket.write(frame(kinds.answer, id, "", id));
  });
  const leaving = new AbortController();
  const call = bus.call("x", null, leaving.signal);
  await called.promise;
  leaving.abort(new Error("left"));
  await assert.rejects(call, { message: "left" });
  assert.equal(await bus.call("x", null, never), 2n);
  assert.deepEqual(kindsSeen, [kinds.call, kinds.cancel, kinds.call]);
});

test("calls that wait fail when the connection ends, and no later one hangs", async (context) => {
  const { bus, lost } = await busTo(context, (_message, socket) => socket.destroy());
  await assert.rejects(bus.call("x", null, never), { message: "it closed the connection" });
  assert.equal((await lost).message, "it closed the connection");
  await assert.rejects(bus.call("x", null, never), { message: "it closed the connection" });
});

test("what is no frame ends the connection, with its reason", async (context) => {
  const { bus, lost } = await busTo(context, (_message, socket) => socket.write(Buffer.alloc(8, 0xff)));
  await assert.rejects(bus.call("x", null, never), /sent a frame of 4294967295 bytes/);
  assert.match((await lost).message, /sent a frame of/);
});

test("an engine that ends is let go", async (context) => {
  const { bus, lost } = await busTo(context, (_message, socket) => {
    socket.write(frame(kinds.event, 0, "goodbye", {}));
  });
  await assert.rejects(bus.call("x", null, never), { message: "it closed the connection" });
  await lost;
});

test("one that does not speak the bus is told by its status", async (context) => {
  const { lost } = await busTo(
    context,
    undefined,
    (_request, response) => response.writeHead(418).end(),
    false,
  );
  const problem = await lost;
  assert.ok(problem instanceof Refusal && problem.status === 418);
});

test("a call to one that does not answer the request is given up in its own time", async (context) => {
  const { bus } = await busTo(context, undefined, () => {}, false);
  const leaving = new AbortController();
  const call = bus.call("x", null, leaving.signal);
  leaving.abort(new Error("left"));
  await assert.rejects(call, { message: "left" });
});

test("a bus that is closed says nothing of it, and its calls fail", async (context) => {
  const { bus } = await busTo(context);
  const call = bus.call("x", null, never);
  await new Promise(setImmediate);
  bus.close();
  await assert.rejects(call, { message: "it was closed" });
});
