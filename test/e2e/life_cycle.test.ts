/** The life cycle's edges on a real engine: stops, hangs, exits and what follows from each. */
import assert from "node:assert/strict";
import { rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, it } from "node:test";
import { Code } from "@connectrpc/connect";
import { ErrorReason } from "#gen/error_pb.js";
import { EngineState } from "#gen/health_pb.js";
import { enginePid, failure, timed, untilHealth, untilLogged } from "../support/expect.ts";
import { createGate } from "../support/gate.ts";
import { gone, processesOf } from "../support/process_figures.ts";
import {
  importedProject,
  projectGodot,
  projectOfOneScene,
  sceneFile,
  temporaryFolder,
} from "../support/project.ts";
import { startServer } from "../support/server.ts";

const autoload = (name: string, path: string) =>
  projectGodot({ mainScene: "res://main.tscn", more: `[autoload]\n\n${name}="*${path}"\n` });

describe("An engine that hangs", async () => {
  it("in _process is noticed within --hang-timeout, killed and back", async (context) => {
    const key = join(await temporaryFolder(context), "hang");
    const project = await importedProject(context, {
      "main.tscn": sceneFile("Main", { script: "res://main.gd" }),
      "main.gd": `extends Node2D\n\nfunc _process(_delta: float) -> void:\n\twhile FileAccess.file_exists(${JSON.stringify(key)}):\n\t\tpass\n`,
    });
    const test = await startServer(context, project, ["--hang-timeout=1"]);
    await test.scene.loadScene({ scenePath: "res://main.tscn" });
    await timed(context, "endless loop, until it is known to be killed (--hang-timeout=1)", async () => {
      await writeFile(key, "");
      const stuck = await untilHealth(test, ({ liveness }) => liveness?.mainLoopAdvancing === false);
      assert.equal(stuck.liveness?.processAlive, true);
      await untilHealth(test, ({ lastExit }) => lastExit !== undefined);
    });
    await rm(key);
    const after = await untilHealth(test, ({ healthy }) => healthy);
    assert.match(after.lastExit?.message ?? "", /its main loop stood still for \d+ s \(--hang-timeout\)/);
    assert.equal(after.process?.run, 2n);
  });
});

describe("An engine whose HTTP side alone is gone", async () => {
  it("is noticed within --hang-timeout, killed and back", async (context) => {
    const key = join(await temporaryFolder(context), "deaf");
    const project = await importedProject(context, {
      "main.tscn": sceneFile("Main", { script: "res://main.gd" }),
      "main.gd": `extends Node2D\n\nfunc _process(_delta: float) -> void:\n\tif not FileAccess.file_exists(${JSON.stringify(key)}):\n\t\treturn\n\tset_process(false)\n\tvar addon: Object = Engine.get_main_loop().get("_control")\n\taddon.call("stop")\n`,
    });
    const test = await startServer(context, project, ["--hang-timeout=1"]);
    await test.scene.loadScene({ scenePath: "res://main.tscn" });
    await writeFile(key, "");
    const deaf = await untilHealth(test, ({ liveness }) => liveness?.apiAnswering === false);
    assert.equal(deaf.liveness?.processAlive, true);
    await timed(context, "seen not to answer, until it is known to be killed (--hang-timeout=1)", () =>
      untilHealth(test, ({ lastExit }) => lastExit !== undefined),
    );
    await rm(key);
    const after = await untilHealth(test, ({ healthy }) => healthy);
    assert.match(after.lastExit?.message ?? "", /its HTTP side was silent for 1 s \(--hang-timeout\)/);
  });
});

describe("An engine that ends", async () => {
  it("unasked with code 0 is started again, and named for what it is: the project quit", async (context) => {
    const project = await importedProject(context, { "main.tscn": sceneFile("Main") });
    const test = await startServer(context, project);
    await test.scene.loadScene({ scenePath: "res://main.tscn" });
    const after = await timed(context, "told to quit, until it is well", () => {
      test.server.supervisor.link?.quit();
      return untilHealth(test, ({ healthy, process: engine }) => healthy && engine?.run === 2n);
    });
    assert.equal(after.lastExit?.code, 0);
    assert.equal(after.scene?.path, "res://main.tscn");
    const { status } = await test.godot.getStatus({});
    assert.match(JSON.stringify(status?.health?.lastExit?.message), /code 0|quit by itself/);
  });

  it("ends each call in flight once, naming its exit", async (context) => {
    const gate = await createGate(context);
    const project = await importedProject(context, { ...gate.files, "main.tscn": sceneFile("Main") });
    const test = await startServer(context, project);
    await test.scene.loadScene({ scenePath: "res://main.tscn" });
    const load = failure(test.scene.loadScene({ scenePath: gate.scene }));
    await untilLogged(test, (message) => message === "gate reached");
    // This one waits for a main loop that stands still.
    const proxied = test.rest("GET", "/godot/state/performance");
    await untilHealth(test, ({ liveness }) => liveness?.mainLoopAdvancing === false);
    process.kill(await enginePid(test), "SIGKILL");
    await timed(context, "kill -9, until every call in flight has its answer", async () => {
      const { code, detail } = await load;
      assert.equal(code, Code.Unavailable);
      assert.equal(detail?.reason, ErrorReason.ENGINE_EXITED);
      assert.equal(detail.exit?.signal, "SIGKILL");
      const { status, body } = await proxied;
      assert.equal(status, 503);
      assert.equal(body.status, "error");
    });
  });

  it("again and again is left alone; calls fail at once with its last words; Start leaves that", async (context) => {
    const cure = join(await temporaryFolder(context), "cured");
    const project = await importedProject(context, {
      "project.godot": autoload("Dying", "res://dying.gd"),
      "dying.gd": `extends Node\n\nfunc _ready() -> void:\n\tif FileAccess.file_exists(${JSON.stringify(cure)}):\n\t\treturn\n\tfor line: int in 100:\n\t\tprinterr("last words ", line)\n\tOS.kill(OS.get_process_id())\n`,
      "main.tscn": sceneFile("Main"),
    });
    const test = await startServer(context, project);
    const isFailed = () => test.server.supervisor.feed.value.model.state.kind === "failed";
    // An explicit Start begins the count anew, a load does not.
    while (!isFailed()) await failure(test.scene.loadScene({ scenePath: "res://main.tscn" }));
    const { code, detail } = await timed(context, "a load after a crash loop, until it has failed", () =>
      failure(test.scene.loadScene({ scenePath: "res://main.tscn" })),
    );
    assert.equal(code, Code.Unavailable);
    assert.equal(detail?.reason, ErrorReason.CRASH_LOOP);
    assert.equal(detail.exit?.run, 6n, "Five ends are borne, the sixth is too many.");
    assert.equal(detail.exit.signal, "SIGKILL");
    assert.equal(detail.logTail.length, 50);
    assert.equal(detail.logTail.at(-1)?.message, "last words 99");
    await writeFile(cure, "");
    const { health } = await test.godot.start({});
    assert.equal(health?.process?.state, EngineState.RUNNING);
  });

  it("twice while it boots into a scene is started without that scene", async (context) => {
    const key = join(await temporaryFolder(context), "crash");
    const project = await importedProject(context, {
      "main.tscn": sceneFile("Main"),
      "trap.tscn": sceneFile("Trap", { script: "res://trap.gd" }),
      "trap.gd": `extends Node2D\n\nfunc _ready() -> void:\n\tif FileAccess.file_exists(${JSON.stringify(key)}):\n\t\tOS.kill(OS.get_process_id())\n`,
    });
    const test = await startServer(context, project);
    await test.scene.loadScene({ scenePath: "res://trap.tscn" });
    await writeFile(key, "");
    process.kill(await enginePid(test), "SIGKILL");
    const after = await untilHealth(
      test,
      ({ process: engine }) => engine?.state === EngineState.RUNNING && engine.run > 2n,
    );
    assert.equal(after.process?.run, 4n, "The second and the third run crashed in the scene.");
    assert.equal(after.scene, undefined);
    assert.match(after.blockingIssues.join(), /No scene is loaded/);
    const { result } = await test.scene.loadScene({ scenePath: "res://main.tscn" });
    assert.equal(result?.scene?.path, "res://main.tscn");
  });
});

describe("Stop", async () => {
  it("ends a frozen engine by SIGKILL, and what it has started with it", async (context) => {
    const told = join(await temporaryFolder(context), "child");
    const command = JSON.stringify(`echo $$ > ${told}.new; mv ${told}.new ${told}; exec sleep 1000`);
    const project = await importedProject(context, {
      "main.tscn": sceneFile("Main", { script: "res://main.gd" }),
      "main.gd": `extends Node2D\n\nvar _thread: Thread = Thread.new()\n\nfunc _ready() -> void:\n\t_thread.start(func() -> void: OS.execute("sh", ["-c", ${command}]))\n\nfunc _process(_delta: float) -> void:\n\tvar pid: String = FileAccess.get_file_as_string(${JSON.stringify(told)})\n\tif not pid.is_empty():\n\t\tprint("child ", pid.strip_edges())\n\t\tset_process(false)\n`,
    });
    // Without the monitor, nobody else would end it.
    const test = await startServer(context, project, ["--no-monitor"]);
    await test.scene.loadScene({ scenePath: "res://main.tscn" });
    let child = 0;
    await untilLogged(test, (message) => {
      child ||= Number(/^child (\d+)$/.exec(message)?.[1] ?? 0);
      return child > 0;
    });
    process.kill(await enginePid(test), "SIGSTOP");
    await timed(context, "stop of a frozen engine with a timeout of 1 s", () =>
      test.godot.stop({ timeout: { seconds: 1n } }),
    );
    assert.deepEqual(await processesOf(project), []);
    await gone(child);
    const { health } = await test.godot.getHealth({});
    assert.equal(health?.process?.state, EngineState.STOPPED);
  });

  it("during a start, and Start during a stop: the last intent wins", async (context) => {
    const project = await projectOfOneScene(context);
    const test = await startServer(context, project);
    await test.godot.start({});
    await test.godot.stop({});
    const started = failure(test.godot.start({}));
    await untilHealth(test, (health) => health.process?.state === EngineState.STARTING);
    await test.godot.stop({});
    assert.equal((await started).detail?.reason, ErrorReason.STOPPED);
    assert.deepEqual(await processesOf(project), []);

    await test.godot.start({});
    const stopping = test.godot.stop({});
    await untilHealth(test, (health) => health.process?.state === EngineState.STOPPING);
    const { health } = await test.godot.start({});
    await stopping;
    assert.equal(health?.process?.state, EngineState.RUNNING);
    assert.equal((await processesOf(project)).length, 1);
  });
});

describe("A wall clock that is moved by a day, forth and back, whenever it is looked at", async () => {
  it("changes nothing: neither restarts, nor hangs, nor time limits", async (context) => {
    const project = await importedProject(context, { "main.tscn": sceneFile("Main") });
    const test = await startServer(context, project, ["--hang-timeout=3"]);
    await test.scene.loadScene({ scenePath: "res://main.tscn" });
    const { now } = Date;
    context.after(() => {
      Date.now = now;
    });
    let day = 86_400_000;
    Date.now = () => {
      day = -day;
      return now() + day;
    };
    const { result } = await test.scene.loadScene({
      scenePath: "res://main.tscn",
      timeout: { seconds: 10n },
    });
    assert.equal(result?.scene?.run, 1n);
    // A watch that lives through the hang timeout: a clock that is believed would have killed the engine.
    for await (const { heartbeat, health } of test.godot.watchHealth({ heartbeat: { seconds: 4n } })) {
      assert.ok(health === undefined || health.healthy);
      if (heartbeat) break;
    }
    const { health } = await test.godot.getHealth({});
    assert.equal(health?.process?.run, 1n);
  });
});
