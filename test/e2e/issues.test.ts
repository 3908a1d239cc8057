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
import { enginePid, failure, untilHealth, untilLogged } from "../support/expect.ts";
import {
  importedProject,
  projectGodot,
  sceneFile,
  temporaryProject,
  writeFiles,
} from "../support/project.ts";
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

/** Resolves when the log has all that this load raised: an answer may overtake what the engine prints. */
async function untilLogHas({ godot }: TestServer, { issues, scene }: LoadResult): Promise<void> {
  const missing = new Set(issues.map(({ message }) => message));
  for await (const { entries } of godot.watchLogs({ cursor: 0n, run: scene?.run ?? 0n })) {
    for (const { message } of entries) missing.delete(message);
    if (missing.size === 0) return;
  }
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
  it("by its settings is heard all the same, and so is the import", async (context) => {
    const silent = "\n[application]\n\nrun/disable_stdout=true\nrun/disable_stderr=true\n";
    const project = await temporaryProject(context, {
      "project.godot": projectGodot({ more: silent }),
      ...scripted("main", ready('get_node(^"None").free()')),
      "broken.png": "no picture",
    });
    const { issues } = await load(await startServer(context, project), "main");
    assert.match(inShort(issues).join("\n"), /^res:\/\/broken\.png.*\n.*res:\/\/main\.gd:4 /s);
  });

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
  it("is told by the load that caused the import, and by each load of a scene that needs it", async (context) => {
    const picture =
      '[gd_scene load_steps=2 format=3]\n\n[ext_resource type="Texture2D" path="res://x.png" id="1"]\n\n[node name="Picture" type="Sprite2D"]\ntexture = ExtResource("1")\n';
    const folder = await importedProject(context, { "main.tscn": sceneFile("Main") });
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
    const folder = await importedProject(context, {
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

  it("of scripts are not lost behind any number of warnings", async (context) => {
    const test = await startServer(
      context,
      await importedProject(
        context,
        scripted(
          "warns",
          ready(
            'for index: int in 250:\n\t\tpush_warning("warning %d" % index)\n\tget_node("Nowhere").show()',
          ),
        ),
      ),
    );
    const { issues, issueCount } = await load(test, "warns");
    assert.deepEqual([issues.length, issueCount], [200, 252n]);
    assert.ok(
      issues.some(({ file, line, source }) => source === 2 && `${file}:${line}` === "res://warns.gd:6"),
    );
    await untilHealth(test, ({ healthy, scene }) => !healthy && scene?.name === "warns");
  });

  it("are few enough to be told, however long each is", async (context) => {
    // As JSON, all of them are 190 MB.
    const name = "f".repeat(5_000);
    const test = await startServer(
      context,
      await importedProject(
        context,
        scripted(
          "long",
          `extends Node2D\n\nfunc _ready() -> void:\n\tfor index: int in 190:\n\t\t${name}(index, 40)\n\nfunc ${name}(index: int, depth: int) -> void:\n\tif depth == 0:\n\t\tpush_error("\\u0001".repeat(8000) + str(index))\n\telse:\n\t\t${name}(index, depth - 1)\n`,
        ),
      ),
    );
    const { issues, issueCount } = await load(test, "long");
    assert.ok(issues.length > 0 && issues.length < 190, `${issues.length} are told.`);
    assert.equal(issueCount, 190n);
  });

  it("with control characters reach every caller, from a scene and from an autoload", async (context) => {
    const text = '\\u001b[31mred\\u000b\\u007f\\\\v \\"quoted\\" \\u2028';
    const folder = await importedProject(context, {
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
    for (const { cursor } of (await load(test, "red")).issues) {
      const { entries } = await test.godot.listLogs({ cursor: cursor - 1n, limit: 1, oldestFirst: true });
      assert.match(entries[0]?.message ?? "", /^red/, "The cursor is the place in the log.");
    }
    const { status, body } = await test.rest("GET", "/health");
    assert.equal(status, 200);
    assert.deepEqual(body.blocking_issues, []);
    assert.equal((body.scene as { name: string }).name, "red");
  });

  it("of the scene before are not those of the next, however late it raises them", async (context) => {
    const late = {
      freed:
        'func _notification(what: int) -> void:\n\tif what == NOTIFICATION_PREDELETE:\n\t\tpush_error("freed")',
      deferred:
        'func _exit_tree() -> void:\n\tshout.call_deferred()\n\nfunc shout() -> void:\n\tpush_error("deferred")',
      left: 'func _exit_tree() -> void:\n\tpush_error("left")',
      // It is resumed once more after it has left, and is still there.
      waited:
        'func _ready() -> void:\n\twhile is_inside_tree():\n\t\tawait get_tree().process_frame\n\tpush_error("waited")',
    };
    const scenes = Object.entries(late).map(([name, body]) => scripted(name, `extends Node2D\n\n${body}\n`));
    const test = await startServer(
      context,
      await importedProject(context, { "main.tscn": sceneFile("Main"), ...Object.assign({}, ...scenes) }),
    );
    for (const name of Object.keys(late)) {
      await load(test, name);
      assert.deepEqual(inShort((await load(test, "main")).issues), [], name);
    }
    // It does all of it, as in the game.
    for (const name of Object.keys(late)) await untilLogged(test, (message) => message === name);
  });

  it("of a scene are told after one that has kept a copy of itself as it left, and the copy is as in the game", async (context) => {
    const keeps = {
      packed:
        "var copy: PackedScene = PackedScene.new()\n\tcopy.pack(self)\n\tKeep.kept.append(copy)\n\tprint(copy.get_state().get_node_property_count(0))",
      doubled: "Keep.kept.append(duplicate())\n\tprint(get_meta_list())",
    };
    const leaving = Object.entries(keeps).map(([name, body]) =>
      scripted(name, `extends Node2D\n\nfunc _exit_tree() -> void:\n\t${body}\n`),
    );
    const test = await startServer(
      context,
      await importedProject(context, {
        "project.godot": projectGodot({ more: '[autoload]\n\nKeep="*res://keep.gd"\n' }),
        "keep.gd": "extends Node\n\nvar kept: Array[Object] = []\n",
        ...Object.assign({}, ...leaving),
        ...scripted("failing", ready('push_error("failed")')),
      }),
    );
    for (const name of Object.keys(keeps)) {
      await load(test, name);
      assert.deepEqual(inShort((await load(test, "failing")).issues), ["res://failing.gd:4 failed x1"], name);
    }
    // Its script alone, and no metadata.
    await untilLogged(test, (message) => message === "1");
    await untilLogged(test, (message) => message === "[]");
  });

  it("are none where the game itself would have none as it changes the scene", async (context) => {
    const boxes = ["One", "Two"].map(
      (name, index) =>
        `\n[node name="${name}" type="MeshInstance3D" parent="."]\nmesh = SubResource("mesh")\nsurface_material_override/0 = SubResource("${index}")\n`,
    );
    const materials = [0, 1].map((id) => `[sub_resource type="StandardMaterial3D" id="${id}"]\n\n`);
    const files = {
      "project.godot": projectGodot({
        mainScene: "res://main.tscn",
        more: '[autoload]\n\nHud="*res://hud.gd"\n',
      }),
      ...scripted("main", ready("Hud.player = Hud")),
      "boxes.gd": "extends Node3D\n\nfunc _ready() -> void:\n\tHud.player = Hud\n",
      "hud.gd":
        "extends Node2D\n\nvar player: Node2D = self\n\nfunc _process(_delta: float) -> void:\n\tposition = player.position\n",
      // An autoload goes on with it until the next one is there.
      ...scripted("one", ready("Hud.player = self")),
      ...scripted("two", ready("Hud.player = self")),
      // As they are freed, the renderer without a display raises an error of its own.
      "boxes.tscn": `[gd_scene format=3]\n\n[ext_resource type="Script" path="res://boxes.gd" id="1"]\n\n${materials.join("")}[sub_resource type="BoxMesh" id="mesh"]\n\n[node name="Boxes" type="Node3D"]\nscript = ExtResource("1")\n${boxes.join("")}`,
    };
    const test = await startServer(context, await importedProject(context, files));
    for (const name of ["one", "two", "one", "main", "boxes", "main", "boxes", "one", "boxes", "boxes"])
      assert.deepEqual(inShort((await load(test, name)).issues), [], name);
  });

  it("of a scene that cannot be read have the reason each time", async (context) => {
    const folder = await importedProject(context, {
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
    const test = await startServer(context, await importedProject(context, project));
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

  it("tells of a scene that the game itself puts in place, or loads anew, what is its own", async (context) => {
    const test = await startServer(
      context,
      await importedProject(context, {
        ...project,
        ...scripted("leaves", 'extends Node2D\n\nfunc _exit_tree() -> void:\n\tget_node("Nowhere").show()\n'),
        ...scripted(
          "switches",
          ready(
            'get_tree().create_timer(0.3).timeout.connect(_go)\n\tget_node("Nowhere").show()\n\nfunc _go() -> void:\n\tvar tree: SceneTree = get_tree()\n\tvar next: Node = (load("res://main.tscn") as PackedScene).instantiate()\n\ttree.root.add_child(next)\n\ttree.current_scene = next\n\tqueue_free()',
          ),
        ),
        ...scripted(
          "again",
          "extends Node2D\n\nfunc _init() -> void:\n\tvar none: Node = null\n\tnone.show()\n\nfunc _ready() -> void:\n\tget_tree().create_timer(0.2).timeout.connect(get_tree().reload_current_scene)\n",
        ),
      }),
    );
    await load(test, "leaves");
    assert.deepEqual(
      inShort((await load(test, "main")).issues),
      [],
      "What the scene before raised as it left.",
    );
    await load(test, "switches");
    const switched = await untilHealth(test, ({ scene }) => scene?.name === "main");
    assert.equal(blamed(await untilHealth(test, ({ healthy }) => healthy)), "", blamed(switched));
    await load(test, "again");
    const reloaded = await untilHealth(
      test,
      ({ scene }) => scene?.name === "again" && scene.generation >= 7n,
    );
    assert.match(blamed(reloaded), /^Script error: res:\/\/again\.gd:5: /);
  });

  it("tells an error that comes again each frame, once", async (context) => {
    const test = await startServer(context, await importedProject(context, project));
    await load(test, "later");
    const health = await untilHealth(test, (one) => one.scene?.name === "later" && !one.healthy);
    assert.match(blamed(health), /^Script error: res:\/\/later\.gd:4: /);
    assert.equal(health.blockingIssues.length, 1);
  });

  it("says why no scene is loaded, where the one to boot into is broken", async (context) => {
    const folder = await importedProject(context, {
      "project.godot": projectGodot({ mainScene: "res://corrupt.tscn" }),
      "corrupt.tscn": "[gd_scene format=3]\n\n[node name=",
      "brief.tscn": sceneFile("Brief", { script: "res://brief.gd" }),
      "brief.gd":
        "extends Node2D\n\nfunc _ready() -> void:\n\tget_tree().create_timer(0.3).timeout.connect(queue_free)\n",
    });
    const test = await startServer(context, folder);
    const health = await untilHealth(test, ({ process: engine }) => engine?.state === 3);
    assert.match(blamed(health), /^No scene is loaded\. The engine says: .*corrupt\.tscn:3/);
    await load(test, "brief");
    const freed = await untilHealth(test, ({ scene }) => scene === undefined);
    assert.equal(blamed(freed), "No scene is loaded: the game has freed the one that it had.");
  });
});

describe("A load that fails after an edit has restarted the engine", async () => {
  const corrupt = "[gd_scene format=3]\n\n[node name=";

  it("puts the scene before it back, and says what is current", async (context) => {
    const folder = await importedProject(context, {
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

  it("tells all that is wrong with both, however often it is asked, where they share a broken script", async (context) => {
    const uses = `extends Node2D\n\nconst Broken = preload("broken.gd")\n`;
    const { "level.tscn": level = "", ...scripts } = scripted("level", uses);
    const folder = await importedProject(context, {
      ...scripts,
      ...scripted("main", uses),
      "broken.gd": ready("pass"),
      "level.tscn": level,
    });
    const test = await startServer(context, folder);
    await load(test, "main");
    await writeFiles(folder, { "broken.gd": broken, "level.tscn": `${level}\n[node name=` });
    const first = await failure(load(test, "level"));
    assert.match(inShort(first.detail?.logTail ?? [])[0] ?? "", parseError);
    assert.match(first.message, /; res:\/\/main\.tscn is current\. /);
    const again = await failure(load(test, "level"));
    assert.deepEqual(inShort(again.detail?.logTail ?? []), inShort(first.detail?.logTail ?? []));
    const { health } = await test.godot.getHealth({});
    assert.equal(health?.scene?.path, "res://main.tscn");
    assert.match(health?.blockingIssues[0] ?? "", /broken\.gd:4/);
  });

  it("leaves no scene where that scene is the broken one, and reload knows what was asked for", async (context) => {
    const folder = await importedProject(context, { "main.tscn": sceneFile("Main") });
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
    const folder = await importedProject(context, {
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
    const folder = await importedProject(context, {
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
