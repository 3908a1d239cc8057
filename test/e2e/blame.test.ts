/** A call never fails because of a scene, or an impatience, that is not its own. */
import assert from "node:assert/strict";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { describe, it, type TestContext } from "node:test";
import { ErrorReason } from "#gen/error_pb.js";
import { EngineState } from "#gen/health_pb.js";
import { failure, isReady, untilHealth, untilLogged } from "../support/expect.ts";
import { importedProject, projectGodot, sceneFile, temporaryFolder, writeFiles } from "../support/project.ts";
import { startServer, type TestServer } from "../support/server.ts";

const ready = (body: string) => `extends Node2D\n\nfunc _ready() -> void:\n\t${body}\n`;
const quits = ready('print("no headset")\n\tget_tree().quit()');

const loadPath = async ({ scene }: TestServer, name: string) =>
  (await scene.loadScene({ scenePath: `res://${name}.tscn` })).result?.scene?.path;

describe("A scene that quits the game", async () => {
  const project = (context: TestContext, script = quits) =>
    importedProject(context, {
      "project.godot": projectGodot({ mainScene: "res://vr.tscn" }),
      "vr.tscn": sceneFile("Vr", { script: "res://vr.gd" }),
      "vr.gd": script,
      "sound.tscn": sceneFile("Sound"),
    });

  it("as the main scene fails no load of another one that waits for that start", async (context) => {
    const folder = await project(
      context,
      ready('print("entered")\n\tOS.delay_msec(500)\n\tget_tree().quit()'),
    );
    const test = await startServer(context, folder);
    // The load comes while the engine is in the main scene, which ends it.
    await untilLogged(test, (message) => message === "entered");
    assert.equal(await loadPath(test, "sound"), "res://sound.tscn");
  });

  it("a moment later fails no load that is on its way then", async (context) => {
    const folder = await project(
      context,
      ready('await get_tree().create_timer(0.3).timeout\n\tprint("leaving")\n\tget_tree().quit()'),
    );
    const test = await startServer(context, folder);
    await untilHealth(test, isReady);
    for (let turn = 0; turn < 20; turn += 1) assert.equal(await loadPath(test, "sound"), "res://sound.tscn");
  });

  it("as it leaves fails no load of the next one", async (context) => {
    const test = await startServer(
      context,
      await importedProject(context, {
        "sound.tscn": sceneFile("Sound"),
        "leaves.tscn": sceneFile("Leaves", { script: "res://leaves.gd" }),
        "leaves.gd": "extends Node2D\n\nfunc _exit_tree() -> void:\n\tget_tree().quit()\n",
        "crashes.tscn": sceneFile("Crashes", { script: "res://crashes.gd" }),
        "crashes.gd": 'extends Node2D\n\nfunc _exit_tree() -> void:\n\tOS.crash("on purpose")\n',
      }),
    );
    for (const culprit of ["leaves", "crashes"]) {
      assert.equal(await loadPath(test, culprit), `res://${culprit}.tscn`);
      assert.equal(await loadPath(test, "sound"), "res://sound.tscn");
      const { health } = await test.godot.getHealth({});
      assert.equal(health?.lastExit?.scenePath, `res://${culprit}.tscn`);
    }
  });

  it("as it hangs while it leaves fails no load of the next one", async (context) => {
    const hangs = { _exit_tree: "_exit_tree() -> void:", freed: "_notification(what: int) -> void:" };
    const test = await startServer(
      context,
      await importedProject(context, {
        "sound.tscn": sceneFile("Sound"),
        "hangs.tscn": sceneFile("Hangs", { script: "res://hangs.gd" }),
        "hangs.gd": `extends Node2D\n\nfunc ${hangs._exit_tree}\n\twhile true:\n\t\tpass\n`,
        "freed.tscn": sceneFile("Freed", { script: "res://freed.gd" }),
        "freed.gd": `extends Node2D\n\nfunc ${hangs.freed}\n\twhile what == NOTIFICATION_PREDELETE:\n\t\tpass\n`,
      }),
      ["--hang-timeout=1"],
    );
    for (const culprit of ["hangs", "freed"]) {
      assert.equal(await loadPath(test, culprit), `res://${culprit}.tscn`);
      assert.equal(await loadPath(test, "sound"), "res://sound.tscn");
    }
  });

  it("with another that does so keeps no third one from being loaded", async (context) => {
    const test = await startServer(
      context,
      await importedProject(context, {
        ...Object.fromEntries(
          ["a", "b"].map((name) => [`${name}.tscn`, sceneFile(name, { script: "res://quits.gd" })]),
        ),
        "quits.gd": quits,
        "sound.tscn": sceneFile("Sound"),
      }),
    );
    for (let turn = 0; turn < 4; turn += 1) {
      for (const culprit of ["a", "b"]) await failure(loadPath(test, culprit));
      assert.equal(await loadPath(test, "sound"), "res://sound.tscn", `turn ${turn}`);
    }
  });

  it("again and again keeps no other scene from being loaded", async (context) => {
    const test = await startServer(context, await project(context));
    for (let turn = 0; turn < 9; turn += 1) {
      assert.equal(await loadPath(test, "sound"), "res://sound.tscn", `turn ${turn}`);
      const { detail } = await failure(loadPath(test, "vr"));
      assert.equal(detail?.exit?.scenePath, "res://vr.tscn");
      assert.ok([ErrorReason.PROJECT_QUIT, ErrorReason.CRASH_LOOP].includes(detail.reason));
    }
  });
});

it("an engine that ends before any scene is in place is a crash loop for every scene", async (context) => {
  const folder = await importedProject(context, {
    "project.godot": projectGodot({ more: '[autoload]\n\nDying="*res://dying.gd"\n' }),
    "dying.gd": "extends Node\n\nfunc _init() -> void:\n\tOS.kill(OS.get_process_id())\n",
    "a.tscn": sceneFile("A"),
    "b.tscn": sceneFile("B"),
  });
  const test = await startServer(context, folder);
  for (;;) {
    const { detail } = await failure(loadPath(test, "a"));
    if (detail?.reason === ErrorReason.CRASH_LOOP) break;
  }
  const { health } = await test.godot.getHealth({});
  assert.equal(health?.process?.state, EngineState.FAILED);
  const { detail } = await failure(loadPath(test, "b"));
  assert.equal(detail?.reason, ErrorReason.CRASH_LOOP);
  assert.equal(
    (await test.godot.getHealth({})).health?.process?.run,
    health.process.run,
    "Nothing was started.",
  );
});

describe("An impatient caller", async () => {
  it("whose load still waits ends no engine that another load keeps busy", async (context) => {
    const folder = await importedProject(context, {
      "main.tscn": sceneFile("Main"),
      "busy.tscn": sceneFile("Busy", { script: "res://busy.gd" }),
      "busy.gd": ready('print("entered")\n\tOS.delay_msec(7500)'),
    });
    const test = await startServer(context, folder);
    await loadPath(test, "main");
    const sound = test.scene.loadScene({ scenePath: "res://busy.tscn", timeout: { seconds: 3600n } });
    await untilLogged(test, (message) => message === "entered");
    const late = { scenePath: "res://main.tscn", timeout: { seconds: 6n, nanos: 500_000_000 } };
    const { detail } = await failure(test.scene.loadScene(late));
    assert.equal(detail?.reason, ErrorReason.LOAD_TIMEOUT);
    assert.equal((await sound).result?.scene?.path, "res://busy.tscn");
    assert.equal((await sound).result?.scene?.run, 1n);
  });

  it("of Stop does not cut another's: a game that saves longer than --hang-timeout has its time", async (context) => {
    const folder = await importedProject(context, {
      "project.godot": projectGodot({ mainScene: "res://main.tscn" }),
      "main.tscn": sceneFile("Main", { script: "res://main.gd" }),
      "main.gd": 'extends Node2D\n\nfunc _exit_tree() -> void:\n\tOS.delay_msec(2500)\n\tprint("saved")\n',
    });
    const test = await startServer(context, folder, ["--hang-timeout=1"]);
    await untilHealth(test, isReady);
    await test.godot.stop({ timeout: { seconds: 20n } });
    const { entries } = await test.godot.listLogs({});
    assert.ok(entries.some(({ message }) => message === "saved"));
  });
});

describe("A scene that changes again in each frame", async () => {
  it("is told as what it is, whether it reloads itself or two change to each other, and keeps no load waiting", async (context) => {
    const changing = (to: string) =>
      ready(`get_tree().change_scene_to_file.call_deferred("res://${to}.tscn")`);
    const folder = await importedProject(context, {
      "main.tscn": sceneFile("Main"),
      "ever.tscn": sceneFile("Ever", { script: "res://ever.gd" }),
      "ever.gd": ready("get_tree().reload_current_scene.call_deferred()"),
      "ping.tscn": sceneFile("Ping", { script: "res://ping.gd" }),
      "ping.gd": changing("pong"),
      "pong.tscn": sceneFile("Pong", { script: "res://pong.gd" }),
      "pong.gd": changing("ping"),
      "large.tscn": `${sceneFile("Large")}${Array.from({ length: 5_000 }, (_, index) => `\n[node name="N${index}" type="Node2D" parent="."]\n`).join("")}`,
    });
    const test = await startServer(context, folder);
    await loadPath(test, "main");
    for (const name of ["ever", "ping"]) {
      const { detail, message } = await failure(loadPath(test, name));
      assert.equal(detail?.reason, ErrorReason.SCENE_BROKEN);
      assert.match(message, /no scene is loaded now\..*changed 30 times before one had been through a frame/);
      assert.equal((await test.scene.getCurrentScene({})).scene, undefined);
      assert.equal((await test.rest("GET", "/health")).status, 503);
      for (const next of ["large", "main"]) assert.equal(await loadPath(test, next), `res://${next}.tscn`);
      assert.equal((await test.rest("GET", "/health")).status, 200);
    }
    assert.equal((await test.rest("GET", "/health")).status, 200);
  });
});

it("a scene that takes long to read is waited for: the main loop stands still meanwhile, and does not hang", async (context) => {
  const gate = await temporaryFolder(context);
  const folder = await importedProject(context, {
    "project.godot": projectGodot({ mainScene: "res://main.tscn" }),
    "main.tscn": sceneFile("Main"),
    // Its reading lasts until the test ends it.
    "slow.gd": `extends Resource\n\n@export var value: int = 0:\n\tset(given):\n\t\twhile not FileAccess.file_exists("${gate}/on"):\n\t\t\tOS.delay_msec(5)\n\t\tvalue = given\n`,
    "large.tscn":
      '[gd_scene format=3]\n\n[ext_resource type="Script" path="res://slow.gd" id="1"]\n\n[sub_resource type="Resource" id="2"]\nscript = ExtResource("1")\nvalue = 3\n\n[node name="Large" type="Node2D"]\nmetadata/slow = SubResource("2")\n',
  });
  const test = await startServer(context, folder, ["--hang-timeout=2"]);
  await untilHealth(test, isReady);
  const loading = test.scene.loadScene({ scenePath: "res://large.tscn" });
  await untilHealth(test, ({ liveness }) => (liveness?.mainLoopStuck?.seconds ?? 0n) >= 4n);
  await writeFiles(gate, { on: "" });
  assert.equal((await loading).result?.scene?.path, "res://large.tscn");
  assert.equal((await loading).result?.scene?.run, 1n);
});

describe("A script that hangs the start", async () => {
  it("and is repaired meanwhile keeps no load waiting: the engine starts anew with what is on disk", async (context) => {
    const folder = await importedProject(context, {
      "project.godot": projectGodot({ mainScene: "res://main.tscn" }),
      "main.tscn": sceneFile("Main", { script: "res://main.gd" }),
      "main.gd": ready('print("entered")\n\twhile true:\n\t\tOS.delay_msec(10)'),
    });
    const test = await startServer(context, folder);
    await untilLogged(test, (message) => message === "entered");
    const stuck = await untilHealth(test, ({ blockingIssues }) =>
      blockingIssues.join().includes("stood still"),
    );
    assert.equal(stuck.process?.state, EngineState.STARTING);
    await writeFiles(folder, { "main.gd": ready('print("repaired")') });
    const { result } = await test.scene.loadScene({ scenePath: "res://main.tscn" });
    assert.equal(result?.engineActionReason, "res://main.gd was changed");
    assert.equal(result.scene?.run, 2n);
  });
});

describe("A game that prints without a line break", async () => {
  it("is ready and stopped like any other", async (context) => {
    const folder = await importedProject(context, {
      "project.godot": projectGodot({
        mainScene: "res://main.tscn",
        more: '[autoload]\n\nLoud="*res://loud.gd"\n',
      }),
      "loud.gd":
        'extends Node\n\nfunc _init() -> void:\n\tprintraw("Loading...")\n\nfunc _exit_tree() -> void:\n\tprintraw("Bye...")\n',
      "main.tscn": sceneFile("Main"),
    });
    const test = await startServer(context, folder);
    assert.equal(await loadPath(test, "main"), "res://main.tscn");
    await test.godot.stop({});
    const { entries } = await test.godot.listLogs({});
    const said = entries.map(({ message }) => message);
    assert.ok(said.includes("Loading...") && said.includes("Bye..."), said.join(" | "));
    const { lastExit } = test.server.supervisor.feed.value.model;
    assert.equal(lastExit?.code, 0, "It ended by itself, and no signal had to be sent.");
  });
});

it("a scene whose reading never ends keeps the next load waiting for a while, and not for ever", async (context) => {
  const folder = await importedProject(context, {
    "main.tscn": sceneFile("Main"),
    "endless.tscn": sceneFile("Endless", { script: "res://endless.gd" }),
    "endless.gd":
      'extends Node2D\n\nstatic var made: int = make()\n\nstatic func make() -> int:\n\tprint("reading")\n\twhile true:\n\t\tOS.delay_msec(10)\n\treturn 1\n',
  });
  const test = await startServer(context, folder, ["--hang-timeout=1"]);
  await loadPath(test, "main");
  const { detail } = await failure(
    test.scene.loadScene({ scenePath: "res://endless.tscn", timeout: { nanos: 300_000_000 } }),
  );
  assert.equal(detail?.reason, ErrorReason.SCENE_PENDING);
  assert.equal((await test.godot.getHealth({})).health?.scene?.name, "main");
  assert.equal(await loadPath(test, "main"), "res://main.tscn");
  const { health } = await test.godot.getHealth({});
  assert.match(health?.lastExit?.message ?? "", /its main loop stood still for \d+ s \(--hang-timeout\)/);
  assert.equal(health?.healthy, true);
});

it("a game that keeps all threads of the pool busy is loaded like any other", async (context) => {
  const work =
    "extends Node2D\n\nvar runs: bool = true\nvar tasks: Array[int] = []\n\nfunc _ready() -> void:\n\tfor index: int in OS.get_processor_count():\n\t\ttasks.append(WorkerThreadPool.add_task(work))\n\nfunc work() -> void:\n\twhile runs:\n\t\tOS.delay_msec(1)\n\nfunc _exit_tree() -> void:\n\truns = false\n\tfor task: int in tasks:\n\t\tWorkerThreadPool.wait_for_task_completion(task)\n";
  const folder = await importedProject(context, {
    "main.tscn": sceneFile("Main", { script: "res://main.gd" }),
    "main.gd": work,
    "level.tscn": sceneFile("Level"),
  });
  const test = await startServer(context, folder);
  for (const name of ["main", "level", "main"])
    assert.equal(await loadPath(test, name), `res://${name}.tscn`);
  assert.equal((await test.godot.getHealth({})).health?.process?.run, 1n);
});

it("a load that waits in the queue is not lost with a scene that was removed meanwhile", async (context) => {
  const folder = await importedProject(context, {
    "main.tscn": sceneFile("Main"),
    "slow.tscn": sceneFile("Slow", { script: "res://slow.gd" }),
    "slow.gd": ready('print("entered")\n\tOS.delay_msec(500)'),
    "gone.tscn": sceneFile("Gone"),
  });
  const test = await startServer(context, folder);
  await loadPath(test, "main");
  const slow = loadPath(test, "slow");
  await untilLogged(test, (message) => message === "entered");
  const gone = failure(loadPath(test, "gone"));
  await rm(join(folder, "gone.tscn"));
  await writeFiles(folder, { "other.tscn": sceneFile("Other") });
  assert.equal(await slow, "res://slow.tscn");
  assert.equal((await gone).detail?.reason, ErrorReason.SCENE_NOT_FOUND);
  assert.equal(await loadPath(test, "other"), "res://other.tscn");
});
