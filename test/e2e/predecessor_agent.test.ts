/** A script written for the Python server before us runs against this one, unchanged. */
import assert from "node:assert/strict";
import { cp } from "node:fs/promises";
import { basename, join } from "node:path";
import { it } from "node:test";
import { fileURLToPath } from "node:url";
import { execa } from "execa";
import { demoProject } from "../../src/config/check.ts";
import { temporaryFolder } from "../support/project.ts";
import { startServer } from "../support/server.ts";

const agent = fileURLToPath(new URL("predecessor_agent.py", import.meta.url));

interface Answer {
  readonly code: number;
  readonly body: Record<string, unknown>;
}

it("serves the predecessor's agent", { timeout: 120_000 }, async (context) => {
  const { failed } = await execa("python3", ["--version"], { reject: false });
  if (failed) return context.skip("There is no Python on this machine.");
  const project = join(await temporaryFolder(context), "demo");
  await cp(demoProject, project, {
    recursive: true,
    filter: (path) => basename(path) !== ".godot",
  });
  const { baseUrl } = await startServer(context, project);
  const { stdout } = await execa("python3", [agent, baseUrl]);
  const seen = JSON.parse(stdout) as Record<string, Answer>;
  const of = (call: string): Answer => seen[call] ?? assert.fail(`The agent did not call ${call}.`);
  const process = (call: string) => of(call).body.godot_process as { running: boolean; pid: number | null };

  for (const call of ["load", "load_again"]) {
    assert.equal(of(call).code, 200);
    assert.equal(of(call).body.status, "success");
    assert.equal(of(call).body.message, "Scene loaded: res://vr_main.tscn");
    assert.equal(of(call).body.scene_name, "vr_main");
  }
  for (const call of ["health", "status", "health_after_restart", "health_after_start"]) {
    const { code, body } = of(call);
    assert.equal(code, 200, call);
    assert.equal(body.server, "healthy");
    assert.ok(!Number.isNaN(Date.parse(String(body.timestamp))));
    assert.equal(process(call).running, true);
    assert.equal(typeof process(call).pid, "number");
    assert.deepEqual(body.godot_api, { reachable: true });
    assert.deepEqual(body.scene, { loaded: true, name: "vr_main" }, call);
    assert.deepEqual(body.player, { exists: true, spawned: true }, call);
    assert.equal(body.overall_healthy, true);
    assert.deepEqual(body.blocking_issues, []);
  }
  assert.equal(of("state_scene").code, 200);
  assert.equal(of("state_scene").body.scene_path, "res://vr_main.tscn");
  assert.equal(of("state_scene").body.scene_name, "vr_main");
  assert.equal(of("state_player").code, 200);
  assert.equal(of("state_player").body.exists, true);

  for (const call of ["restart", "stop", "start"]) {
    assert.equal(of(call).code, 200, call);
    assert.equal(of(call).body.status, "success", call);
    assert.equal(typeof of(call).body.message, "string", call);
  }
  const pids = ["health", "health_after_restart", "health_after_start"].map((call) => process(call).pid);
  assert.equal(new Set(pids).size, 3, "a new process each time");
  assert.equal(of("health_after_stop").code, 503);
  assert.deepEqual(process("health_after_stop"), { running: false, pid: null });
  assert.equal(of("health_after_stop").body.overall_healthy, false);
  const { code, body } = of("godot_after_stop");
  assert.deepEqual([code, body.status, body.message], [503, "error", "Godot API not ready"]);
});
