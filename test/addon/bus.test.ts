/** The addon's bus on raw sockets: whatever a peer sends, and however slowly it reads. */
import assert from "node:assert/strict";
import type { Socket } from "node:net";
import { after, before, describe, it } from "node:test";
import { protocol } from "../../src/engine/link/addon/addon_link.ts";
import { Bus, Failure, Refusal } from "../../src/engine/link/bus/bus.ts";
import { encodeFrame, FrameReader, kinds, type Message } from "../../src/engine/link/bus/frame.ts";
import { fromPlain, toPlain } from "../../src/engine/link/variant/plain.ts";
import { type BareEngine, startBareEngine } from "../support/bare_engine.ts";
import { sceneFile, temporaryProject } from "../support/project.ts";
import { openBus } from "../support/raw_bus.ts";

const never = new AbortController().signal;
const loading = (name: string) => fromPlain({ scene_path: `res://${name}.tscn` });

describe("The addon's bus", () => {
  let engine: BareEngine;
  const cleanups: (() => unknown)[] = [];
  const context = { after: (cleanup: () => unknown) => cleanups.push(cleanup) } as never;

  before(async () => {
    const project = await temporaryProject(context, {
      "main.tscn": sceneFile("Main"),
      "other.tscn": sceneFile("Other"),
      "slow.tscn": sceneFile("Slow", { script: "res://slow.gd" }),
      "slow.gd": "extends Node2D\n\nfunc _ready() -> void:\n\tOS.delay_msec(500)\n",
      "asked.tscn": sceneFile("Asked", { script: "res://asked.gd" }),
      "asked.gd": "extends Node2D\n\nvar stands: int:\n\tget:\n\t\tOS.delay_msec(1000)\n\t\treturn 1\n",
      "stands.tscn": sceneFile("Stands", { script: "res://stands.gd" }),
      "stands.gd": "extends Node2D\n\nfunc _ready() -> void:\n\tOS.delay_msec(1200)\n",
      "large.tscn": sceneFile("Large", { script: "res://large.gd" }),
      // Its errors are in the answer of each of its loads.
      "large.gd": `extends Node2D\n\nfunc _ready() -> void:\n\tfor turn: int in 200:\n\t\tpush_error("%d%s" % [turn, "x".repeat(8000)])\n`,
    });
    engine = await startBareEngine(context, project, "res://main.tscn");
  });
  after(async () => {
    for (const cleanup of cleanups.reverse()) await cleanup();
  });

  const headers = () => ({ Authorization: engine.authorization });
  /** A client, and the events that it was told. */
  function connect(options: { version?: number; headers?: Record<string, string> } = {}) {
    const events: [string, unknown][] = [];
    let changed = () => {};
    const until = async (test: () => unknown) => {
      while (!test())
        await new Promise<void>((resolve) => {
          changed = resolve;
        });
    };
    const lost = Promise.withResolvers<Error>();
    const bus = new Bus({
      port: engine.port,
      headers: headers(),
      version: protocol,
      onEvent: (name, payload) => {
        events.push([name, toPlain(payload)]);
        changed();
      },
      onLost: lost.resolve,
      ...options,
    });
    cleanups.push(() => bus.close());
    return { bus, events, until, lost: lost.promise };
  }
  const load = async (bus: Bus, name: string) =>
    toPlain(await bus.call("scene.load", loading(name), never)) as {
      scene: { scene_name: string; generation: number };
    };

  it("is closed to a client that does not show the secret", async () => {
    const problem = await connect({ headers: { Authorization: "Bearer other" } }).lost;
    assert.ok(problem instanceof Refusal && problem.status === 401);
  });

  it("refuses a client of another version", async () => {
    const problem = await connect({ version: protocol + 1 }).lost;
    assert.ok(problem instanceof Refusal && problem.status === 426);
  });

  it("tells a client the present first, then what changes", async () => {
    const { bus, events, until } = connect();
    await load(bus, "other");
    // It may come after the answer.
    await until(() => events.some(([name, payload]) => name === "state" && sceneOf(payload) === "other"));
    const told = events.map(([name]) => name).filter((name) => name !== "beat");
    assert.deepEqual(told.slice(0, 3), ["hello", "boot", "state"]);
  });

  it("tells that the main loop goes on before it answers what it stood still for", async () => {
    const { bus, events } = connect();
    await load(bus, "stands");
    const told = events.filter(([name]) => name === "main_loop").map(([, payload]) => payload);
    const seconds = told.map((payload) => (payload as { stuck_seconds: number }).stuck_seconds);
    assert.deepEqual(seconds.slice(-2), [1, 0]);
  });

  it("says by name what it has no command for, and what fails", async () => {
    const { bus } = connect();
    const reason = async (name: string, payload = loading("none")) => {
      const error = await bus.call(name, payload, never).catch((error: Error) => error);
      assert.ok(error instanceof Failure);
      return (toPlain(error.payload) as { reason: string }).reason;
    };
    assert.equal(await reason("scene.nothing"), "UNIMPLEMENTED");
    assert.equal(await reason("scene.load"), "SCENE_NOT_FOUND");
    assert.equal(await reason("scene.load", fromPlain([1])), "INVALID_SCENE_PATH");
    assert.equal(await reason("scene.load", null), "INVALID_SCENE_PATH");
  });

  it("forgets a call that is given up", async () => {
    const { bus } = connect();
    const leaving = new AbortController();
    const call = bus.call("scene.load", loading("other"), leaving.signal);
    leaving.abort(new Error("left"));
    await assert.rejects(call, { message: "left" });
    assert.equal((await load(bus, "main")).scene.scene_name, "main");
  });

  const sound = encodeFrame(kinds.call, 1, "scene.nothing", null);
  const size = (bytes: number) => Buffer.from(Uint32Array.of(bytes).buffer);
  for (const [what, bytes] of Object.entries({
    "no frame": Buffer.from("GET /health HTTP/1.1\r\n\r\n"),
    "a frame that is too large": size(2 ** 32 - 1),
    "a frame without anything": size(0),
    "bytes that are no Variant": Buffer.concat([size(8), Buffer.alloc(8, 0xff)]),
    "a Variant that is no message": Buffer.concat([size(4), Buffer.alloc(4)]),
    "a frame that only the engine sends": encodeFrame(kinds.event, 0, "hello", null),
  })) {
    it(`ends the connection of a client that sends ${what}, and goes on`, async () => {
      const { socket } = await openBus(engine);
      socket.resume();
      socket.write(bytes);
      await new Promise((resolve) => socket.once("close", resolve));
      const { bus } = connect();
      const answer = toPlain(await bus.call("scene.load", loading("main"), never));
      assert.deepEqual((answer as { issues: unknown }).issues, [], "It is nobody's issue.");
      bus.close();
    });
  }

  it("reads a frame that comes byte by byte", async () => {
    const { socket } = await openBus(engine);
    const answers = answersOf(socket);
    for (const byte of sound) socket.write(Buffer.of(byte));
    assert.equal((await answers.next()).value?.id, 1);
    socket.destroy();
  });

  it("answers 256 calls at once, and one more by name", async () => {
    const { socket } = await openBus(engine);
    const answers = answersOf(socket);
    const calls = Array.from({ length: 400 }, (_, index) =>
      encodeFrame(kinds.call, index, "scene.load", loading("main")),
    );
    socket.write(Buffer.concat(calls));
    const found = new Map<number, number>();
    for await (const { id, kind } of answers) if (found.set(id, kind).size === 400) break;
    assert.equal(found.size, 400, "Each is answered once.");
    socket.destroy();
  });

  /** Keeps the main thread from all that comes after it, for a second. */
  async function stand(socket: Socket, id: number) {
    await load(connect().bus, "asked");
    socket.write(encodeFrame(kinds.call, id, "node.get_node", fromPlain({ properties: ["stands"] })));
  }

  it("lets no more bytes of calls wait for the main thread than there is room for", async () => {
    const { socket } = await openBus(engine);
    const answers = answersOf(socket);
    const large = [2, 3, 4, 5].map((id) =>
      encodeFrame(kinds.call, id, "scene.load", "x".repeat(12 * 1024 * 1024)),
    );
    await stand(socket, 1);
    for (const frame of large) socket.write(frame);
    const reasons = new Map<number, string>();
    while (reasons.size < 4) {
      const { value } = await answers.next();
      assert.ok(value);
      if (value.kind === kinds.failure)
        reasons.set(value.id, (toPlain(value.payload) as { reason: string }).reason);
    }
    const refused = [...reasons.values()].filter((reason) => reason === "TOO_MANY_CALLS");
    assert.ok(refused.length >= 2, `${[...reasons]}`);
    socket.destroy();
  });

  it("lets no more calls wait for the main thread where each is given up at once", async () => {
    const { socket } = await openBus(engine);
    const answers = answersOf(socket);
    await stand(socket, 0);
    const given = Array.from({ length: 400 }, (_, index) => [
      encodeFrame(kinds.call, index + 1, "scene.load", loading("main")),
      encodeFrame(kinds.cancel, index + 1, "", null),
    ]);
    socket.write(Buffer.concat(given.flat()));
    const refused = new Set<number>();
    for await (const { id, kind } of answers) {
      if (kind === kinds.answer) break;
      refused.add(id);
    }
    assert.ok(refused.size >= 400 - 256 && !refused.has(0), `${refused.size} were refused`);
    socket.destroy();
  });

  it("refuses a call with another's id, which has its answer all the same", async () => {
    const { socket } = await openBus(engine);
    const answers = answersOf(socket);
    const slow = encodeFrame(kinds.call, 5, "scene.load", loading("slow"));
    socket.write(Buffer.concat([slow, slow]));
    const found = [(await answers.next()).value, (await answers.next()).value] as Message[];
    assert.deepEqual(
      found.map(({ id, kind }) => [id, kind]),
      [
        [5, kinds.failure],
        [5, kinds.answer],
      ],
    );
    socket.destroy();
  });

  /** So many loads, whose answers have some 1.6 MB each. */
  const largeLoads = (count: number) =>
    Buffer.concat(
      Array.from({ length: count }, (_, index) =>
        encodeFrame(kinds.call, index, "scene.load", loading("large")),
      ),
    );

  it("waits for no client that does not read, and answers it when it does", async () => {
    const { socket } = await openBus(engine);
    const { bus } = connect();
    socket.write(largeLoads(20));
    assert.equal(sceneOf(toPlain(await bus.call("scene.load", loading("other"), never))), "other");
    const found = new Set<number>();
    for await (const { id } of answersOf(socket)) if (found.add(id).size === 20) break;
    assert.equal(found.size, 20);
    socket.destroy();
  });

  it("answers a client that does not read by a failure, before it has taken more than its share of memory", async () => {
    const { socket } = await openBus(engine);
    const { bus } = connect();
    const { scene } = await load(bus, "other");
    socket.write(largeLoads(70));
    // Of loads of two clients, either may be read first.
    const last = scene.generation + 70;
    while ((await load(bus, "other")).scene.generation < last);
    const kindsOf = new Map<number, number>();
    for await (const { id, kind } of answersOf(socket)) if (kindsOf.set(id, kind).size === 70) break;
    const failed = [...kindsOf.values()].filter((kind) => kind === kinds.failure);
    assert.ok(failed.length > 10 && failed.length < 60, `${failed.length} of 70`);
    socket.destroy();
  });

  it("has 16 clients, and no more until one of them has left", async () => {
    const all: { socket: Socket; status: number }[] = [];
    while (all.length < 40 && all.at(-1)?.status !== 503) all.push(await openBus(engine));
    assert.equal(all.at(-1)?.status, 503);
    for (const { socket } of all) socket.destroy();
    for (let status = 503; status === 503; ) ({ status } = await openBus(engine));
  });

  it("ends in order when it is asked to quit", async () => {
    const { bus, lost } = connect();
    await bus.call("godot_control.quit", fromPlain({}), never);
    assert.equal((await lost).message, "it closed the connection");
    assert.equal((await engine.exited).code, 0);
  });
});

const sceneOf = (payload: unknown) => (payload as { scene?: { scene_name?: string } }).scene?.scene_name;

async function* answersOf(socket: Socket): AsyncGenerator<Message> {
  const frames = new FrameReader();
  for await (const bytes of socket)
    for (const message of frames.read(bytes as Buffer)) if (message.kind !== kinds.event) yield message;
}
