import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { create } from "@bufbuild/protobuf";
import { durationMs, timestampMs } from "@bufbuild/protobuf/wkt";
import { EngineState } from "#gen/health_pb.js";
import { LogEntrySchema, LogSource, Severity } from "#gen/log_pb.js";
import { EngineAction, LoadResultSchema, SceneFileSchema, SceneSchema } from "#gen/scene_pb.js";
import type { SceneInfo } from "../../../../src/engine/link/link.ts";
import type { Health } from "../../../../src/engine/supervisor/health.ts";
import type { LogEntry } from "../../../../src/model/log_entry.ts";
import { toHealth } from "../../../../src/services/messages/health.ts";
import { toExit, toLogEntry } from "../../../../src/services/messages/log.ts";
import { toLoadResult, toScene, toSceneFile } from "../../../../src/services/messages/scene.ts";

const entry: LogEntry = {
  cursor: 7,
  time: 1_234,
  severity: "WARN",
  source: "SCRIPT",
  message: "careful",
  file: "res://a.gd",
  line: 3,
  function: "_ready",
  backtrace: [{ function: "_ready", file: "res://a.gd", line: 3 }],
  run: 2,
};
const scene: SceneInfo = {
  path: "res://a.tscn",
  name: "a",
  uid: "uid://a",
  rootName: "A",
  rootType: "Node2D",
  nodeCount: 1,
  generation: 4,
  loadTime: 1_234.5678,
};
const exit = { run: 2, signal: "SIGSEGV", asked: false, time: 1_234, message: "It crashed" };
const live = {
  processAlive: true,
  apiAnswering: true,
  mainLoopAdvancing: true,
  stuckSeconds: 0,
  projectImported: true,
  sceneReady: true,
};
const health: Health = {
  healthy: true,
  blockingIssues: [],
  state: "RUNNING",
  processRunning: true,
  pid: 7,
  run: 2,
  attached: false,
  reachable: true,
  port: 8080,
  scene,
  player: { exists: true, nodePath: "/root/A/Player" },
  lastExit: exit,
  liveness: live,
  time: 1_234,
};

describe("a log entry", () => {
  test("has everything that the engine said", () => {
    const message = create(LogEntrySchema, toLogEntry(entry));
    assert.deepEqual([message.cursor, message.run, message.message], [7n, 2n, "careful"]);
    assert.equal(message.count, 1n, "An entry of the log is one.");
    assert.deepEqual([message.severity, message.source], [Severity.WARN, LogSource.SCRIPT]);
    assert.deepEqual([message.file, message.line, message.function], ["res://a.gd", 3, "_ready"]);
    assert.equal(message.time && timestampMs(message.time), 1_234);
    assert.deepEqual(
      message.backtrace.map(({ file, line }) => [file, line]),
      [["res://a.gd", 3]],
    );
  });

  test("leaves out what the engine did not say", () => {
    const { file: _, line: __, function: ___, ...bare } = entry;
    const message = create(LogEntrySchema, toLogEntry({ ...bare, backtrace: [] }));
    assert.deepEqual([message.file, message.line, message.function], [undefined, undefined, undefined]);
  });
});

describe("a scene", () => {
  test("has its run, and its load time to the microsecond", () => {
    const message = create(SceneSchema, toScene(scene, 2));
    assert.deepEqual([message.run, message.generation, message.uid], [2n, 4n, "uid://a"]);
    assert.deepEqual([message.loadTime?.seconds, message.loadTime?.nanos], [1n, 234_567_800]);
  });

  test("leaves out what the engine does not say", () => {
    const { uid: _, loadTime: __, ...bare } = scene;
    const message = create(SceneSchema, toScene(bare, 2));
    assert.deepEqual([message.uid, message.loadTime], [undefined, undefined]);
  });

  test("carries a time that rounds up to a whole second as one", () => {
    const { loadTime } = create(SceneSchema, toScene({ ...scene, loadTime: 999.9999999 }, 1));
    assert.deepEqual([loadTime?.seconds, loadTime?.nanos], [1n, 0]);
  });
});

test("a load's result says what was done to the engine, and why", () => {
  const message = create(
    LoadResultSchema,
    toLoadResult({
      scene,
      run: 2,
      issues: { entries: [{ ...entry, count: 3 }], count: 5 },
      action: "RESTARTED",
      actionReason: "res://a.gd was changed",
      imported: true,
      newerOnDisk: "res://b.gd was changed",
    }),
  );
  assert.equal(message.engineAction, EngineAction.RESTARTED);
  assert.deepEqual([message.engineActionReason, message.imported], ["res://a.gd was changed", true]);
  assert.deepEqual(
    [message.issues[0]?.message, message.issues[0]?.count, message.issueCount],
    ["careful", 3n, 5n],
  );
  assert.equal(message.newerOnDisk, "res://b.gd was changed");
});

test("a scene file is the main scene by its path or its uid", () => {
  const file = { path: "res://a.tscn", uid: "uid://a", size: 9, mtimeMs: 1_234.5 };
  const isMain = (mainScene: string | undefined) =>
    create(SceneFileSchema, toSceneFile(file, mainScene)).isMain;
  assert.deepEqual(["res://a.tscn", "uid://a", "res://b.tscn", undefined].map(isMain), [
    true,
    true,
    false,
    false,
  ]);
  const noUid = create(SceneFileSchema, toSceneFile({ ...file, uid: undefined }, undefined));
  assert.deepEqual([noUid.uid, noUid.size], [undefined, 9n]);
});

test("an exit has a code or a signal", () => {
  assert.deepEqual([toExit(exit).code, toExit(exit).signal], [undefined, "SIGSEGV"]);
  const { signal: _, ...quit } = { ...exit, code: 0 };
  assert.deepEqual([toExit(quit).code, toExit(quit).signal], [0, undefined]);
});

describe("a health", () => {
  test("has all that is known", () => {
    const message = toHealth(health);
    assert.deepEqual(
      [message.process?.state, message.process?.pid, message.process?.run],
      [EngineState.RUNNING, 7, 2n],
    );
    assert.deepEqual([message.api?.port, message.scene?.run], [8080, 2n]);
    assert.equal(message.player?.nodePath, "/root/A/Player");
    assert.equal(message.lastExit?.signal, "SIGSEGV");
    assert.equal(message.liveness?.mainLoopStuck, undefined);
  });

  test("leaves out what is not there, and says how long the main loop has stood still", () => {
    const message = toHealth({
      ...health,
      pid: undefined,
      port: undefined,
      scene: undefined,
      player: { exists: false },
      lastExit: undefined,
      liveness: { ...live, stuckSeconds: 3 },
    });
    assert.deepEqual(
      [message.process?.pid, message.api?.port, message.scene, message.player?.nodePath, message.lastExit],
      [undefined, undefined, undefined, undefined, undefined],
    );
    const { mainLoopStuck } = message.liveness ?? {};
    assert.equal(mainLoopStuck && durationMs(mainLoopStuck), 3_000);
  });
});
