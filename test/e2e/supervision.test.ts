/** The engine dies, hangs, quits or cannot be run: what watchers see, and that it is back by itself. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { describe, it } from "node:test";
import { Code } from "@connectrpc/connect";
import { ErrorReason } from "#gen/error_pb.js";
import { EngineState } from "#gen/health_pb.js";
import { failure, isReady, timed, untilHealth } from "../support/expect.ts";
import {
  importedFilesOf,
  importedProject,
  projectGodot,
  sceneFile,
  temporaryFolder,
  temporaryProject,
  writeFiles,
} from "../support/project.ts";
import { startServer } from "../support/server.ts";

const script = (body: string) => `extends Node2D\n\nfunc _ready() -> void:\n\t${body}\n`;

describe("An engine that ends", async () => {
  it("is seen to end, is back by itself, and has its last proved scene again", async (context) => {
    const project = await importedProject(context, { "level.tscn": sceneFile("Level") });
    const test = await startServer(context, project);
    await test.scene.loadScene({ scenePath: "res://level.tscn" });
    const before = await untilHealth(test, isReady);
    const watch = test.godot.watchHealth({})[Symbol.asyncIterator]();
    await watch.next();

    process.kill(before.process?.pid ?? 0, "SIGKILL");
    const { value } = await watch.next();
    assert.equal(value.health.healthy, false);
    const down = await untilHealth(test, (health) => health.lastExit !== undefined);
    assert.equal(down.lastExit?.signal, "SIGKILL");
    assert.equal(down.lastExit.message, "The engine was ended by SIGKILL");
    const after = await untilHealth(test, (health) => health.healthy);
    assert.equal(after.scene?.path, "res://level.tscn");
    assert.equal(after.process?.run, 2n);
  });

  it("is said to have ended for its own reason, also when the time limit of its start is long over", async (context) => {
    const project = await importedProject(context, { "level.tscn": sceneFile("Level") });
    const test = await startServer(context, project, ["--start-timeout=3"]);
    await test.scene.loadScene({ scenePath: "res://level.tscn" });
    const { process: engine } = await untilHealth(test, isReady);
    // A watch gives a sign of life when nothing has changed for so long.
    for await (const { heartbeat } of test.godot.watchHealth({ heartbeat: { seconds: 4n } }))
      if (heartbeat) break;
    process.kill(engine?.pid ?? 0, "SIGKILL");
    const down = await untilHealth(test, (health) => health.lastExit !== undefined);
    assert.equal(down.lastExit?.message, "The engine was ended by SIGKILL");
  });

  it("fails the load in flight with its exit and its last words", async (context) => {
    const project = await importedProject(context, {
      "main.tscn": sceneFile("Main"),
      "crash.tscn": sceneFile("Crash", { script: "res://crash.gd" }),
      "crash.gd": script('push_error("about to die")\n\tOS.crash("on purpose")'),
    });
    const test = await startServer(context, project);
    await test.scene.loadScene({ scenePath: "res://main.tscn" });
    const { code, message, detail } = await failure(test.scene.loadScene({ scenePath: "res://crash.tscn" }));
    assert.equal(code, Code.Unavailable);
    assert.equal(detail?.reason, ErrorReason.ENGINE_EXITED);
    assert.ok(detail.exit?.signal);
    assert.match(message, /res:\/\/crash\.gd:4: about to die/);
    const { result } = await test.scene.loadScene({ scenePath: "res://main.tscn" });
    assert.equal(result?.scene?.path, "res://main.tscn");
  });

  it("is named a project that quit, when it was the scene that quit it", async (context) => {
    const project = await importedProject(context, {
      "main.tscn": sceneFile("Main"),
      "vr.tscn": sceneFile("Vr", { script: "res://vr.gd" }),
      "vr.gd": script('print("No headset found")\n\tget_tree().quit()'),
    });
    const test = await startServer(context, project);
    await test.scene.loadScene({ scenePath: "res://main.tscn" });
    const { code, message, detail } = await timed(context, "a scene that quits, until the answer", () =>
      failure(test.scene.loadScene({ scenePath: "res://vr.tscn" })),
    );
    assert.equal(code, Code.Unavailable);
    assert.equal(detail?.reason, ErrorReason.PROJECT_QUIT);
    assert.match(message, /The project quit by itself.*No headset found/);
    const { result } = await test.scene.loadScene({ scenePath: "res://main.tscn" });
    assert.equal(result?.scene?.path, "res://main.tscn");
  });

  it("is left alone when it ends again and again, and told to the caller", async (context) => {
    const project = await importedProject(context, {
      "project.godot": projectGodot({ more: '[autoload]\n\nDying="*res://dying.gd"\n' }),
      "dying.gd":
        'extends Node\n\nfunc _ready() -> void:\n\tprinterr("cannot live")\n\tOS.kill(OS.get_process_id())\n',
      "main.tscn": sceneFile("Main"),
    });
    const test = await startServer(context, project);
    const runs = new Set<bigint | undefined>();
    // A load does not wait for the back-off: each one is a further try.
    while (runs.size < 6) {
      const { detail } = await failure(test.scene.loadScene({ scenePath: "res://main.tscn" }));
      assert.ok(!runs.has(detail?.exit?.run), "Each failed load names the run that ended.");
      runs.add(detail?.exit?.run);
    }
    const failed = await untilHealth(test, (health) => health.process?.state === EngineState.FAILED);
    assert.match(failed.blockingIssues.join(), /ended too often/);
    const { detail, message } = await failure(test.scene.loadScene({ scenePath: "res://main.tscn" }));
    assert.equal(detail?.reason, ErrorReason.CRASH_LOOP);
    assert.match(message, /cannot live/);
  });
});

describe("An engine that is stopped", async () => {
  it("during a load ends that load as stopped, not as a crash, and stays down", async (context) => {
    const project = await importedProject(context, {
      "main.tscn": sceneFile("Main"),
      "slow.tscn": sceneFile("Slow", { script: "res://slow.gd" }),
      "slow.gd": script('print("entered")\n\tOS.delay_msec(1500)'),
    });
    const test = await startServer(context, project);
    await test.scene.loadScene({ scenePath: "res://main.tscn" });
    const load = failure(test.scene.loadScene({ scenePath: "res://slow.tscn" }));
    for await (const { entries } of test.godot.watchLogs({ cursor: 0n }))
      if (entries.some((entry) => entry.message === "entered")) break;
    await test.godot.stop({});
    const { code, detail } = await load;
    assert.equal(code, Code.Aborted);
    assert.equal(detail?.reason, ErrorReason.STOPPED);
    const { health } = await test.godot.getHealth({});
    assert.equal(health?.process?.state, EngineState.STOPPED);
    assert.equal(health.lastExit, undefined);
    assert.deepEqual(health.blockingIssues, ["The engine is not running."]);
  });
});

describe("An engine that hangs", async () => {
  it("in _ready fails the load at its deadline, and is restarted", async (context) => {
    const project = await importedProject(context, {
      "main.tscn": sceneFile("Main"),
      "hang.tscn": sceneFile("Hang", { script: "res://hang.gd" }),
      "hang.gd": script("while true:\n\t\tOS.delay_msec(10)"),
    });
    const test = await startServer(context, project);
    await test.scene.loadScene({ scenePath: "res://main.tscn" });
    const { code, detail } = await failure(
      test.scene.loadScene({ scenePath: "res://hang.tscn", timeout: { seconds: 6n } }),
    );
    assert.equal(code, Code.DeadlineExceeded);
    assert.equal(detail?.reason, ErrorReason.SCENE_HUNG);
    const after = await timed(context, "after the deadline, until it is well", () =>
      untilHealth(test, (health) => health.process?.run === 2n && health.healthy),
    );
    assert.match(
      after.lastExit?.message ?? "",
      /its main loop stood still .* while res:\/\/hang\.tscn was loaded/,
    );
    assert.equal(after.scene?.path, "res://main.tscn");
  });

  it("while it boots is killed at --start-timeout, with the cause in words", async (context) => {
    const project = await importedProject(context, {
      "project.godot": projectGodot({ mainScene: "res://hang.tscn" }),
      "hang.tscn": sceneFile("Hang", { script: "res://hang.gd" }),
      "hang.gd": script('push_error("before the loop")\n\twhile true:\n\t\tpass'),
    });
    const test = await startServer(context, project, ["--start-timeout=2", "--no-monitor"]);
    const { code, message } = await failure(test.godot.start({}));
    assert.equal(code, Code.Unavailable);
    assert.match(message, /not ready within 2 s.*before the loop/);
  });
});

describe("An engine that is frozen from outside", async () => {
  it("for good is noticed and restarted", async (context) => {
    const project = await importedProject(context, { "main.tscn": sceneFile("Main") });
    const test = await startServer(context, project, ["--hang-timeout=3"]);
    await test.scene.loadScene({ scenePath: "res://main.tscn" });
    const { process: engine } = await untilHealth(test, isReady);
    process.kill(engine?.pid ?? 0, "SIGSTOP");
    const stuck = await untilHealth(test, (health) => !health.healthy);
    assert.match(stuck.blockingIssues.join(), /main loop has stood still for \d+ s/);
    const after = await timed(context, "seen to stand still, until it is well, with --hang-timeout=3", () =>
      untilHealth(test, (health) => health.process?.run === 2n && health.healthy),
    );
    assert.match(after.lastExit?.message ?? "", /its main loop stood still for \d+ s \(--hang-timeout\)/);
  });

  it("for 3 s and thawed again is left alone", async (context) => {
    const project = await importedProject(context, { "main.tscn": sceneFile("Main") });
    const test = await startServer(context, project);
    await test.scene.loadScene({ scenePath: "res://main.tscn" });
    const { process: engine } = await untilHealth(test, isReady);
    process.kill(engine?.pid ?? 0, "SIGSTOP");
    await untilHealth(test, ({ liveness }) => (liveness?.mainLoopStuck?.seconds ?? 0n) >= 3n);
    process.kill(engine?.pid ?? 0, "SIGCONT");
    const after = await timed(context, "SIGCONT, until it is well", () =>
      untilHealth(test, (health) => health.healthy),
    );
    assert.equal(after.process?.run, 1n);
  });
});

describe("A game that changes its scene by itself", async () => {
  it("is seen to, however it does it", async (context) => {
    const project = await importedProject(context, {
      "main.tscn": sceneFile("Main", { script: "res://switch.gd" }),
      "next.tscn": sceneFile("Next"),
      "switch.gd":
        'extends Node2D\n\nfunc _ready() -> void:\n\tget_tree().create_timer(0.2).timeout.connect(_switch)\n\nfunc _switch() -> void:\n\tvar tree: SceneTree = get_tree()\n\tvar next: Node = (load("res://next.tscn") as PackedScene).instantiate()\n\ttree.root.add_child(next)\n\ttree.current_scene = next\n\tqueue_free()\n',
    });
    const test = await startServer(context, project);
    const { result } = await test.scene.loadScene({ scenePath: "res://main.tscn" });
    assert.equal(result?.scene?.path, "res://main.tscn");
    const after = await untilHealth(test, ({ scene }) => scene?.path === "res://next.tscn");
    assert.equal(after.healthy, true);
  });
});

describe("A project that is not sound", async () => {
  it("with an autoload that does not parse starts, and says where", async (context) => {
    const project = await importedProject(context, {
      "project.godot": projectGodot({ more: '[autoload]\n\nBad="*res://bad.gd"\n' }),
      "bad.gd": "extends Node\n\nfunc _ready() -> void:\n\tvar x =\n",
    });
    const test = await startServer(context, project);
    const health = await untilHealth(test, isReady);
    assert.equal(health.healthy, false);
    assert.match(health.blockingIssues.join("\n"), /res:\/\/bad\.gd:4: Parse Error/);
    assert.match(health.blockingIssues.join("\n"), /the project has no main scene/);
    const { status } = await test.godot.getStatus({});
    assert.equal(status?.bootErrors[0]?.file, "res://bad.gd");
  });

  it("(an empty project.godot) runs, without a scene", async (context) => {
    const test = await startServer(context, await importedProject(context, { "project.godot": "" }));
    const health = await untilHealth(test, isReady);
    assert.equal(health.scene, undefined);
  });

  it("(a name that Godot's command line reads as another's) is the one that runs", async (context) => {
    const folder = await temporaryFolder(context);
    const files = (name: string) => ({
      ...importedFilesOf({}),
      "project.godot": projectGodot({ mainScene: "res://main.tscn" }),
      "main.tscn": sceneFile(name),
    });
    for (const name of ["My%20Game", "last "]) {
      await writeFiles(join(folder, name), files("Asked"));
      await writeFiles(join(folder, name.replace("%20", " ").trim()), files("Other"));
      const test = await startServer(context, join(folder, name));
      const { scene } = await untilHealth(test, isReady);
      assert.equal(scene?.rootName, "Asked");
    }
  });

  for (const [what, files, sentence] of [
    ["a Godot 3 project", { "project.godot": "config_version=4\n" }, /format 4, which is Godot 3's/],
    ["a corrupt project.godot", { "project.godot": "[application\n%%%\n" }, /line 1 of its project.godot/],
  ] as const) {
    it(`(${what}) is refused, saying why`, async (context) => {
      const test = await startServer(context, await temporaryProject(context, files));
      const { code, message, detail } = await timed(context, "Start, until it is refused", () =>
        failure(test.godot.start({})),
      );
      assert.equal(code, Code.FailedPrecondition);
      assert.equal(detail?.reason, ErrorReason.PROJECT_INVALID);
      assert.match(message, sentence);
    });
  }

  for (const [what, folder, sentence] of [
    ["a missing folder", "missing", /does not exist/],
    ["an empty folder", ".", /has no project.godot/],
  ] as const) {
    it(`(${what}) is refused, saying so`, async (context) => {
      const test = await startServer(context, join(await temporaryFolder(context), folder));
      const { detail, message } = await timed(context, "Start, until it is refused", () =>
        failure(test.godot.start({})),
      );
      assert.equal(detail?.reason, ErrorReason.PROJECT_INVALID);
      assert.match(message, sentence);
    });
  }
});
