/** What is raised while a scene is read, by whichever thread, is that scene's, each time that it is loaded. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { ErrorReason } from "#gen/error_pb.js";
import { failure, untilHealth } from "../support/expect.ts";
import { projectGodot, sceneFile } from "../support/project.ts";
import { beginning, isHealthy, messages, standingOn, started } from "../support/scenes.ts";
import type { TestServer } from "../support/server.ts";

it("A warning of a file that scenes share is no reason for a new engine", async (context) => {
  const test = await started(context, {
    // A merge, or a program, has written a uid that there is not.
    "part.tscn":
      '[gd_scene format=3]\n\n[ext_resource type="Script" uid="uid://c5nowhere" path="res://part.gd" id="1"]\n\n[node name="Part" type="Node2D"]\nscript = ExtResource("1")\n',
    "part.gd": "extends Node2D\n",
    ...Object.fromEntries(
      ["one", "two"].map((name) => [
        `${name}.tscn`,
        `${standingOn("PackedScene", "res://part.tscn")}[node name="${name}" instance=ExtResource("1")]\n`,
      ]),
    ),
  });
  const [warning] = (await messages(test, "one")) ?? [];
  assert.match(warning ?? "", /invalid UID/);
  for (const name of ["two", "one", "two"]) await messages(test, name);
  const { health } = await test.godot.getHealth({});
  assert.deepEqual([health?.healthy, health?.process?.run], [true, 1n]);
});

it("A resource whose script reaches into the tree is read as in the game: on the main thread", async (context) => {
  const test = await started(context, {
    "project.godot": projectGodot({
      mainScene: "res://main.tscn",
      more: '[autoload]\n\nItems="*res://items.gd"\n',
    }),
    "items.gd":
      'extends Node\n\nfunc register(item: Resource) -> void:\n\tvar node: Timer = Timer.new()\n\tnode.set_meta(&"item", item)\n\tadd_child(node)\n',
    "item.gd":
      "extends Resource\n\n@export var id: int = 0:\n\tset(value):\n\t\tid = value\n\t\tItems.register(self)\n",
    "sword.tres":
      '[gd_resource type="Resource" format=3]\n\n[ext_resource type="Script" path="res://item.gd" id="1"]\n\n[resource]\nscript = ExtResource("1")\nid = 5\n',
    "level.tscn": `${standingOn("Resource", "res://sword.tres")}[ext_resource type="Script" path="res://level.gd" id="2"]\n\n[node name="Level" type="Sprite2D"]\nmetadata/x = ExtResource("1")\nscript = ExtResource("2")\n`,
    "level.gd": beginning("assert(Items.get_child_count() == 1)"),
  });
  assert.deepEqual(await messages(test, "main"), []);
  assert.deepEqual(await messages(test, "level"), []);
});

describe("A script that fails while a resource is read", async () => {
  const resource = '[gd_resource type="Resource" format=3]\n\n[ext_resource type="Script" path="res://';
  const files = {
    "setter.gd":
      'extends Resource\n\n@export var hp: int = 0:\n\tset(value):\n\t\thp = value\n\t\tvar nothing: Object = null\n\t\tnothing.call(&"x")\n',
    "setter.tres": `${resource}setter.gd" id="1"]\n\n[resource]\nscript = ExtResource("1")\nhp = 5\n`,
    "whole.tscn": `${standingOn("Resource", "res://setter.tres")}[node name="Whole" type="Node"]\nmetadata/x = ExtResource("1")\n`,
    "part.tscn": `${standingOn("Resource", "res://setter.tres")}[node name="Part" type="Node"]\nmetadata/x = ExtResource("1")\nmetadata/y = SubResource("none")\n`,
    "inside.tscn": `${standingOn("Script", "res://setter.gd")}[sub_resource type="Resource" id="2"]\nscript = ExtResource("1")\nhp = 5\n\n[node name="Inside" type="Node"]\nmetadata/x = SubResource("2")\n`,
    "instance.tscn": `${standingOn("PackedScene", "res://inside.tscn")}[node name="Instance" instance=ExtResource("1")]\n`,
    "other.tscn": `${standingOn("Resource", "res://setter.tres")}[node name="Other" type="Node"]\nmetadata/x = ExtResource("1")\n`,
    "named.gd":
      'extends Resource\n\n@export var hp: int = 0:\n\tset(value):\n\t\tassert(value == 0, "null is no owner of %s" % self)\n',
    "named.tres": `${resource}named.gd" id="1"]\n\n[resource]\nscript = ExtResource("1")\nhp = 5\n`,
    "named.tscn": `${standingOn("Resource", "res://named.tres")}[node name="Named" type="Node"]\nmetadata/x = ExtResource("1")\n`,
    "static.gd":
      "extends Node\n\nstatic var made: String = make()\n\nstatic func make() -> String:\n\tvar nothing: Object = null\n\treturn nothing.get_class()\n",
    "static.tscn": sceneFile("Static", { type: "Node", script: "res://static.gd" }),
    "again.tscn": sceneFile("Again", { type: "Node", script: "res://static.gd" }),
  };

  it("is an issue of the scene that needs it, and of no other", async (context) => {
    const test = await started(context, files);
    for (const name of ["whole", "static"]) {
      assert.deepEqual(await messages(test, "main"), []);
      const [issue, ...more] = (await messages(test, name)) ?? [];
      assert.match(issue ?? "", /null/i, name);
      assert.deepEqual(more, []);
      assert.equal(await isHealthy(test), false);
      assert.deepEqual(await messages(test, "main"), []);
      assert.equal(await isHealthy(test), true);
    }
  });

  it("is one each time, also where the resource is in memory since that scene, or another, was loaded", async (context) => {
    const test = await started(context, files);
    assert.deepEqual(await messages(test, "main"), []);
    const names = [
      "whole",
      "whole",
      "other",
      "whole",
      "inside",
      "inside",
      "instance",
      "instance",
      "inside",
      "static",
      "again",
      "static",
      // Its error names the object, which is another each time.
      "named",
      "main",
      "named",
    ];
    for (const name of names) {
      const [issue, ...more] = (await messages(test, name)) ?? [];
      if (name !== "main") assert.match(issue ?? "", /null/i, name);
      assert.deepEqual(more, [], name);
      assert.equal(await isHealthy(test), name === "main", name);
    }
    assert.deepEqual(await messages(test, "main"), []);
    assert.equal(await isHealthy(test), true);
  });

  it("is told by the error of a scene that cannot be read, and is not the current one's", async (context) => {
    const test = await started(context, files);
    assert.deepEqual(await messages(test, "main"), []);
    const { detail, message } = await failure(test.scene.loadScene({ scenePath: "res://part.tscn" }));
    assert.equal(detail?.reason, ErrorReason.SCENE_BROKEN);
    assert.match(message, /the scene before it stays current/);
    assert.ok(detail.logTail.some(({ file }) => file === "res://setter.gd"));
    assert.equal(await isHealthy(test), true);
  });
});

describe("A script that does not compile, and that a scene loads while it runs", async () => {
  const enemy = {
    "enemy.gd": 'extends Node2D\n\nfunc _ready() -> void:\n\tvar x: int = "s"\n',
    "enemy.tscn": sceneFile("Enemy", { script: "res://enemy.gd" }),
  };
  const spawning = (after: string) =>
    `extends Node2D\n\nfunc _ready() -> void:\n\tget_tree().create_timer(0.2).timeout.connect(spawn)\n\nfunc spawn() -> void:\n\tadd_child((load("res://enemy.tscn") as PackedScene).instantiate())\n${after}`;
  const untilUnwell = (test: TestServer) =>
    untilHealth(test, ({ scene, healthy }) => scene?.name === "level" && !healthy);

  it("makes the health bad each time that the scene is loaded, and no other's", async (context) => {
    const test = await started(context, {
      ...enemy,
      "level.tscn": sceneFile("Level", { script: "res://level.gd" }),
      "level.gd": spawning(""),
    });
    for (const name of ["level", "level", "main", "level"]) {
      await messages(test, name);
      if (name === "main") assert.equal(await isHealthy(test), true);
      else assert.match((await untilUnwell(test)).blockingIssues[0] ?? "", /res:\/\/enemy\.gd:4/);
    }
  });

  it("makes the health bad too where the game comes back to the scene by itself", async (context) => {
    const test = await started(context, {
      ...enemy,
      "level.tscn": sceneFile("Level", { script: "res://level.gd" }),
      "level.gd": spawning(
        '\tif not Engine.has_meta("again"):\n\t\tEngine.set_meta("again", true)\n\t\tget_tree().reload_current_scene.call_deferred()\n',
      ),
    });
    await messages(test, "main");
    const { result } = await test.scene.loadScene({ scenePath: "res://level.tscn" });
    const first = result?.scene?.generation ?? 0n;
    const health = await untilHealth(test, ({ scene }) => (scene?.generation ?? 0n) > first);
    assert.match(health.blockingIssues[0] ?? "", /res:\/\/enemy\.gd:4/);
  });
});

describe("A scene that the game changes to by itself, and whose script does not compile", async () => {
  const level = {
    "level.tscn": sceneFile("Level", { script: "res://level.gd" }),
    "level.gd": "extends Node2D\n\nfunc _ready() -> void:\n\tvar x = = 3\n",
  };
  const later = (before: string, change: string) =>
    `${before}\n\nfunc _ready() -> void:\n\tget_tree().create_timer(0.2).timeout.connect(go)\n\nfunc go() -> void:\n\t${change}\n`;
  const ways: Record<string, string> = {
    "by a loading screen, which reads it in the background":
      'extends Node2D\n\nfunc _ready() -> void:\n\tResourceLoader.load_threaded_request("res://level.tscn")\n\nfunc _process(_delta: float) -> void:\n\tif ResourceLoader.load_threaded_get_status("res://level.tscn") == ResourceLoader.THREAD_LOAD_LOADED:\n\t\tset_process(false)\n\t\tget_tree().change_scene_to_packed(ResourceLoader.load_threaded_get("res://level.tscn") as PackedScene)\n',
    "from a constant": later(
      'extends Node2D\n\nconst NEXT: PackedScene = preload("res://level.tscn")',
      "get_tree().change_scene_to_packed(NEXT)",
    ),
    "for the second time": later(
      "extends Node2D",
      'if Engine.has_meta("was"):\n\t\tget_tree().change_scene_to_file("res://level.tscn")\n\telse:\n\t\tEngine.set_meta("was", true)\n\t\tload("res://level.tscn")\n\t\tget_tree().reload_current_scene()',
    ),
  };
  for (const [way, script] of Object.entries(ways))
    it(`${way}, is not well`, async (context) => {
      const test = await started(context, {
        ...level,
        "before.tscn": sceneFile("Before", { script: "res://before.gd" }),
        "before.gd": script,
      });
      assert.deepEqual(await messages(test, "main"), []);
      // The game may go on before the load is proved.
      await messages(test, "before").catch(() => {});
      const health = await untilHealth(test, ({ scene }) => scene?.name === "level");
      assert.match(health.blockingIssues[0] ?? "", /res:\/\/level\.gd:4/);
    });
});

describe("A thread that fails as soon as its scene begins", async () => {
  it("makes the health bad, each time", async (context) => {
    const test = await started(context, {
      "thread.tscn": sceneFile("Thread", { script: "res://thread.gd" }),
      "thread.gd":
        'extends Node2D\n\nvar thread: Thread = Thread.new()\n\nfunc _ready() -> void:\n\tthread.start(work)\n\nfunc work() -> void:\n\tvar nothing: Object = null\n\tnothing.call(&"x")\n\nfunc _exit_tree() -> void:\n\tthread.wait_to_finish()\n',
    });
    for (let turn = 0; turn < 10; turn += 1) {
      await messages(test, "main");
      await messages(test, "thread");
      await untilHealth(test, ({ scene, healthy }) => scene?.name === "thread" && !healthy);
    }
  });
});

describe("A scene that the engine has booted into, and an autoload has replaced", async () => {
  it("is told with all that is wrong with it when it is loaded", async (context) => {
    const test = await started(context, {
      "project.godot": projectGodot({
        mainScene: "res://broken.tscn",
        more: '[autoload]\n\nFlow="*res://flow.gd"\n',
      }),
      "flow.gd":
        'extends Node\n\nfunc _ready() -> void:\n\tget_tree().change_scene_to_file.call_deferred("res://main.tscn")\n',
      "broken.tscn": sceneFile("Broken", { script: "res://broken.gd" }),
      "broken.gd": "extends Node2D\n\nfunc _ready() -> void:\n\tvar x =\n",
    });
    assert.deepEqual(await messages(test, "main"), []);
    for (let turn = 0; turn < 2; turn += 1)
      assert.match((await messages(test, "broken"))?.join("\n") ?? "", /^Parse Error: /);
  });
});

describe("A file that the game reads in the background", async () => {
  it("is no issue of the scene that is loaded meanwhile", async (context) => {
    const curves = Array.from({ length: 150 }, (_, index) => `curve${index}.tres`);
    const curve = '[gd_resource type="Curve" format=3]\n\n[resource]\n';
    const external = (path: string, index: number) =>
      `[ext_resource type="Curve" path="res://${path}" id="${index}"]\n`;
    const test = await started(context, {
      "broken.tres": '[gd_resource type="Curve" format=3]\n\n[resource\n',
      ...Object.fromEntries(curves.map((path) => [path, curve])),
      "large.tscn": `[gd_scene format=3]\n\n${curves.map(external).join("")}\n[node name="Large" type="Node"]\n${curves.map((_, index) => `metadata/x${index} = ExtResource("${index}")\n`).join("")}`,
      "reads.tscn": sceneFile("Reads", { type: "Node", script: "res://reads.gd" }),
      // It begins anew as soon as it has failed.
      "reads.gd": `extends Node

func _process(_delta: float) -> void:
	var status: ResourceLoader.ThreadLoadStatus = ResourceLoader.load_threaded_get_status("res://broken.tres")
	if status == ResourceLoader.THREAD_LOAD_FAILED:
		ResourceLoader.load_threaded_get("res://broken.tres")
	if status != ResourceLoader.THREAD_LOAD_IN_PROGRESS:
		ResourceLoader.load_threaded_request("res://broken.tres")
`,
    });
    for (let turn = 0; turn < 10; turn += 1) {
      await test.scene.loadScene({ scenePath: "res://reads.tscn" });
      assert.deepEqual(await messages(test, "large"), [], `turn ${turn}`);
      assert.deepEqual(await messages(test, "main"), [], `turn ${turn}`);
    }
  });
});
