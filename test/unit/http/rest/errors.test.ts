import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { Code, ConnectError } from "@connectrpc/connect";
import * as engine from "../../../../src/errors/engine.ts";
import * as project from "../../../../src/errors/project.ts";
import { invalidField } from "../../../../src/errors/request.ts";
import * as scenes from "../../../../src/errors/scene.ts";
import { internalFault, resourceShortage, shuttingDown } from "../../../../src/errors/server.ts";
import { loadError, restError, startError } from "../../../../src/http/rest/errors.ts";
import type { ControlError } from "../../../../src/model/control_error.ts";
import { codeOf, nameOfCode } from "../../../../src/services/error_status.ts";
import { toConnectError } from "../../../../src/services/errors_interceptor.ts";

const scene = "res://a.tscn";
const crash = {
  run: 2,
  signal: "SIGSEGV",
  asked: false,
  time: 0,
  message: "The engine was ended by SIGSEGV",
};

describe("an error is told by its status:", () => {
  const statuses: readonly [ControlError, number][] = [
    [invalidField("limit", "is negative"), 400],
    [scenes.sceneNotFound(scene, undefined), 404],
    [scenes.noScene(), 400],
    [engine.stoppedMeanwhile(), 409],
    [scenes.queueFull(64), 429],
    [shuttingDown(), 503],
    [resourceShortage("EMFILE"), 503],
    [scenes.playerMissing(scene, 1), 504],
    [internalFault(), 500],
  ];
  for (const [error, expected] of statuses)
    test(`${error.reason} is ${expected}`, () => {
      const { status, body } = restError(toConnectError(error));
      assert.equal(status, expected);
      const { status: word, message, code, reason } = body;
      assert.deepEqual(
        [word, message, code, reason],
        ["error", error.message, nameOfCode(codeOf(error)), error.reason],
      );
    });
});

test("an error's detail is beside its message, in snake_case", () => {
  const log = [
    {
      cursor: 7,
      time: 0,
      severity: "ERROR",
      source: "SCRIPT",
      message: "it broke",
      backtrace: [],
      run: 2,
    } as const,
  ];
  const { body } = restError(toConnectError(engine.engineExited(crash, log)));
  assert.deepEqual(body.exit, {
    run: "2",
    signal: "SIGSEGV",
    time: "1970-01-01T00:00:00Z",
    message: crash.message,
  });
  assert.deepEqual(body.log_tail, [
    {
      cursor: "7",
      time: "1970-01-01T00:00:00Z",
      severity: "SEVERITY_ERROR",
      source: "LOG_SOURCE_SCRIPT",
      message: "it broke",
      run: "2",
      count: "1",
    },
  ]);
  const named = restError(toConnectError(scenes.sceneNotFound(scene, undefined)));
  assert.deepEqual(named.body.metadata, { scene_path: scene });
});

test("an error of the protocol has its code, and no reason", () => {
  assert.deepEqual(restError(new ConnectError("too late", Code.DeadlineExceeded)), {
    status: 504,
    body: { status: "error", message: "too late", code: "DEADLINE_EXCEEDED" },
  });
});

describe("an engine that does not run is told as the predecessor did:", () => {
  const rows: readonly [ControlError, number, string][] = [
    [engine.engineNotFound("no network"), 500, "Failed to start Godot"],
    [engine.engineUnusable("godot", "it is old"), 500, "Failed to start Godot"],
    [project.projectInvalid("it is empty"), 500, "Failed to start Godot"],
    [project.importFailed("it exited with 1", []), 500, "Failed to start Godot"],
    [engine.crashLoop(crash, []), 500, "Failed to start Godot"],
    [engine.startTimeout(1, "", []), 500, "Failed to start Godot"],
    [engine.engineNotRunning(8080), 503, "Godot API not ready"],
    [engine.engineUnresponsive("it hung up"), 503, "Godot API not ready"],
  ];
  for (const [error, expected, words] of rows)
    test(`${error.reason} is ${expected}, "${words}", and the details say why`, () => {
      const { status, body } = startError(toConnectError(error));
      assert.equal(status, expected);
      assert.deepEqual([body.status, body.message, body.details], ["error", words, error.message]);
      assert.deepEqual([body.code, body.reason], [nameOfCode(codeOf(error)), error.reason]);
    });

  test("a load that fails is told the same", () => {
    for (const [error] of rows)
      assert.deepEqual(loadError(toConnectError(error)), startError(toConnectError(error)));
  });

  test("SCENE_PENDING is accepted: 202", () => {
    const error = scenes.scenePending(scene, 1);
    assert.deepEqual(loadError(toConnectError(error)), {
      status: 202,
      body: {
        status: "pending",
        message: "Scene load initiated, verification pending",
        scene_path: scene,
        details: error.message,
        code: "DEADLINE_EXCEEDED",
        reason: "SCENE_PENDING",
        metadata: { scene_path: scene },
      },
    });
  });

  test("PLAYER_MISSING is not pending: the scene is verified, and nothing goes on", () => {
    const { status, body } = loadError(toConnectError(scenes.playerMissing(scene, 1)));
    assert.equal(status, 504);
    assert.deepEqual([body.status, body.reason], ["error", "PLAYER_MISSING"]);
  });

  test("every other error is told as everywhere", () => {
    const error = toConnectError(scenes.sceneNotFound(scene, undefined));
    assert.deepEqual(loadError(error), restError(error));
    assert.deepEqual(startError(error), restError(error));
  });
});
