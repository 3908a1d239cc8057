/**
 * What is wrong with a scene, and only that: the cause first, each fault once with its count, the same however
 * often and by whichever way it is asked. Health says what is wrong now.
 */
import assert from "node:assert/strict";
import { rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, it } from "node:test";
import { ErrorReason } from "#gen/error_pb.js";
import type { Health } from "#gen/health_pb.js";
import type { LogEntry } from "#gen/log_pb.js";
import { EngineAction, type LoadResult, LoadStage } from "#gen/scene_pb.js";
import { enginePid, failure, untilHealth } from "../support/expect.ts";
import { projectGodot, sceneFile, temporaryProject, writeFiles } from "../support/project.ts";
import { startServer, type TestServer } from "../support/server.ts";

const broken = "extends Node2D\n\nfunc _ready() -> void:\n\tvar x =\n";
const ready = (body: string) => `extends Node2D\n\nfunc _ready() -> void:\n\t${body}\n`;
/** A scene with a script of its own name on it. */
const scripted = (name: string, source: string) => ({
  [`${name}.tscn`]: sceneFile(name, { script: `res://${name}.gd` }),
  [`${name}.gd`]: source,
});

async function load({ scene }: TestServer, name: string): Promise<LoadResult> {
  const { result } = await scene.loadScene({ scenePath: `res://${name}.tscn` });
  assert.ok(result);
  return result;
}

const inShort = (issues: readonly LogEntry[]) =>
  issues.map(({ file, line, message, count }) => `${file}:${line} ${message} x${count}`);

const parseError =
  /^res:\/\/broken\.gd:4 Parse Error: Expected expression for variable initial value after "="\. x1$/;

describe("A script that does not compile", async () => {
  const project = {
    "main.tscn": sceneFile("Main"),
    ...scripted("broken", broken),
    ...scripted(
      "preloads",
      `const Broken = preload("broken.gd")\n${ready("pass")}`.replace(/^(.*\n)(extends.*\n)/, "$2$1"),
    ),
    ...scripted("inherits", 'extends "broken.gd"\n'),
    ...scripted("deep", ready('var other: GDScript = load("res://broken.gd")\n\tprint(other)')),
  };

  it("is told by every load that stands on it, first or not, and by no other", async (context) => {
    const test = await startServer(context, await temporaryProject(context, project));
    for (const name of ["preloads", "broken", "inherits", "deep"]) {
      const first = await load(test, name);
      assert.match(inShort(first.issues)[0] ?? "", parseError, `${name} begins with the cause.`);
      const again = await load(test, name);
      assert.equal(again.engineAction, EngineAction.KEPT);
      assert.deepEqual(inShort(again.issues), inShort(first.issues), `${name} says the same again.`);
      assert.equal(new Set(inShort(first.issues)).size, first.issues.length);
      assert.equal(first.issueCount, BigInt(first.issues.length));
      assert.ok(
        first.issues.every(({ cursor }) => cursor > 0n),
        "Each has its place in the log.",
      );
      const { issues } = await load(test, "main");
      assert.deepEqual(inShort(issues), [], "A scene that does not need it is clean.");
      await untilHealth(test, ({ healthy, scene }) => healthy && scene?.path === "res://main.tscn");
    }
  });

  it("is told after an edit has broken it, as often as it is asked", async (context) => {
    const folder = await temporaryProject(context, {
      ...scripted("a", ready("pass")),
      ...scripted("b", ready("pass")),
    });
    const test = await startServer(context, folder);
    await load(test, "a");
    await writeFile(join(folder, "b.gd"), broken);
    assert.deepEqual(inShort((await load(test, "a")).issues), []);
    const first = await load(test, "b");
    assert.match(inShort(first.issues).join(), /res:\/\/b\.gd:4 Parse Error/);
    const second = await load(test, "b");
    assert.deepEqual(inShort(second.issues), inShort(first.issues));
    const { status, body } = await test.rest("GET", "/health");
    assert.equal(status, 503);
    assert.match(String(body.blocking_issues), /^Script error: res:\/\/b\.gd:4: Parse Error/);
  });
});

describe("A script that another scene has broken", async () => {
  it("is told with all that follows from it: the engine starts anew for that, and only then", async (context) => {
    const test = await startServer(
      context,
      await temporaryProject(context, {
        "main.tscn": sceneFile("Main"),
        "thing.gd": 'class_name Thing\nextends RefCounted\n\nfunc count() -> int:\n\treturn "x"\n',
        ...scripted("one", ready("print(Thing.new())")),
        ...scripted("two", ready("print(Thing.new().count())")),
      }),
    );
    await load(test, "main");
    const one = await load(test, "one");
    assert.equal(one.engineAction, EngineAction.KEPT);
    const two = await load(test, "two");
    assert.equal(two.engineAction, EngineAction.RESTARTED);
    assert.match(two.engineActionReason, /^res:\/\/thing\.gd does not compile/);
    assert.ok(
      two.issues.some(({ file, message }) => file === "res://two.gd" && /^Compile Error/.test(message)),
    );
    const again = await load(test, "two");
    assert.equal(again.engineAction, EngineAction.KEPT);
    assert.deepEqual(inShort(again.issues), inShort(two.issues));
    assert.equal((await load(test, "main")).engineAction, EngineAction.KEPT);
  });
});

describe("An asset that cannot be imported", async () => {
  it("is told by the load that caused the import, and by each load of a scene that needs it", async (context) => {
    const picture =
      '[gd_scene load_steps=2 format=3]\n\n[ext_resource type="Texture2D" path="res://x.png" id="1"]\n\n[node name="Picture" type="Sprite2D"]\ntexture = ExtResource("1")\n';
    const folder = await temporaryProject(context, { "main.tscn": sceneFile("Main") });
    const test = await startServer(context, folder);
    await load(test, "main");
    await writeFiles(folder, { "picture.tscn": picture, "x.png": "this is no picture" });
    const told = (issues: readonly LogEntry[]) =>
      issues.filter(({ file }) => file === "res://x.png").length > 0;
    const first = await load(test, "main");
    assert.equal(first.imported, true);
    assert.ok(told(first.issues));
    assert.deepEqual((await load(test, "main")).issues, []);
    for (let turn = 0; turn < 2; turn += 1) {
      const { issues } = await load(test, "picture");
      assert.equal(issues[0]?.file, "res://x.png", "The cause comes first.");
    }
    process.kill(await enginePid(test), "SIGKILL");
    await untilHealth(test, ({ process: engine }) => engine?.run === 3n && engine.state === 3);
    assert.ok(told((await load(test, "picture")).issues), "A start without an import forgets nothing.");
    const { status } = await test.godot.getStatus({});
    assert.ok(told(status?.importIssues ?? []));
  });
});

describe("Issues", async () => {
  it("keep the first of too many, count repeats, and name the cause: an autoload that is missing", async (context) => {
    const folder = await temporaryProject(context, {
      "project.godot": projectGodot({
        mainScene: "res://main.tscn",
        more: '[autoload]\n\nFieldCamera="*res://field_camera.gd"\n',
      }),
      "main.tscn": sceneFile("Main"),
      ...scripted(
        "many",
        ready(
          'for index: int in 500:\n\t\tpush_error("consequence")\n\tfor index: int in 300:\n\t\tpush_error("error %d" % index)',
        ),
      ),
    });
    const test = await startServer(context, folder);
    for (const turn of [1, 2]) {
      const { issues, issueCount } = await load(test, "many");
      const said = inShort(issues);
      assert.match(said[0] ?? "", /field_camera\.gd/, `turn ${turn}`);
      assert.ok(said.includes("res://many.gd:5 consequence x500"));
      assert.ok(said.includes("res://many.gd:7 error 0 x1"));
      assert.equal(issues.length, 200);
      assert.equal(issueCount, BigInt(800 + said.filter((one) => one.includes("field_camera")).length));
    }
    const { health } = await test.godot.getHealth({});
    assert.equal(health?.healthy, false);
    assert.match(
      health.blockingIssues[0] ?? "",
      /^The autoload FieldCamera \(res:\/\/field_camera\.gd\) could not be made\. The engine says: /,
    );
    const { status } = await test.godot.getStatus({});
    assert.match(status?.bootErrors[0]?.message ?? "", /field_camera\.gd/);
  });

  it("with control characters reach every caller, from a scene and from an autoload", async (context) => {
    const text = '\\u001b[31mred\\u000b\\u007f\\\\v \\"quoted\\" \\u2028';
    const folder = await temporaryProject(context, {
      "project.godot": projectGodot({
        mainScene: "res://main.tscn",
        more: '[autoload]\n\nLoud="*res://loud.gd"\n',
      }),
      "loud.gd": `extends Node\n\nfunc _ready() -> void:\n\tpush_error("${text}")\n\tprintraw("no line break")\n`,
      "main.tscn": sceneFile("Main"),
      ...scripted("red", ready(`push_error("${text}")`)),
    });
    const test = await startServer(context, folder);
    const { issues } = await load(test, "red");
    const raw = '\u001b[31mred\u000b\u007f\\v "quoted" \u2028';
    assert.deepEqual(
      issues.map(({ file, message }) => [file, message]),
      [
        ["res://loud.gd", raw],
        ["res://red.gd", raw],
      ],
    );
    for (const { cursor } of issues) {
      const { entries } = await test.godot.listLogs({ cursor: cursor - 1n, limit: 1, oldestFirst: true });
      assert.match(entries[0]?.message ?? "", /^red/, "The cursor is the place in the log.");
    }
    const { status, body } = await test.rest("GET", "/health");
    assert.equal(status, 200);
    assert.deepEqual(body.blocking_issues, []);
    assert.equal((body.scene as { name: string }).name, "red");
  });

  it("of a scene that cannot be read have the reason each time", async (context) => {
    const folder = await temporaryProject(context, {
      "main.tscn": sceneFile("Main"),
      "corrupt.tscn": "[gd_scene format=3]\n\n[node name=",
      "lacking.tscn": sceneFile("Lacking", { script: "res://nowhere.gd" }),
    });
    const test = await startServer(context, folder);
    await load(test, "main");
    const failures = [];
    for (let turn = 0; turn < 3; turn += 1) failures.push(await failure(load(test, "corrupt")));
    for (const { message, detail } of failures) {
      assert.equal(detail?.reason, ErrorReason.SCENE_BROKEN);
      assert.match(
        message,
        /could not be loaded; the scene before it stays current \(res:\/\/main\.tscn\)\..*corrupt\.tscn:3 - Parse Error/,
      );
      assert.ok(detail.logTail.length > 0);
      assert.equal(message, failures[0]?.message);
    }
    const first = await load(test, "lacking");
    assert.match(inShort(first.issues)[0] ?? "", /nowhere\.gd/);
    assert.deepEqual(inShort((await load(test, "lacking")).issues), inShort(first.issues));
  });
});

describe("Health", async () => {
  const project = {
    "main.tscn": sceneFile("Main"),
    ...scripted("failing", ready('get_node("Nowhere").show()')),
    ...scripted(
      "later",
      'extends Node2D\n\nfunc _process(_delta: float) -> void:\n\tget_node("Nowhere").show()\n',
    ),
  };
  const blamed = ({ blockingIssues }: Health) => blockingIssues.join("\n");

  it("does not depend on how a scene came to be, and forgets one that went", async (context) => {
    const test = await startServer(context, await temporaryProject(context, project));
    await load(test, "failing");
    const loaded = await untilHealth(test, (health) => health.scene?.name === "failing");
    assert.equal(loaded.healthy, false);
    assert.match(blamed(loaded), /^Script error: res:\/\/failing\.gd:4: /);

    process.kill(await enginePid(test), "SIGKILL");
    const booted = await untilHealth(
      test,
      ({ process: engine, scene }) => engine?.run === 2n && scene !== undefined,
    );
    assert.equal(booted.scene?.name, "failing");
    assert.equal(blamed(booted), blamed(loaded));

    await load(test, "main");
    const clean = await untilHealth(test, (health) => health.scene?.name === "main");
    assert.equal(blamed(clean), "");
    assert.equal(clean.healthy, true);
  });

  it("tells an error that comes again each frame, once", async (context) => {
    const test = await startServer(context, await temporaryProject(context, project));
    await load(test, "later");
    const health = await untilHealth(test, (one) => one.scene?.name === "later" && !one.healthy);
    assert.match(blamed(health), /^Script error: res:\/\/later\.gd:4: /);
    assert.equal(health.blockingIssues.length, 1);
  });

  it("says why no scene is loaded, where the one to boot into is broken", async (context) => {
    const folder = await temporaryProject(context, {
      "project.godot": projectGodot({ mainScene: "res://corrupt.tscn" }),
      "corrupt.tscn": "[gd_scene format=3]\n\n[node name=",
    });
    const test = await startServer(context, folder);
    const health = await untilHealth(test, ({ process: engine }) => engine?.state === 3);
    assert.match(blamed(health), /^No scene is loaded\. The engine says: .*corrupt\.tscn:3/);
  });
});

describe("A load that fails after an edit has restarted the engine", async () => {
  const corrupt = "[gd_scene format=3]\n\n[node name=";

  it("puts the scene before it back, and says what is current", async (context) => {
    const folder = await temporaryProject(context, {
      "main.tscn": sceneFile("Main"),
      "level.tscn": sceneFile("Level"),
    });
    const test = await startServer(context, folder);
    await load(test, "main");
    await writeFile(join(folder, "level.tscn"), corrupt);
    const { message, detail } = await failure(load(test, "level"));
    assert.equal(detail?.reason, ErrorReason.SCENE_BROKEN);
    assert.match(message, /^res:\/\/level\.tscn could not be loaded; res:\/\/main\.tscn is current\. /);
    assert.equal((await test.scene.getCurrentScene({})).scene?.path, "res://main.tscn");
  });

  it("leaves no scene where that scene is the broken one, and reload knows what was asked for", async (context) => {
    const folder = await temporaryProject(context, { "main.tscn": sceneFile("Main") });
    const test = await startServer(context, folder);
    await load(test, "main");
    await writeFile(join(folder, "main.tscn"), corrupt);
    const { message } = await failure(load(test, "main"));
    assert.match(message, /could not be loaded; no scene is loaded now\. .*main\.tscn:3/);
    assert.equal((await test.scene.getCurrentScene({})).scene, undefined);
    await writeFile(join(folder, "main.tscn"), sceneFile("Mended"));
    const { result } = await test.scene.reloadScene({});
    assert.equal(result?.scene?.rootName, "Mended");
    await rm(join(folder, "main.tscn"));
    assert.equal((await failure(test.scene.reloadScene({}))).detail?.reason, ErrorReason.SCENE_NOT_FOUND);
  });
});

describe("A load during which files change", async () => {
  it("is done once more, so that its answer is of what is on disk", async (context) => {
    const folder = await temporaryProject(context, {
      "main.tscn": sceneFile("Main"),
      ...scripted("slow", ready('print("old")\n\tOS.delay_msec(300)')),
    });
    const test = await startServer(context, folder);
    await load(test, "main");
    const loading = load(test, "slow");
    for await (const { entries } of test.godot.watchLogs({ cursor: 0n }))
      if (entries.some(({ message }) => message === "old")) break;
    await writeFiles(folder, { "slow.gd": ready('push_error("new")') });
    const { issues, engineAction, engineActionReason, newerOnDisk } = await loading;
    assert.deepEqual(inShort(issues), ["res://slow.gd:4 new x1"]);
    assert.equal(engineAction, EngineAction.RESTARTED);
    assert.equal(engineActionReason, "res://slow.gd was changed");
    assert.equal(newerOnDisk, "");
  });

  it("says so where they change again, as with a game that writes into its project", async (context) => {
    const folder = await temporaryProject(context, {
      "main.tscn": sceneFile("Main"),
      ...scripted(
        "writes",
        ready('FileAccess.open("res://state.txt", FileAccess.WRITE).store_line(str(Time.get_ticks_usec()))'),
      ),
    });
    const test = await startServer(context, folder);
    const { scene, newerOnDisk } = await load(test, "writes");
    assert.equal(scene?.path, "res://writes.tscn");
    assert.match(newerOnDisk, /^res:\/\/state\.txt was (added|changed)$/);
  });
});

describe("The stages of a load", async () => {
  it("tell what a start is busy with, an import included, and end with everything read", async (context) => {
    const folder = await temporaryProject(context, { "main.tscn": sceneFile("Main") });
    const test = await startServer(context, folder, ["--no-autostart"]);
    await test.godot.stop({});
    const stages = [];
    const { scene } = await startServer(context, folder);
    for await (const { stage, percent, message } of scene.loadSceneStream({ scenePath: "res://main.tscn" }))
      stages.push({ stage, percent, message });
    const starting = stages
      .filter(({ stage }) => stage === LoadStage.STARTING_ENGINE)
      .map(({ message }) => message);
    assert.ok(
      starting.some((message) => message.startsWith("Importing the project")),
      starting.join(" | "),
    );
    assert.ok(
      starting.some((message) => message.startsWith("Starting Godot")),
      starting.join(" | "),
    );
    assert.deepEqual(stages.at(-1), { stage: LoadStage.DONE, percent: 100, message: "" });
  });
});
