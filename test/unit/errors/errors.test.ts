import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { ErrorReason } from "#gen/error_pb.js";
import * as command from "../../../src/errors/command.ts";
import * as engine from "../../../src/errors/engine.ts";
import * as project from "../../../src/errors/project.ts";
import * as proxy from "../../../src/errors/proxy.ts";
import * as request from "../../../src/errors/request.ts";
import * as scenes from "../../../src/errors/scene.ts";
import * as server from "../../../src/errors/server.ts";
import { ControlError } from "../../../src/model/control_error.ts";
import { codeOf, nameOfCode } from "../../../src/services/error_status.ts";
import { logEntry as entry } from "../../support/log_entry.ts";

const module = { ...command, ...engine, ...project, ...proxy, ...request, ...scenes, ...server };
type Build = (...args: unknown[]) => ControlError;

const builders = Object.keys(module);
/** The builders that were called. */
const called = new Set<string>();
/** The builders, which note that they are called. */
const errors: typeof module = { ...module };
for (const name of builders) {
  const build = (module as unknown as Record<string, Build>)[name] as Build;
  const noting: Build = (...args) => {
    called.add(name);
    return build(...args);
  };
  Object.assign(errors, { [name]: noting });
}
const log = [entry("Parse Error: it broke", { file: "res://a.gd", line: 3 })];
const said = "The engine says: res://a.gd:3: Parse Error: it broke";
const scene = "res://a.tscn";
const crash = {
  run: 1,
  signal: "SIGSEGV",
  asked: false,
  time: 0,
  message: "The engine was ended by SIGSEGV",
};
const quit = { run: 1, code: 0, asked: false, time: 0, message: "The engine exited with code 0" };

/** Each error, its code and reason, and the words for what happened, why, and what to do next. */
const table: [error: ControlError, code: string, reason: string, ...words: string[]][] = [
  [errors.invalidField("limit", "is negative"), "INVALID_ARGUMENT", "INVALID_FIELD", "limit: is negative"],
  [
    errors.invalidScenePath("a", "is no scene"),
    "INVALID_ARGUMENT",
    "INVALID_SCENE_PATH",
    '"a" is no scene',
    "Give the path",
  ],
  [
    errors.sceneNotFound(scene, "res://b/a.tscn"),
    "NOT_FOUND",
    "SCENE_NOT_FOUND",
    scene,
    "Did you mean res://b/a.tscn?",
    "GET /scenes",
  ],
  [
    errors.sceneBroken(scene, "res://main.tscn is current", "The engine is old.", log),
    "FAILED_PRECONDITION",
    "SCENE_BROKEN",
    scene,
    "res://main.tscn is current. The engine is old.",
    said,
  ],
  [
    errors.scenePending(scene, 1500),
    "DEADLINE_EXCEEDED",
    "SCENE_PENDING",
    scene,
    "within 1.5 s",
    "Ask GetCurrentScene later",
  ],
  [
    errors.playerMissing(scene, 30_000),
    "DEADLINE_EXCEEDED",
    "PLAYER_MISSING",
    scene,
    "within 30 s",
    "--player-group",
  ],
  [
    errors.sceneHung(scene, 1, log),
    "DEADLINE_EXCEEDED",
    "SCENE_HUNG",
    "within 0.001 s",
    "hangs",
    "Look for an endless loop",
  ],
  [
    errors.sceneReplaced(scene, { path: "res://b.tscn", name: "b" }, log),
    "ABORTED",
    "SCENE_REPLACED",
    scene,
    "changed to res://b.tscn",
  ],
  [
    errors.sceneReplaced(scene, { path: "", name: "Built" }, log),
    "ABORTED",
    "SCENE_REPLACED",
    scene,
    "changed to Built, which has no file",
  ],
  [errors.sceneReplaced(scene, undefined, []), "ABORTED", "SCENE_REPLACED", scene, "the game removed it"],
  [errors.noScene(), "FAILED_PRECONDITION", "NO_SCENE", "No scene is loaded", "LoadScene"],
  [errors.queueFull(64), "RESOURCE_EXHAUSTED", "QUEUE_FULL", "64 scene loads", "Try again"],
  [
    errors.engineNotFound("no network"),
    "FAILED_PRECONDITION",
    "ENGINE_NOT_FOUND",
    "no network",
    "--godot-path",
  ],
  [
    errors.engineUnusable("godot", "it is Godot 3.6", "3.6"),
    "FAILED_PRECONDITION",
    "ENGINE_UNUSABLE",
    "godot cannot be used: it is Godot 3.6",
    "--godot-path",
  ],
  [
    errors.projectInvalid("it is empty"),
    "FAILED_PRECONDITION",
    "PROJECT_INVALID",
    "it is empty",
    "--project-path",
  ],
  [
    errors.loadTimeout("res://a.tscn", 1_500, "it rains"),
    "DEADLINE_EXCEEDED",
    "LOAD_TIMEOUT",
    "res://a.tscn",
    "1.5 s",
    "it rains",
    "longer timeout",
  ],
  [
    errors.whileEngineRuns(errors.projectInvalid("it is empty")),
    "FAILED_PRECONDITION",
    "PROJECT_INVALID",
    "runs on",
    "--project-path",
  ],
  [
    errors.cannotPrepare(Object.assign(new Error("full"), { code: "ENOSPC", syscall: "write" })),
    "FAILED_PRECONDITION",
    "IMPORT_FAILED",
    "ENOSPC in write",
    "Look at the disk",
  ],
  [
    errors.importFailed("it exited with 1", log),
    "FAILED_PRECONDITION",
    "IMPORT_FAILED",
    "it exited with 1",
    said,
  ],
  [errors.engineNotRunning(8080), "UNAVAILABLE", "ENGINE_NOT_RUNNING", "127.0.0.1:8080", "POST /start"],
  [
    errors.startTimeout(30_000, "Importing", log),
    "DEADLINE_EXCEEDED",
    "START_TIMEOUT",
    "within 30 s",
    "Importing",
    said,
  ],
  [errors.engineExited(crash, log), "UNAVAILABLE", "ENGINE_EXITED", "SIGSEGV", said],
  [
    errors.engineExited(quit, log),
    "UNAVAILABLE",
    "PROJECT_QUIT",
    "quit by itself",
    "get_tree().quit()",
    said,
  ],
  [
    errors.crashLoop(crash, log),
    "UNAVAILABLE",
    "CRASH_LOOP",
    "SIGSEGV",
    "Mend the cause",
    "POST /start",
    said,
  ],
  [errors.stoppedMeanwhile(), "ABORTED", "STOPPED", "stopped by another call"],
  [errors.engineUnresponsive("it hung up"), "UNAVAILABLE", "ENGINE_UNRESPONSIVE", "it hung up"],
  [errors.shuttingDown(), "UNAVAILABLE", "SHUTTING_DOWN", "shutting down", "Try again"],
  [
    errors.engineNotOwned("stopped"),
    "FAILED_PRECONDITION",
    "ENGINE_NOT_OWNED",
    "started by somebody else",
    "--no-autostart",
  ],
  [errors.resourceShortage("EMFILE"), "UNAVAILABLE", "RESOURCE_SHORTAGE", "EMFILE", "Try again"],
  [
    errors.engineSilent(60_000),
    "DEADLINE_EXCEEDED",
    "ENGINE_UNRESPONSIVE",
    "did not answer within 60 s",
    "GET /health",
  ],
  [
    errors.whileFilesChanged(
      errors.sceneBroken(scene, "no scene is loaded now", "", log),
      "res://a.gd was changed",
    ),
    "FAILED_PRECONDITION",
    "SCENE_BROKEN",
    said,
    "Files changed meanwhile (res://a.gd was changed)",
    "load it again",
  ],
  [
    errors.addonIncompatible(1, 2),
    "FAILED_PRECONDITION",
    "ADDON_INCOMPATIBLE",
    "speaks version 1",
    "this server version 2",
    "addon install PROJECT",
  ],
  [
    errors.addonUnauthenticated(8080),
    "FAILED_PRECONDITION",
    "ADDON_UNAUTHENTICATED",
    "game on port 8080",
    "--godot-token-file",
    "godot_control/token_file",
  ],
  [errors.engineDown(), "UNAVAILABLE", "ENGINE_NOT_RUNNING", "not running", "GET /health", "POST /start"],
  [
    errors.answerInvalid("its status is 999"),
    "UNAVAILABLE",
    "ANSWER_INVALID",
    "cannot be passed on: its status is 999.",
    "Mend the route",
  ],
  [errors.quitRefused(), "PERMISSION_DENIED", "FORBIDDEN", "started again", "Use POST /stop"],
  [errors.proxyBusy(256), "RESOURCE_EXHAUSTED", "QUEUE_FULL", "256 requests to /godot/*", "Try again"],
  [errors.tooManyStreams(64), "RESOURCE_EXHAUSTED", "QUEUE_FULL", "64 streams of /godot/*", "Close one"],
  [
    errors.pipelineFull(16),
    "RESOURCE_EXHAUSTED",
    "QUEUE_FULL",
    "16 requests wait on this connection",
    "Send",
  ],
  [errors.forbidden("No page may."), "PERMISSION_DENIED", "FORBIDDEN", "No page may."],
  [errors.unauthenticated("No token."), "UNAUTHENTICATED", "UNAUTHENTICATED", "No token."],
  [errors.malformedRequest("it has two hosts"), "INVALID_ARGUMENT", "MALFORMED_REQUEST", "it has two hosts."],
  [errors.requestTooLarge(9), "RESOURCE_EXHAUSTED", "REQUEST_TOO_LARGE", "larger than 9 bytes", "smaller"],
  [errors.requestTooSlow(10_000), "DEADLINE_EXCEEDED", "REQUEST_TOO_SLOW", "within 10 s", "Send it again"],
  [
    errors.noSuchPath("", ["/a", "/b"]),
    "NOT_FOUND",
    "NO_SUCH_PATH",
    "No such path: /.",
    "/a, /b and /godot/*",
  ],
  [errors.methodNotAllowed("/a", ["GET"], "PUT"), "UNIMPLEMENTED", "NO_SUCH_PATH", "/a takes GET, not PUT."],
  [
    errors.sceneWithoutFile(),
    "FAILED_PRECONDITION",
    "NO_SCENE",
    "built by a script",
    "Load one with LoadScene",
  ],
  [
    errors.engineStopped(),
    "UNAVAILABLE",
    "ENGINE_NOT_RUNNING",
    "does not start it",
    "POST /scene/load",
    "POST /start",
  ],
  [
    errors.callUnsupported("node.get_node"),
    "UNIMPLEMENTED",
    "CALL_UNSUPPORTED",
    "node.get_node",
    "godot-control addon install",
  ],
  [
    errors.callTimeout(60_000, "; its main loop has stood still for 9 s"),
    "DEADLINE_EXCEEDED",
    "CALL_TIMEOUT",
    "within 60 s; its main loop",
    "GET /health",
  ],
  [errors.tooManyCalls(), "RESOURCE_EXHAUSTED", "QUEUE_FULL", "wait for the engine", "Try again"],
  [errors.tooManyWatches(128), "RESOURCE_EXHAUSTED", "QUEUE_FULL", "128 watches", "End some of them"],
  [errors.commandFailed("CALL_FAILED", "The addon failed.", {}), "INTERNAL", "CALL_FAILED", "failed"],
  [errors.commandFailed("NODE_NOT_FOUND", "No node.", {}), "NOT_FOUND", "NODE_NOT_FOUND", "No node."],
  [
    errors.commandFailed("PROPERTY_NOT_FOUND", "No property.", {}),
    "NOT_FOUND",
    "PROPERTY_NOT_FOUND",
    "No property.",
  ],
  [
    errors.commandFailed("ANSWER_TOO_LARGE", "Ask for less.", {}),
    "RESOURCE_EXHAUSTED",
    "ANSWER_TOO_LARGE",
    "Ask for less.",
  ],
  [errors.internalFault(), "INTERNAL", "UNSPECIFIED", "A fault in the server", "its log", "report it"],
];
/** Taken before any test calls more of them. */
const inTable = new Set(called);

describe("each error has its code, its reason and its words:", () => {
  for (const [error, code, reason, ...words] of table)
    test(error.message, () => {
      assert.ok(error instanceof ControlError);
      assert.deepEqual([nameOfCode(codeOf(error)), error.reason], [code, reason]);
      for (const word of words) assert.ok(error.message.includes(word), word);
      assert.ok(!error.message.includes("\n"));
    });
});

test("every error that can be built is in the table above", () => {
  assert.deepEqual(
    builders.filter((name) => !inTable.has(name)),
    [],
  );
});

test("every reason of the contract is in the table above", () => {
  const reasons = Object.keys(ErrorReason).filter((name) => Number.isNaN(Number(name)));
  assert.deepEqual(new Set(table.map(([error]) => error.reason)), new Set(reasons));
});

test("an error carries what a program needs", () => {
  assert.deepEqual(errors.sceneNotFound(scene, undefined).metadata, { scene_path: scene });
  assert.deepEqual(errors.engineUnusable("godot", "it is old", "3.6").metadata, { engine_version: "3.6" });
  assert.deepEqual(errors.engineUnusable("godot", "it is a folder").metadata, {});
  const { exit, logTail } = errors.engineExited(crash, log);
  assert.deepEqual([exit, logTail], [crash, log]);
  assert.deepEqual(errors.noScene().logTail, []);
});

test("an end by SIGKILL is not explained by what the engine said before", () => {
  const killed = { ...crash, signal: "SIGKILL", message: "The engine was ended by SIGKILL" };
  const { message, logTail } = errors.engineExited(killed, log);
  assert.match(message, /by OS\.kill\(\), or the system/);
  assert.doesNotMatch(message, /The engine says/);
  assert.deepEqual(logTail, log);
  assert.match(errors.engineExited({ ...killed, killed: true }, log).message, /The engine says/);
});

test("a start that was doing nothing yet has no empty brackets", () => {
  assert.equal(errors.startTimeout(10, "", []).message, "The engine was not ready within 0.01 s.");
});

test("a scene without a similar one is not guessed at", () => {
  assert.ok(!errors.sceneNotFound(scene, undefined).message.includes("Did you mean"));
});

test("a project that quits without an error is quoted with what it printed last", () => {
  const printed = ["one", "two", "three", "four"].map((word) => entry(word, { severity: "INFO" }));
  assert.ok(errors.engineExited(quit, printed).message.endsWith(" It printed last: two | three | four"));
  assert.ok(!errors.engineExited(quit, []).message.includes("printed"));
});
