/** The list of issues: each fault once with its count, bounded, and none of another scene. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { ErrorReason } from "#gen/error_pb.js";
import { failure, untilHealth, untilLogged } from "../support/expect.ts";
import { importedProject, projectGodot, sceneFile } from "../support/project.ts";
import { inShort, load, ready, scripted } from "../support/scenes.ts";
import { startServer } from "../support/server.ts";

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
