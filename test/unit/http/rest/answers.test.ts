import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { create } from "@bufbuild/protobuf";
import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import { ListLogsResponseSchema } from "#gen/godot_control_service_pb.js";
import { HealthSchema, StatusSchema } from "#gen/health_pb.js";
import { LoadResultSchema } from "#gen/scene_pb.js";
import { control, health, healthBody, loaded, plain, status } from "../../../../src/http/rest/answers.ts";

const scene = { path: "res://vr_main.tscn", name: "vr_main" };
const well = create(HealthSchema, {
  healthy: true,
  process: { running: true, pid: 7 },
  api: { reachable: true, port: 8080 },
  scene,
  player: { exists: true },
  time: timestampFromMs(0),
  liveness: { processAlive: true },
});

test("a message has its own keys in snake_case, every one of them", () => {
  assert.deepEqual(plain(ListLogsResponseSchema, create(ListLogsResponseSchema)), {
    entries: [],
    next_cursor: "0",
    dropped: "0",
  });
});

describe("a load's answer", () => {
  const answer = (issues: number) =>
    loaded(
      create(LoadResultSchema, {
        scene,
        issues: Array.from({ length: issues }, () => ({})),
        issueCount: BigInt(issues),
      }),
    );

  test("has the predecessor's keys, and the proof beside them", () => {
    const { status, body } = answer(0);
    assert.equal(status, 200);
    const { scene: proof, issues, engine_action, ...rest } = body;
    assert.deepEqual(rest, {
      status: "success",
      message: "Scene loaded: res://vr_main.tscn",
      scene_name: "vr_main",
      scene_path: "res://vr_main.tscn",
      engine_action_reason: "",
      imported: false,
      issue_count: "0",
      newer_on_disk: "",
    });
    assert.equal((proof as { path: string }).path, scene.path);
    assert.deepEqual([issues, engine_action], [[], "ENGINE_ACTION_UNSPECIFIED"]);
  });

  test("says in its message that there are issues", () => {
    const message = (issues: number) => answer(issues).body.message;
    assert.equal(message(1), "Scene loaded: res://vr_main.tscn (an error or warning: see issues)");
    assert.equal(message(2), "Scene loaded: res://vr_main.tscn (2 errors and warnings: see issues)");
  });
});

describe("a health's answer", () => {
  test("has the predecessor's keys, key by key", () => {
    const { liveness, ...body } = healthBody(well);
    assert.deepEqual(body, {
      server: "healthy",
      timestamp: "1970-01-01T00:00:00.000Z",
      godot_process: { running: true, pid: 7 },
      godot_api: { reachable: true },
      scene: { loaded: true, name: "vr_main" },
      player: { exists: true, spawned: true },
      overall_healthy: true,
      blocking_issues: [],
    });
    assert.equal((liveness as { process_alive: boolean }).process_alive, true);
  });

  test("has every key where nothing runs, and null for what is not there", () => {
    const { timestamp, ...body } = healthBody(create(HealthSchema, { blockingIssues: ["It is stopped."] }));
    assert.ok(!Number.isNaN(Date.parse(String(timestamp))));
    assert.deepEqual(body, {
      server: "healthy",
      godot_process: { running: false, pid: null },
      godot_api: { reachable: false },
      scene: { loaded: false, name: null },
      player: { exists: false, spawned: false },
      overall_healthy: false,
      blocking_issues: ["It is stopped."],
      liveness: {},
    });
  });

  test("is 200 where the engine is well, and 503 where it is not", () => {
    assert.equal(health(well).status, 200);
    assert.equal(health(create(HealthSchema)).status, 503);
    assert.deepEqual(health(undefined), { status: 503, body: {} });
  });
});

test("a status is the health's keys and its own, and the whole health beside them", () => {
  const { status: code, body } = status(
    create(StatusSchema, { health: well, serverVersion: "1.2.3", restarts: 2 }),
  );
  assert.equal(code, 200);
  for (const [key, value] of Object.entries(healthBody(well))) assert.deepEqual(body[key], value, key);
  assert.deepEqual([body.server_version, body.restarts, body.boot_errors], ["1.2.3", 2, []]);
  assert.equal((body.health as { process: { pid: number } }).process.pid, 7);
  assert.deepEqual(status(undefined), { status: 503, body: {} });
});

test("manual control is answered with the pid, or null where none runs", () => {
  assert.deepEqual(control("Godot started", well), {
    status: 200,
    body: { status: "success", message: "Godot started", pid: 7 },
  });
  assert.equal(control("Godot stopped", create(HealthSchema)).body.pid, null);
});
