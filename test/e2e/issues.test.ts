/**
 * What is wrong with a scene, and only that: the cause first, the same however often and by whichever way it is asked.
 */
import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, it } from "node:test";
import { ErrorReason } from "#gen/error_pb.js";
import type { LogEntry } from "#gen/log_pb.js";
import { EngineAction } from "#gen/scene_pb.js";
import { enginePid, failure, untilHealth } from "../support/expect.ts";
import { importedProject, projectGodot, sceneFile, writeFiles } from "../support/project.ts";
import { broken, inShort, load, parseError, ready, scripted, untilLogHas } from "../support/scenes.ts";
import { startServer } from "../support/server.ts";

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
    const test = await startServer(context, await importedProject(context, project));
    for (const name of ["preloads", "broken", "inherits", "deep"]) {
      const first = await load(test, name);
      assert.match(inShort(first.issues)[0] ?? "", parseError, `${name} begins with the cause.`);
      await untilLogHas(test, first);
      const again = await load(test, name);
      assert.equal(again.engineAction, EngineAction.KEPT);
      assert.deepEqual(inShort(again.issues), inShort(first.issues), `${name} says the same again.`);
      assert.equal(new Set(inShort(first.issues)).size, first.issues.length);
      assert.equal(first.issueCount, BigInt(first.issues.length));
      assert.ok(
        again.issues.every(({ cursor }) => cursor > 0n),
        "Each has its place in the log.",
      );
      const { issues } = await load(test, "main");
      assert.deepEqual(inShort(issues), [], "A scene that does not need it is clean.");
      await untilHealth(test, ({ healthy, scene }) => healthy && scene?.path === "res://main.tscn");
    }
  });

  it("is told first, also where it has more consequences than are told, and where it is far from them", async (context) => {
    const many = Array.from({ length: 210 }, (_, index) => index);
    const test = await startServer(
      context,
      await importedProject(context, {
        ...scripted(
          "many",
          ready(many.map((index) => `print(preload("res://item_${index}.gd"))`).join("\n\t")),
        ),
        ...Object.fromEntries(many.map((index) => [`item_${index}.gd`, 'extends "res://item.gd"\n'])),
        "item.gd": 'extends "res://base.gd"\n',
        "base.gd": 'extends "res://broken.gd"\n',
        "broken.gd": broken,
      }),
    );
    for (const turn of ["first", "again"]) {
      const { issues } = await load(test, "many");
      assert.match(inShort(issues)[0] ?? "", parseError, turn);
      assert.equal(issues.length, 200, turn);
    }
    const { health } = await test.godot.getHealth({});
    assert.match(health?.blockingIssues[0] ?? "", /broken\.gd/);
  });

  it("is told after an edit has broken it, as often as it is asked", async (context) => {
    const folder = await importedProject(context, {
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

describe("What a scene only names, or reaches by a path that it computes,", async () => {
  it("is no issue of it until it is read, and then each time", async (context) => {
    const test = await startServer(
      context,
      await importedProject(context, {
        "main.tscn": sceneFile("Main"),
        "foe.gd": "class_name Foe\nextends Node2D\n\nfunc _ready() -> void:\n\tvar x =\n",
        ...scripted("broken", broken),
        ...scripted("menu", ready('print(["res://broken.tscn", "res://broken.gd"])')),
        ...scripted("hud", ready('print(get_node_or_null(^"Foe"), $Foe)')),
        ...scripted("computed", ready('print(load("res://bro" + "ken.gd"))')),
      }),
    );
    for (const name of ["menu", "hud"]) await load(test, name);
    await load(test, "broken");
    const { issues } = await load(test, "menu");
    assert.deepEqual(inShort(issues), []);
    await untilHealth(test, ({ healthy, scene }) => healthy && scene?.name === "menu");

    await test.godot.restart({});
    const first = await load(test, "computed");
    assert.match(inShort(first.issues)[0] ?? "", parseError);
    const again = await load(test, "computed");
    assert.deepEqual(inShort(again.issues), inShort(first.issues));
    await untilHealth(test, ({ healthy, scene }) => !healthy && scene?.name === "computed");
  });

  it("runs no code, and is no cause, where a broken script only mentions it", async (context) => {
    const test = await startServer(
      context,
      await importedProject(context, {
        "danger.gd":
          'extends Node\n\nstatic var ran: int = shout()\n\nstatic func shout() -> int:\n\tpush_error("danger ran")\n\treturn 1\n',
        ...scripted(
          "mentions",
          `const OTHERS: Array[String] = ["res://danger.gd"]\n${broken}`.replace(
            /^(.*\n)(extends.*\n)/,
            "$2$1",
          ),
        ),
      }),
    );
    const { issues } = await load(test, "mentions");
    assert.ok(
      issues.every(({ file, message }) => file !== "res://danger.gd" && message !== "danger ran"),
      inShort(issues).join(),
    );
  });

  it("is told with its cause where a script inside the scene needs it", async (context) => {
    const test = await startServer(
      context,
      await importedProject(context, {
        "broken.gd": broken,
        "inside.tscn":
          '[gd_scene load_steps=2 format=3]\n\n[sub_resource type="GDScript" id="1"]\nscript/source = "extends Node2D\nconst Broken = preload(\\"res://broken.gd\\")\n"\n\n[node name="Inside" type="Node2D"]\nscript = SubResource("1")\n',
      }),
    );
    const first = await load(test, "inside");
    assert.match(inShort(first.issues)[0] ?? "", parseError);
    assert.deepEqual(inShort((await load(test, "inside")).issues), inShort(first.issues));
  });
});

describe("A script that is found broken while the engine runs", async () => {
  it("is told with all that follows from it: the engine starts anew for that, and only then", async (context) => {
    const test = await startServer(
      context,
      await importedProject(context, {
        "main.tscn": sceneFile("Main"),
        "thing.gd": 'class_name Thing\nextends RefCounted\n\nfunc count() -> int:\n\treturn "x"\n',
        ...scripted("one", ready("print(Thing.new())")),
        ...scripted("two", ready("print(Thing.new().count())")),
      }),
    );
    await load(test, "main");
    for (const name of ["one", "two"]) {
      const first = await load(test, name);
      assert.equal(first.engineAction, EngineAction.RESTARTED);
      assert.match(first.engineActionReason, /^res:\/\/thing\.gd is broken/);
      const follows = first.issues.filter(({ message }) => /^Compile Error/.test(message));
      assert.ok(follows.some(({ file }) => file === `res://${name}.gd`));
      const again = await load(test, name);
      assert.equal(again.engineAction, EngineAction.KEPT);
      assert.deepEqual(inShort(again.issues), inShort(first.issues));
    }
    assert.equal((await load(test, "main")).engineAction, EngineAction.KEPT);
  });

  it("is told as it is where the state of the game leads to it: a new engine would not come to it", async (context) => {
    const test = await startServer(
      context,
      await importedProject(context, {
        "project.godot": projectGodot({ more: '[autoload]\n\nGame="*res://game.gd"\n' }),
        "game.gd": "extends Node\n\nvar has_boss: bool = false\n",
        "boss.gd": broken,
        ...scripted("menu", ready("Game.has_boss = true")),
        ...scripted("level", ready('if Game.has_boss:\n\t\tset_meta(&"boss", load("res://boss.gd"))')),
      }),
    );
    await load(test, "menu");
    for (let turn = 0; turn < 2; turn += 1) {
      const { issues, engineAction } = await load(test, "level");
      assert.match(inShort(issues)[0] ?? "", /^res:\/\/boss\.gd:\d+ Parse Error/);
      assert.equal(engineAction, EngineAction.KEPT);
      assert.equal((await test.godot.getHealth({})).health?.healthy, false);
    }
  });

  it("is told by each scene that loads it by a path that it computes", async (context) => {
    const computed = ready('print(load("res://%s.gd" % ["bro" + "ken"]))');
    const test = await startServer(
      context,
      await importedProject(context, {
        "main.tscn": sceneFile("Main"),
        "broken.gd": broken,
        ...scripted("one", computed),
        ...scripted("two", computed),
      }),
    );
    for (const name of ["one", "two", "one", "main", "two"]) {
      const { issues } = await load(test, name);
      if (name === "main") assert.deepEqual(inShort(issues), []);
      else assert.match(inShort(issues)[0] ?? "", parseError, name);
      await untilHealth(test, ({ healthy, scene }) => healthy === (name === "main") && scene?.name === name);
    }
  });

  it("is told by a scene that needs it, also behind more broken scripts than are remembered", async (context) => {
    const many = Array.from({ length: 520 }, (_, index) => index);
    const test = await startServer(
      context,
      await importedProject(context, {
        ...scripted("many", ready('for index: int in 520:\n\t\tload("res://item_%d.gd" % index)')),
        ...Object.fromEntries(many.map((index) => [`item_${index}.gd`, broken])),
        "last.tscn": sceneFile("Last", { script: "res://item_519.gd" }),
      }),
    );
    await load(test, "many");
    const { issues } = await load(test, "last");
    assert.equal(issues[0]?.file, "res://item_519.gd");
  });

  it("costs the game nothing where its scene cannot be read, or it is in no file", async (context) => {
    const test = await startServer(
      context,
      await importedProject(context, {
        "main.tscn": sceneFile("Main"),
        "broken.gd": broken,
        "corrupt.tscn":
          '[gd_scene format=3]\n\n[ext_resource type="Script" path="res://broken.gd" id="1"]\n\n[node name=',
        ...scripted(
          "made",
          ready('var made := GDScript.new()\n\tmade.source_code = "func ("\n\tprint(made.reload())'),
        ),
      }),
    );
    await load(test, "main");
    const pid = await enginePid(test);
    const { detail } = await failure(load(test, "corrupt"));
    assert.equal(detail?.reason, ErrorReason.SCENE_BROKEN);
    assert.ok(detail.logTail.some(({ file }) => file === "res://broken.gd"));
    assert.equal(await enginePid(test), pid);
    for (const _ of ["first", "second"]) {
      const { issues } = await load(test, "made");
      assert.match(inShort(issues)[0] ?? "", /^res:\/\/made\.gd:\d+ Parse Error: Expected function name/);
      assert.equal(await enginePid(test), pid, "A script that the game makes by itself is in no file.");
    }
  });
});

describe("A game that turns the engine's messages off", async () => {
  it("by a script is heard again from the next frame on", async (context) => {
    const project = await importedProject(context, {
      ...scripted("silences", ready("Engine.print_error_messages = false")),
      ...scripted("fails", ready('get_node(^"None").free()')),
    });
    const test = await startServer(context, project);
    const expected = inShort((await load(test, "fails")).issues);
    assert.ok(expected.length > 0);
    await load(test, "silences");
    assert.deepEqual(inShort((await load(test, "fails")).issues), expected);
  });
});

describe("What the engine cannot read before the addon hears it", async () => {
  it("is an issue of every load, and where it is project.godot, of health", async (context) => {
    const broken =
      '\n[gui]\n\ntheme/custom="res://no_theme.tres"\n\n[input]\n\njump={"events": [Object(InputEventNo,"a":1)]}\n';
    const project = await importedProject(context, {
      "project.godot": projectGodot({ mainScene: "res://main.tscn", more: broken }),
      "main.tscn": sceneFile("Main"),
      "other.tscn": sceneFile("Other"),
    });
    const test = await startServer(context, project);
    const first = inShort((await load(test, "main")).issues).join("\n");
    assert.match(first, /project\.godot/);
    assert.match(first, /res:\/\/no_theme\.tres/);
    for (const name of ["main", "other"])
      assert.equal(inShort((await load(test, name)).issues).join("\n"), first, name);
    const { status, body } = await test.rest("GET", "/health");
    assert.equal(status, 503);
    assert.match(String(body.blocking_issues), /^The project's settings were not read: .*project\.godot/);
  });
});

describe("An asset that cannot be imported", async () => {
  it("is told by the load that caused the import, and by each load of a scene that needs it, also where the settings turn messages off", async (context) => {
    const silent = "\n[application]\n\nrun/disable_stdout=true\nrun/disable_stderr=true\n";
    const picture =
      '[gd_scene load_steps=2 format=3]\n\n[ext_resource type="Texture2D" path="res://x.png" id="1"]\n\n[node name="Picture" type="Sprite2D"]\ntexture = ExtResource("1")\n';
    const folder = await importedProject(context, {
      "project.godot": projectGodot({ more: silent }),
      "main.tscn": sceneFile("Main"),
      ...scripted("fails", ready('get_node(^"None").free()')),
    });
    const test = await startServer(context, folder);
    assert.match(
      inShort((await load(test, "fails")).issues).join("\n"),
      /^res:\/\/fails\.gd:4 /,
      "by the engine",
    );
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
