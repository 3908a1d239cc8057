import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { setImmediate as nextTurn } from "node:timers/promises";
import { create, type MessageInitShape, toJsonString } from "@bufbuild/protobuf";
import { timestampFromMs, timestampMs } from "@bufbuild/protobuf/wkt";
import type { HandlerContext } from "@connectrpc/connect";
import {
  ListLogsRequestSchema,
  ListLogsResponseSchema,
  StartRequestSchema,
  WatchHealthRequestSchema,
  WatchLogsRequestSchema,
  type WatchLogsResponseSchema,
} from "#gen/godot_control_service_pb.js";
import { type Health, HealthSchema } from "#gen/health_pb.js";
import { LogSource, Severity } from "#gen/log_pb.js";
import { Feed } from "../../../src/async/feed.ts";
import { unreachable } from "../../../src/engine/link/link.ts";
import type { RawEntry } from "../../../src/engine/process/log_parser.ts";
import { RecentLog } from "../../../src/engine/process/recent_log.ts";
import { nothingKnown, type Snapshot } from "../../../src/engine/supervisor/snapshot.ts";
import { initial, type Model } from "../../../src/engine/supervisor/states.ts";
import { type GodotControlOptions, godotControl } from "../../../src/services/godot_control.ts";
import { collectGarbage } from "../../support/garbage.ts";

const raw = (message: string, more: Partial<RawEntry> = {}): RawEntry => ({
  severity: "INFO",
  source: "ENGINE",
  message,
  backtrace: [],
  ...more,
});

const context = { signal: new AbortController().signal } as HandlerContext;

/** The service on a supervisor that does nothing, and what the two share. */
function serving() {
  const feed = new Feed<Snapshot>(nothingKnown);
  const log = new RecentLog();
  const health = new Feed<Health>(create(HealthSchema));
  const service = godotControl({
    supervisor: { feed, log, start: async () => feed.value },
    health,
    closing: new AbortController().signal,
    version: "1.2.3",
    startTime: 0,
  } as unknown as GodotControlOptions);
  return {
    feed,
    log,
    health,
    service,
    async start() {
      return service.start(create(StartRequestSchema), context);
    },
    async list(request: MessageInitShape<typeof ListLogsRequestSchema>) {
      const answer = await service.listLogs(create(ListLogsRequestSchema, request), context);
      return page(answer);
    },
    /** The messages of a watch, one by one. */
    watch(request: MessageInitShape<typeof WatchLogsRequestSchema>) {
      const messages = service.watchLogs(create(WatchLogsRequestSchema, request), context);
      const iterator = messages[Symbol.asyncIterator]();
      return async () => page((await iterator.next()).value);
    },
  };
}

const page = ({
  entries = [],
  dropped,
}: MessageInitShape<typeof ListLogsResponseSchema> | MessageInitShape<typeof WatchLogsResponseSchema>) => ({
  messages: entries.map(({ message }) => message),
  dropped: Number(dropped),
});

describe("Start says whether the engine was running before it:", () => {
  const ready = { ...unreachable, reachable: true, ready: true };
  const states: readonly [Model["state"], boolean][] = [
    [{ kind: "stopped" }, false],
    [{ kind: "preparing" }, false],
    [{ kind: "starting", pid: 1 }, false],
    [{ kind: "running", pid: 1, port: 2 }, true],
    [{ kind: "stopping", pid: 1, thenStart: false }, false],
    [{ kind: "backoff", delay: 1 }, false],
  ];
  for (const [state, expected] of states)
    test(`${state.kind}: ${expected ? "yes" : "no"}, however ready it was seen last`, async () => {
      const { feed, start } = serving();
      feed.set({ ...nothingKnown, model: { ...initial, state }, view: ready });
      assert.equal((await start()).alreadyRunning, expected);
    });

  test("attached: yes", async () => {
    const { feed, start } = serving();
    feed.set({ ...nothingKnown, attached: true, view: ready });
    assert.equal((await start()).alreadyRunning, true);
  });
});

describe("WatchLogs", () => {
  test("tells with its next message what was lost where the filter left nothing", async () => {
    const { log, watch } = serving();
    for (let index = 0; index < 10_500; index += 1) log.add(1, raw("x"));
    const next = watch({ cursor: 0n, minSeverity: Severity.ERROR });
    const first = next();
    await new Promise(setImmediate);
    log.add(1, raw("one", { severity: "ERROR" }));
    assert.deepEqual(await first, { messages: ["one"], dropped: 500 });
    const second = next();
    log.add(1, raw("two", { severity: "ERROR" }));
    assert.deepEqual(await second, { messages: ["two"], dropped: 0 });
  });

  test("sends what was said at once in messages of 200, and tells what was lost with the first", async () => {
    const { log, watch } = serving();
    for (let index = 0; index < 10_250; index += 1) log.add(1, raw(`${index}`));
    const next = watch({ cursor: 0n });
    const first = await next();
    assert.deepEqual([first.messages.length, first.messages[0], first.dropped], [200, "250", 250]);
    assert.equal((await next()).dropped, 0);
  });
});

test("a watch of what is quiet keeps nothing of its heartbeats", async (t) => {
  t.mock.timers.enable({ apis: ["Date", "setTimeout"] });
  const { health, service } = serving();
  health.set(create(HealthSchema, { healthy: true }));
  const request = create(WatchHealthRequestSchema, { heartbeat: { nanos: 100_000_000 } });
  const messages = service.watchHealth(request, context)[Symbol.asyncIterator]();
  await messages.next();
  const heapAfter = async (beats: number) => {
    for (let beat = 0; beat < beats; beat += 1) {
      const next = messages.next();
      await nextTurn();
      t.mock.timers.tick(100);
      assert.equal((await next).value.heartbeat, true);
    }
    collectGarbage();
    return process.memoryUsage().heapUsed;
  };
  const before = await heapAfter(1_000);
  const grown = (await heapAfter(10_000)) - before;
  // 300 bytes of each would be 3 MB.
  assert.ok(grown < 1_000_000, `${grown} bytes`);
});

test("a heartbeat carries the present time, and leaves the health as it was", async (t) => {
  t.mock.timers.enable({ apis: ["Date", "setTimeout"], now: 5_000 });
  const { health, service } = serving();
  const before = create(HealthSchema, { healthy: true, time: timestampFromMs(1_000) });
  health.set(before);
  const request = create(WatchHealthRequestSchema, { heartbeat: { seconds: 2n } });
  const messages = service.watchHealth(request, context)[Symbol.asyncIterator]();
  const next = async () => {
    const { value } = await messages.next();
    return { heartbeat: value.heartbeat, time: timestampMs(value.health.time) };
  };
  assert.deepEqual(await next(), { heartbeat: false, time: 1_000 });
  const beat = next();
  await new Promise(setImmediate);
  t.mock.timers.tick(2_000);
  assert.deepEqual(await beat, { heartbeat: true, time: 7_000 });
  assert.equal(health.value, before);
  assert.equal(before.time?.seconds, 1n);
});

describe("the log is filtered by", () => {
  const entries: readonly [number, RawEntry][] = [
    [1, raw("import", { source: "IMPORT" })],
    [1, raw("script", { source: "SCRIPT", severity: "ERROR" })],
    [2, raw("print")],
    [2, raw("warning", { severity: "WARN" })],
  ];
  const filters: readonly [string, MessageInitShape<typeof ListLogsRequestSchema>, string[]][] = [
    ["nothing", {}, ["import", "script", "print", "warning"]],
    ["severity", { minSeverity: Severity.WARN }, ["script", "warning"]],
    ["run", { run: 2n }, ["print", "warning"]],
    ["source", { source: LogSource.SCRIPT }, ["script"]],
    ["all of them", { run: 1n, source: LogSource.IMPORT, minSeverity: Severity.WARN }, []],
  ];
  for (const [name, { minSeverity = 0, run = 0n, source = 0 }, expected] of filters)
    test(name, async () => {
      const { log, list, watch } = serving();
      for (const [number, entry] of entries) log.add(number, entry);
      const filter = { minSeverity, run, source };
      assert.deepEqual((await list(filter)).messages, expected);
      if (expected.length > 0)
        assert.deepEqual((await watch({ cursor: 0n, ...filter })()).messages, expected);
    });
});

test("ListLogs reads forward, page by page", async () => {
  const { log, service } = serving();
  for (const message of ["a", "b", "c"]) log.add(1, raw(message));
  const list = async (cursor: bigint) => {
    const request = create(ListLogsRequestSchema, { cursor, limit: 2, oldestFirst: true });
    const { entries, nextCursor } = await service.listLogs(request, context);
    return { messages: entries?.map(({ message }) => message), nextCursor };
  };
  const first = await list(0n);
  assert.deepEqual(first.messages, ["a", "b"]);
  assert.deepEqual((await list(first.nextCursor ?? 0n)).messages, ["c"]);
});

describe("a page of the log is 1 MiB of JSON at most", () => {
  // Each byte of these messages is six in JSON.
  const long = "\u0001".repeat(8192);
  const mostBytes = 1024 * 1024;
  const json = (answer: MessageInitShape<typeof ListLogsResponseSchema>) =>
    toJsonString(ListLogsResponseSchema, create(ListLogsResponseSchema, answer), { useProtoFieldName: true });
  const count = 50;
  const full = () => {
    const { log, service, watch } = serving();
    const backtrace = Array(5).fill({ function: "f", file: "res://a.gd", line: 1 });
    for (let index = 0; index < count; index += 1)
      log.add(1, raw(long, { severity: "ERROR", source: "SHADER", backtrace }));
    const list = (request: MessageInitShape<typeof ListLogsRequestSchema>) =>
      service.listLogs(create(ListLogsRequestSchema, { limit: 10_000, ...request }), context);
    return { log, list, watch };
  };

  test("the newest entries, and it says how many it left out", async () => {
    const { log, list } = full();
    const answer = await list({});
    assert.ok(json(answer).length <= mostBytes, `${json(answer).length}`);
    assert.equal(answer.entries?.at(-1)?.cursor, BigInt(log.newest.value));
    assert.equal(Number(answer.dropped) + (answer.entries?.length ?? 0), count);
  });

  test("the oldest entries, page by page to the end", async () => {
    const { log, list } = full();
    let read = 0;
    for (let cursor = 0n; cursor < BigInt(log.newest.value); ) {
      const answer = await list({ cursor, oldestFirst: true });
      assert.ok(json(answer).length <= mostBytes, `${json(answer).length}`);
      read += answer.entries?.length ?? 0;
      cursor = answer.nextCursor ?? 0n;
    }
    assert.equal(read, count);
  });

  test("a message of WatchLogs too", async () => {
    const next = full().watch({ cursor: 0n });
    assert.ok((await next()).messages.length < count);
  });

  test("an entry that is larger is a page by itself", async () => {
    const { log, list } = full();
    const frame = { function: "f".repeat(10_000), file: "res://a.gd", line: 1 };
    log.add(1, raw("large", { backtrace: Array(200).fill(frame) }));
    const { entries } = await list({});
    assert.deepEqual(
      entries?.map(({ message }) => message),
      ["large"],
    );
  });
});

test("ListLogs refuses a limit that is too large", async () => {
  const { list } = serving();
  await assert.rejects(list({ limit: 10_001 }), { reason: "INVALID_FIELD" });
});
