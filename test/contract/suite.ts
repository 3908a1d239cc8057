/** What every client may rely on, whatever it speaks. Written once, run for each kind. */
import assert from "node:assert/strict";
import type { TestContext } from "node:test";
import { type Client, Code, ConnectError, createClient, type Transport } from "@connectrpc/connect";
import { ErrorReason } from "#gen/error_pb.js";
import { GodotControlService } from "#gen/godot_control_service_pb.js";
import { EngineState, type Health } from "#gen/health_pb.js";
import { type LogEntry, LogSource, Severity } from "#gen/log_pb.js";
import { EngineAction, LoadStage } from "#gen/scene_pb.js";
import { SceneService } from "#gen/scene_service_pb.js";
import { failure } from "../support/expect.ts";
import type { Gate } from "../support/gate.ts";
import { uidCache } from "../support/imports.ts";
import { projectGodot, sceneFile } from "../support/project.ts";
import { watching } from "../support/watching.ts";
import type { ClientKind } from "./clients.ts";
import { ignoresUnknownFields, refusesLargeRequests, refusesUnknownFields } from "./every_method.ts";
import { nodeClauses, nodeFiles } from "./node.ts";

export const chattyLines = 250;

/** The project that the suite runs on; beside these, a gate's files. */
export const projectFiles: Readonly<Record<string, string | Uint8Array>> = {
  "project.godot": projectGodot({ mainScene: "res://main.tscn" }),
  "main.tscn": sceneFile("Main", { uid: "uid://ctest0000main" }),
  ".godot/uid_cache.bin": uidCache({ "uid://ctest0000main": "res://main.tscn" }),
  "other.tscn": `${sceneFile("Other", { type: "Node3D" })}\n[node name="Hero" type="Node3D" parent="." groups=["player"]]\n`,
  "broken.tscn": "[gd_scene format=3]\n\n[node name=",
  "warning.tscn": sceneFile("Warning", { script: "res://warning.gd" }),
  "warning.gd": 'extends Node2D\n\nfunc _ready() -> void:\n\tpush_warning("careful: ünï")\n',
  "chatty.tscn": sceneFile("Chatty", { script: "res://chatty.gd" }),
  "chatty.gd": `extends Node2D\n\nfunc _ready() -> void:\n\tfor index: int in ${chattyLines}:\n\t\tprint("line %d" % index)\n`,
  "notes.txt": "no scene",
  ...nodeFiles,
};

const main = "res://main.tscn";
const other = "res://other.tscn";

export interface Contract {
  readonly kind: ClientKind;
  readonly godot: Client<typeof GodotControlService>;
  readonly scene: Client<typeof SceneService>;
  readonly transport: Transport;
  readonly gate: Gate;
}

/** Runs the whole suite with one client, against a server that runs `projectFiles`. */
export async function contract(
  context: TestContext,
  kind: ClientKind,
  transport: Transport,
  gate: Gate,
): Promise<void> {
  const client: Contract = {
    kind,
    godot: createClient(GodotControlService, transport),
    scene: createClient(SceneService, transport),
    transport,
    gate,
  };
  const clause = (name: string, check: (client: Contract) => Promise<void>) =>
    context.test(name, { timeout: 20_000 }, () => check(client));

  await clause("LoadScene proves what it has loaded", loadsScene);
  await clause("LoadScene tells apart what cannot be loaded, and the scene stays", refusesScenes);
  await clause("a wrong field is named", namesFields);
  await clause("an unknown field is refused by its name, in every rpc", refusesUnknownFields);
  await clause("an unknown field that has no name is passed over, in every rpc", ignoresUnknownFields);
  await clause("a request over 1 MiB is refused, in every rpc", refusesLargeRequests);
  await clause("ReloadScene loads the current scene again", reloads);
  await clause("GetHealth, GetStatus, GetCurrentScene and ListScenes agree with the load before", agrees);
  await clause("ListLogs pages", listsLogs);
  await clause("LoadSceneStream tells the stages in order", streamsStages);
  await clause("WatchHealth gives the present, then changes, then signs of life", watchesHealth);
  await clause("WatchCurrentScene gives the present, then changes", watchesScene);
  await clause("WatchLogs goes on where it was left", resumesLogs);
  for (const [name, check] of nodeClauses) await clause(name, check);
  await clause("a watch that its client leaves does the server no harm", survivesCancels);
  await clause("a load that takes longer than its timeout is pending, and goes on", isPending);
  if (kind.deadline) await clause("the client's own deadline ends its call", keepsDeadline);
  if (kind.engine) await clause("Start, Stop and Restart do what they say", runsEngine);
}

async function loadsScene({ scene }: Contract) {
  const { result } = await scene.loadScene({ scenePath: other });
  assert.equal(result?.scene?.path, other);
  assert.equal(result.scene.name, "other");
  assert.equal(result.scene.rootName, "Other");
  assert.equal(result.scene.rootType, "Node3D");
  assert.equal(result.scene.nodeCount, 2);
  assert.ok(result.scene.run > 0n);
  assert.ok(result.scene.loadTime);
  assert.deepEqual(result.issues, []);

  const byUid = await scene.loadScene({ scenePath: "uid://ctest0000main" });
  assert.equal(byUid.result?.scene?.path, main);
  assert.equal(byUid.result.scene.uid, "uid://ctest0000main");
  assert.equal(byUid.result.engineAction, EngineAction.KEPT);
  assert.equal(byUid.result.engineActionReason, "");
  assert.equal(byUid.result.imported, false);

  const warning = await scene.loadScene({ scenePath: "res://warning.tscn" });
  const [issue, ...more] = warning.result?.issues ?? [];
  assert.deepEqual(more, []);
  assert.equal(issue?.message, "careful: ünï");
  assert.equal(issue.severity, Severity.WARN);
  assert.equal(issue.file, "res://warning.gd");
  assert.equal(issue.line, 4);
}

async function refusesScenes({ scene }: Contract) {
  await scene.loadScene({ scenePath: main });

  const unknown = await failure(scene.loadScene({ scenePath: "res://deep/Other.tscn" }));
  assert.equal(Code[unknown.code], "NotFound");
  assert.equal(
    unknown.message,
    "No scene res://deep/Other.tscn in the project. Did you mean res://other.tscn? SceneService.ListScenes (GET /scenes) lists those there are.",
  );
  assert.equal(unknown.detail?.reason, ErrorReason.SCENE_NOT_FOUND);
  assert.deepEqual(unknown.detail.metadata, { scene_path: "res://deep/Other.tscn" });

  for (const path of [
    "",
    "main.tscn",
    "res://../main.tscn",
    "res://a//b.tscn",
    "res://notes.txt",
    "res://",
  ]) {
    const bad = await failure(scene.loadScene({ scenePath: path }));
    assert.equal(Code[bad.code], "InvalidArgument", path);
    assert.equal(bad.detail?.reason, ErrorReason.INVALID_SCENE_PATH, path);
    assert.deepEqual(bad.detail.metadata, { scene_path: path });
    assert.match(bad.message, /^scene_path .* or its "uid:\/\/…"\.$/);
  }

  const broken = await failure(scene.loadScene({ scenePath: "res://broken.tscn" }));
  assert.equal(Code[broken.code], "FailedPrecondition");
  assert.equal(broken.detail?.reason, ErrorReason.SCENE_BROKEN);
  assert.deepEqual(broken.detail.metadata, { scene_path: "res://broken.tscn" });
  assert.match(broken.message, /the scene before it stays current.* The engine says: /);
  assert.match(broken.detail.logTail.map(({ message }) => message).join("\n"), /broken\.tscn:3/);
  assert.ok(broken.detail.logTail.every(({ severity }) => severity >= Severity.WARN));

  const streamed = await failure(
    watching((signal) => scene.loadSceneStream({ scenePath: "res://nope.tscn" }, { signal })).next(),
  );
  assert.equal(Code[streamed.code], "NotFound");
  assert.equal(streamed.detail?.reason, ErrorReason.SCENE_NOT_FOUND);

  const current = await scene.getCurrentScene({});
  assert.equal(current.scene?.path, main);
}

async function namesFields({ godot, scene }: Contract) {
  const { health: before } = await godot.getHealth({});
  const timeouts = [
    { seconds: 0n, nanos: 0 },
    { seconds: 3600n, nanos: 1_000_000 },
    { seconds: -1n, nanos: 0 },
  ];
  for (const timeout of timeouts) {
    const refusals = await Promise.all([
      failure(scene.loadScene({ scenePath: main, timeout })),
      failure(scene.reloadScene({ timeout })),
      failure(godot.start({ timeout })),
      failure(godot.stop({ timeout })),
      failure(godot.restart({ timeout })),
    ]);
    for (const { code, message, detail } of refusals) {
      assert.equal(Code[code], "InvalidArgument");
      assert.match(message, /^timeout: must be from 0\.001 s to 3600 s, not /);
      assert.equal(detail?.reason, ErrorReason.INVALID_FIELD);
      assert.deepEqual(detail.metadata, { field: "timeout" });
    }
  }
  const heartbeat = await failure(
    watching((signal) => godot.watchHealth({ heartbeat: { nanos: 99_000_000 } }, { signal })).next(),
  );
  assert.equal(Code[heartbeat.code], "InvalidArgument");
  assert.deepEqual(heartbeat.detail?.metadata, { field: "heartbeat" });
  const limit = await failure(godot.listLogs({ limit: 10_001 }));
  assert.equal(Code[limit.code], "InvalidArgument");
  assert.deepEqual(limit.detail?.metadata, { field: "limit" });
  const { health: after } = await godot.getHealth({});
  assert.equal(after?.process?.pid, before?.process?.pid, "a refused call stops nothing");
}

async function reloads({ scene }: Contract) {
  await scene.loadScene({ scenePath: "res://warning.tscn" });
  const { result } = await scene.reloadScene({});
  assert.equal(result?.scene?.path, "res://warning.tscn");
  assert.deepEqual(
    result.issues.map(({ message }) => message),
    ["careful: ünï"],
  );
}

async function agrees({ godot, scene }: Contract) {
  for (const path of [main, other, main, other, main, other, main, other]) {
    await scene.loadScene({ scenePath: path });
    const { health } = await godot.getHealth({});
    const known = { scene: health?.scene?.name, player: health?.player?.exists };
    assert.deepEqual(
      known,
      path === main ? { scene: "main", player: false } : { scene: "other", player: true },
    );
  }
  const [{ health }, { status }, current, { scenes }] = await Promise.all([
    godot.getHealth({}),
    godot.getStatus({}),
    scene.getCurrentScene({}),
    scene.listScenes({}),
  ]);
  assert.deepEqual(essentials(health), {
    healthy: true,
    issues: [],
    running: true,
    reachable: true,
    scene: "other",
    player: true,
  });
  assert.deepEqual(essentials(status?.health), essentials(health));
  assert.ok(health?.time);
  assert.equal(status?.health?.process?.state, EngineState.RUNNING);
  assert.equal(status.health.process.pid, health.process?.pid);
  assert.equal(status.health.process.attached, false);
  assert.equal(status.health.player?.nodePath, "/root/Other/Hero");
  assert.deepEqual(status.health.scene, current.scene);
  assert.equal(status.projectName, "Test");
  assert.equal(status.mainScene, main);
  assert.match(status.engineVersion ?? "", /^4\.\d+/);
  assert.match(status.engineExecutable ?? "", /^[^/\\]+$/);
  assert.match(status.serverVersion, /^\d+\.\d+\.\d+/);
  assert.ok(status.serverStartTime);
  assert.ok(status.engineStartTime);
  assert.deepEqual(status.bootErrors, []);
  assert.equal(current.scene?.path, other);
  assert.deepEqual(
    scenes.map(({ path, uid, isMain }) => [path, uid, isMain]),
    [
      ["res://broken.tscn", undefined, false],
      ["res://chatty.tscn", undefined, false],
      ["res://gated.tscn", undefined, false],
      [main, "uid://ctest0000main", true],
      ["res://nodes.tscn", undefined, false],
      [other, undefined, false],
      ["res://warning.tscn", undefined, false],
    ],
  );
  assert.ok(scenes.every(({ size, modifiedTime }) => size > 0n && modifiedTime));
}

async function listsLogs({ godot, scene }: Contract) {
  const from = (await godot.listLogs({})).nextCursor;
  await scene.loadScene({ scenePath: "res://chatty.tscn" });
  const last = await untilLine(godot, from, `line ${chattyLines - 1}`);
  const page = await godot.listLogs({ cursor: from });
  const lines = page.entries.filter(({ message }) => message.startsWith("line "));
  assert.deepEqual(
    lines.map(({ message }) => message),
    Array.from({ length: chattyLines }, (_, index) => `line ${index}`),
  );
  assert.equal(page.dropped, 0n);
  assert.ok(page.nextCursor >= last.cursor);

  const forward: LogEntry[] = [];
  for (let cursor = from; cursor < page.nextCursor; ) {
    const { entries, nextCursor } = await godot.listLogs({ cursor, limit: 100, oldestFirst: true });
    forward.push(...entries);
    cursor = nextCursor;
  }
  assert.deepEqual(forward.slice(0, page.entries.length), page.entries, "page by page, each entry once");
  const filter = { cursor: from, run: last.run, source: LogSource.ENGINE };
  assert.deepEqual((await godot.listLogs(filter)).entries.at(-1), last);
  assert.deepEqual((await godot.listLogs({ ...filter, run: last.run + 1n })).entries, []);

  const newest = await godot.listLogs({ cursor: from, limit: 3 });
  assert.equal(newest.entries.length, 3);
  assert.equal(newest.entries.at(-1)?.cursor, newest.nextCursor);
  assert.equal(newest.dropped, newest.nextCursor - from - 3n);

  await scene.loadScene({ scenePath: "res://warning.tscn" });
  await untilLine(godot, last.cursor, "careful: ünï");
  const serious = await godot.listLogs({ cursor: last.cursor, minSeverity: Severity.WARN });
  assert.deepEqual(
    serious.entries.map(({ message, severity }) => [message, severity]),
    [["careful: ünï", Severity.WARN]],
  );
}

async function streamsStages({ scene }: Contract) {
  await scene.loadScene({ scenePath: main });
  const messages = [];
  for await (const message of scene.loadSceneStream({ scenePath: other })) messages.push(message);
  assertStages(messages.map(({ stage }) => stage));
  assert.ok(messages.some(({ stage }) => stage === LoadStage.LOADING));
  assert.ok(messages.every(({ percent }) => percent >= 0 && percent <= 100));
  const last = messages.pop();
  assert.equal(last?.result?.scene?.path, other);
  assert.equal(last.result.engineAction, EngineAction.KEPT);
  assert.ok(messages.every(({ result }) => result === undefined));
}

async function watchesHealth({ godot, scene }: Contract) {
  await scene.loadScene({ scenePath: main });
  const watch = watching((signal) => godot.watchHealth({}, { signal }));
  const present = await watch.next();
  assert.equal(present.heartbeat, false);
  assert.deepEqual(essentials(present.health), essentials((await godot.getHealth({})).health));
  assert.equal(present.health?.scene?.name, "main");
  await scene.loadScene({ scenePath: other });
  const changed = await watch.until(({ health }) => health?.scene?.name === "other");
  assert.equal(changed.heartbeat, false);
  assert.equal(changed.health?.player?.exists, true);
  assert.equal(codeOf(await watch.leave()), Code.Canceled);

  const beating = watching((signal) => godot.watchHealth({ heartbeat: { nanos: 100_000_000 } }, { signal }));
  assert.equal((await beating.next()).heartbeat, false);
  const beat = await beating.until(({ heartbeat }) => heartbeat);
  assert.equal(beat.health?.scene?.name, "other");
  assert.equal(codeOf(await beating.leave()), Code.Canceled);
}

async function watchesScene({ scene }: Contract) {
  await scene.loadScene({ scenePath: main });
  const watch = watching((signal) => scene.watchCurrentScene({}, { signal }));
  assert.equal((await watch.next()).scene?.path, main);
  for (const path of [other, main, other, main, other, main, other, main, other]) {
    const { result } = await scene.loadScene({ scenePath: path });
    assert.deepEqual((await watch.next()).scene, result?.scene, "one change for each load, and none back");
  }
  const { result } = await scene.reloadScene({});
  assert.equal(result?.scene?.path, other);
  assert.deepEqual((await watch.next()).scene, result.scene, "the same scene, loaded again, is a change");
  assert.equal(codeOf(await watch.leave()), Code.Canceled);
}

async function resumesLogs({ godot, scene }: Contract) {
  const from = (await godot.listLogs({})).nextCursor;
  const seen: LogEntry[] = [];
  const lastLines = () => seen.filter(({ message }) => message === `line ${chattyLines - 1}`).length;
  const take = ({ entries, dropped }: { entries: LogEntry[]; dropped: bigint }) => {
    assert.ok(entries.length > 0);
    assert.equal(dropped, 0n);
    seen.push(...entries);
  };

  const first = watching((signal) => godot.watchLogs({ cursor: from }, { signal }));
  await scene.loadScene({ scenePath: "res://chatty.tscn" });
  take(await first.next());
  assert.equal(codeOf(await first.leave()), Code.Canceled);

  await scene.reloadScene({});
  const second = watching((signal) => godot.watchLogs({ cursor: seen.at(-1)?.cursor ?? from }, { signal }));
  while (lastLines() < 2) take(await second.next());
  assert.equal(codeOf(await second.leave()), Code.Canceled);

  const last = seen.at(-1)?.cursor ?? 0n;
  assert.deepEqual(
    seen.map(({ cursor }) => cursor),
    Array.from({ length: Number(last - from) }, (_, index) => from + 1n + BigInt(index)),
    "each cursor once, none left out",
  );
  const lines = Array.from({ length: chattyLines }, (_, index) => `line ${index}`);
  assert.deepEqual(
    seen.map(({ message }) => message).filter((message) => message.startsWith("line ")),
    [...lines, ...lines],
  );

  // Only what is serious, and from now on.
  const serious = watching((signal) =>
    godot.watchLogs({ cursor: last, minSeverity: Severity.WARN }, { signal }),
  );
  await scene.loadScene({ scenePath: "res://warning.tscn" });
  const { entries } = await serious.next();
  assert.deepEqual(
    entries.map(({ message }) => message),
    ["careful: ünï"],
  );
  await serious.leave();
}

async function survivesCancels({ godot, scene }: Contract) {
  const watches = Array.from({ length: 20 }, () => [
    watching((signal) => godot.watchHealth({}, { signal })),
    watching((signal) => scene.watchCurrentScene({}, { signal })),
    watching((signal) => godot.watchLogs({ cursor: 0n }, { signal })),
  ]).flat();
  await Promise.all(watches.map((watch) => watch.next()));
  const codes = await Promise.all(watches.map(async (watch) => codeOf(await watch.leave())));
  assert.deepEqual(new Set(codes), new Set([Code.Canceled]));
  const { result } = await scene.loadScene({ scenePath: main });
  assert.equal(result?.scene?.path, main);
  assert.equal((await godot.getHealth({})).health?.healthy, true);
}

async function isPending({ scene, gate }: Contract) {
  await scene.loadScene({ scenePath: main });
  await gate.close();
  const { code, message, detail } = await failure(
    scene.loadScene({ scenePath: gate.scene, timeout: { nanos: 300_000_000 } }),
  );
  const before = await scene.getCurrentScene({});
  const watch = watching((signal) => scene.watchCurrentScene({}, { signal }));
  await gate.open();
  await watch.until((current) => current.scene?.path === gate.scene);
  await watch.leave();
  assert.equal(Code[code], "DeadlineExceeded");
  assert.equal(
    message,
    "res://gated.tscn was not verified within 0.3 s; the load goes on. Ask GetCurrentScene later, or allow a longer timeout.",
  );
  assert.equal(detail?.reason, ErrorReason.SCENE_PENDING);
  assert.deepEqual(detail.metadata, { scene_path: gate.scene });
  assert.equal(before.scene?.path, main);
}

async function keepsDeadline({ godot, scene, gate }: Contract) {
  await gate.close();
  const { code } = await failure(scene.loadScene({ scenePath: gate.scene }, { timeoutMs: 300 }));
  await gate.open();
  assert.equal(Code[code], "DeadlineExceeded");
  const after = await scene.loadScene({ scenePath: main });
  assert.equal(after.result?.scene?.path, main, "the next load waits for its turn and is served");

  const watch = watching((signal) => godot.watchHealth({}, { signal, timeoutMs: 1000 }));
  assert.equal((await watch.next()).health?.healthy, true);
  assert.equal(codeOf(await watch.end()), Code.DeadlineExceeded);
}

async function runsEngine({ godot, scene }: Contract) {
  await scene.loadScene({ scenePath: main });
  const running = await godot.start({});
  assert.equal(running.alreadyRunning, true);
  const first = processOf(running.health);
  assert.equal(first.state, EngineState.RUNNING);
  assert.ok(isAlive(first.pid));

  const watch = watching((signal) => godot.watchHealth({}, { signal }));
  assert.equal((await watch.next()).health?.process?.pid, first.pid);
  const stopped = await godot.stop({});
  assert.equal(stopped.alreadyStopped, false);
  assert.equal(stopped.health?.process?.state, EngineState.STOPPED);
  assert.equal(stopped.health.process.running, false);
  assert.equal(stopped.health.process.pid, undefined);
  assert.equal(stopped.health.api?.reachable, false);
  assert.ok(!isAlive(first.pid));
  const seen = await watch.until(({ health }) => health?.process?.running === false);
  assert.equal(seen.health?.healthy, false);
  await watch.leave();
  assert.equal((await godot.stop({})).alreadyStopped, true);

  const { health } = await godot.getHealth({});
  assert.deepEqual(essentials(health), {
    healthy: false,
    issues: health?.blockingIssues,
    running: false,
    reachable: false,
    scene: undefined,
    player: false,
  });
  assert.match(health?.blockingIssues.join("\n") ?? "", /^The engine is not running\./);
  assert.equal((await scene.getCurrentScene({})).scene, undefined);
  const nothing = await failure(scene.reloadScene({}));
  assert.equal(Code[nothing.code], "FailedPrecondition");
  assert.equal(nothing.detail?.reason, ErrorReason.NO_SCENE);

  const started = [];
  for await (const message of scene.loadSceneStream({ scenePath: other })) started.push(message);
  assertStages(started.map(({ stage }) => stage));
  assert.equal(started[0]?.stage, LoadStage.STARTING_ENGINE);
  assert.equal(started.at(-1)?.result?.engineAction, EngineAction.STARTED);
  assert.equal(started.at(-1)?.result?.scene?.run, first.run + 1n);

  const second = processOf((await godot.getStatus({})).status?.health);
  assert.equal(second.run, first.run + 1n);
  const restarted = processOf((await godot.restart({})).health);
  assert.equal(restarted.state, EngineState.RUNNING);
  assert.equal(restarted.run, first.run + 2n);
  assert.ok(!isAlive(second.pid));
  assert.ok(isAlive(restarted.pid));
  assert.equal((await scene.getCurrentScene({})).scene?.path, other, "the last verified scene is back");

  await godot.stop({});
  assert.ok(!isAlive(restarted.pid));
  const again = await godot.start({});
  assert.equal(again.alreadyRunning, false);
  assert.equal(processOf(again.health).run, first.run + 3n);
  assert.ok(isAlive(processOf(again.health).pid));
}

/** What GetHealth says in every protocol, the predecessor's included. */
const essentials = (health: Health | undefined) => ({
  healthy: health?.healthy,
  issues: health?.blockingIssues,
  running: health?.process?.running,
  reachable: health?.api?.reachable,
  scene: health?.scene?.name,
  player: health?.player?.exists,
});

function processOf(health: Health | undefined) {
  const { pid, run, state } = health?.process ?? {};
  assert.ok(pid !== undefined && run !== undefined);
  return { pid, run, state };
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    assert.equal((error as NodeJS.ErrnoException).code, "ESRCH");
    return false;
  }
}

function assertStages(stages: readonly LoadStage[]) {
  assert.equal(stages.at(-1), LoadStage.DONE);
  assert.equal(stages.indexOf(LoadStage.DONE), stages.length - 1);
  assert.deepEqual(
    stages,
    stages.toSorted((a, b) => a - b),
  );
}

/** The log is written by another process: its line may come after the load's proof. */
async function untilLine(godot: Contract["godot"], cursor: bigint, line: string): Promise<LogEntry> {
  const watch = watching((signal) => godot.watchLogs({ cursor }, { signal }));
  const { entries } = await watch.until((page) => page.entries.some(({ message }) => message === line));
  await watch.leave();
  const entry = entries.find(({ message }) => message === line);
  assert.ok(entry);
  return entry;
}

/** The code that a stream ended with; undefined where it ended without an error. */
const codeOf = (end: unknown) => (end === undefined ? undefined : ConnectError.from(end).code);
