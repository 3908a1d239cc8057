/** What the engine says once a run, or only as it reads a file, is told each time of each scene that it is true of. */
import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, it } from "node:test";
import { EngineAction } from "#gen/scene_pb.js";
import { untilHealth, untilLogged } from "../support/expect.ts";
import { projectGodot, sceneFile, temporaryFolder } from "../support/project.ts";
import { beginning, isHealthy, messages, standingOn, started } from "../support/scenes.ts";

const badShader = "shader_type canvas_item;\n\nvoid fragment() {\n\tCOLOR = foo;\n}\n";
const shaderIssues = ["Unknown identifier in expression: 'foo'.", "Shader compilation failed."];

describe("Static variables that cannot be made, of a script that is loaded while a scene begins", async () => {
  it("are an issue of the scene each time", async (context) => {
    const test = await started(context, {
      "enemy.gd":
        "extends Node2D\n\nstatic var hp: String = make()\n\nstatic func make() -> String:\n\tvar nothing: Object = null\n\treturn nothing.get_class()\n",
      "enemy.tscn": sceneFile("Enemy", { script: "res://enemy.gd" }),
      "level.tscn": sceneFile("Level", { script: "res://level.gd" }),
      "level.gd":
        'extends Node2D\n\nfunc _ready() -> void:\n\tadd_child((load("res://enemy.tscn") as PackedScene).instantiate())\n',
    });
    for (const engine of ["kept", "booted"]) {
      for (let turn = 0; turn < 2; turn += 1) {
        const [issue, ...more] = (await messages(test, "level")) ?? [];
        assert.match(issue ?? "", /null/i, engine);
        assert.deepEqual(more, [], engine);
        assert.equal(await isHealthy(test), false, engine);
      }
      await test.godot.restart({});
    }
  });
});

describe("What is wrong with a file that the game keeps in memory", async () => {
  it("is an issue of the scene that asks for it, each time", async (context) => {
    const test = await started(context, {
      "project.godot": projectGodot({
        mainScene: "res://main.tscn",
        more: '[autoload]\n\nCache="*res://cache.gd"\n',
      }),
      "cache.gd":
        "extends Node\n\nvar known: Dictionary[String, Resource] = {}\n\nfunc of(path: String) -> Resource:\n\tif not known.has(path):\n\t\tknown[path] = load(path)\n\treturn known[path]\n",
      "bad.gdshader": badShader,
      "bad.tres": `[gd_resource type="ShaderMaterial" format=3]\n\n[ext_resource type="Shader" path="res://bad.gdshader" id="1"]\n\n[resource]\nshader = ExtResource("1")\n`,
      "item.tscn": `${standingOn("Texture2D", "res://gone.png")}[node name="Item" type="Sprite2D"]\ntexture = ExtResource("1")\n`,
      "shaded.tscn": sceneFile("Shaded", { type: "Sprite2D", script: "res://shaded.gd" }),
      "shaded.gd": beginning('material = Cache.of("res://bad.tres")'),
      "holding.tscn": sceneFile("Holding", { type: "Sprite2D", script: "res://holding.gd" }),
      "holding.gd": beginning('add_child((Cache.of("res://item.tscn") as PackedScene).instantiate())'),
    });
    for (const name of ["shaded", "holding"]) {
      assert.deepEqual(await messages(test, "main"), []);
      const first = await messages(test, name);
      assert.ok(first && first.length > 0, name);
      for (const next of [name, "main", name])
        assert.deepEqual(await messages(test, next), next === "main" ? [] : first, next);
    }
  });
});

describe("A script that an autoload reads, and that does not compile", async () => {
  it("is an issue of each scene that reaches the autoload, by whatever way", async (context) => {
    const test = await started(context, {
      "project.godot": projectGodot({
        mainScene: "res://main.tscn",
        more: '[autoload]\n\nPool="*res://pool.gd"\n',
      }),
      "pool.gd":
        'extends Node\n\nfunc _ready() -> void:\n\tadd_to_group("pool")\n\nfunc use(what: String) -> void:\n\tload("res://%s.tscn" % what)\n',
      "boss.tscn": sceneFile("Boss", { script: "res://boss.gd" }),
      "boss.gd": "extends Node2D\n\nfunc _ready() -> void:\n\tvar x = = 3\n",
      "one.tscn": sceneFile("One", { type: "Sprite2D", script: "res://one.gd" }),
      "one.gd": beginning('get_node("/root/Pool").call("use", "boss")'),
      "two.tscn": sceneFile("Two", { type: "Sprite2D", script: "res://two.gd" }),
      "two.gd": beginning('get_tree().call_group("pool", "use", "boss")'),
    });
    await messages(test, "main");
    for (const name of ["one", "two", "one", "two"]) {
      assert.match((await messages(test, name))?.[0] ?? "", /^Parse Error: /, name);
      assert.equal(await isHealthy(test), false, name);
    }
  });
});

describe("What is wrong with a scene that the game itself has read before", async () => {
  const levels = {
    "shaded.tscn": `${standingOn("Shader", "res://bad.gdshader")}[sub_resource type="ShaderMaterial" id="2"]\nshader = ExtResource("1")\n\n[node name="Shaded" type="Sprite2D"]\nmaterial = SubResource("2")\n`,
    "bad.gdshader": badShader,
    "lacking.tscn": `${standingOn("Texture2D", "res://gone.png")}[node name="Lacking" type="Sprite2D"]\ntexture = ExtResource("1")\n`,
    "curved.tscn": `${standingOn("Curve", "res://bad.tres")}[node name="Curved" type="Node"]\nmetadata/curve = ExtResource("1")\n`,
    "bad.tres": '[gd_resource type="Curve" format=3]\n\n[resource]\nmin_value = Vector2(\n',
  };
  /** The first issue of each. */
  const first = { shaded: /'foo'/, lacking: /res:\/\/gone\.png/, curved: /res:\/\/bad\.tres/ };
  const menu = (read: string) => `extends Node

var level: PackedScene

func _ready() -> void:
	await get_tree().create_timer(0.05).timeout
${read}
	print("read by ", scene_file_path)
`;
  const byThread = (path: string) => `	ResourceLoader.load_threaded_request("${path}")
	while ResourceLoader.load_threaded_get_status("${path}") == ResourceLoader.THREAD_LOAD_IN_PROGRESS:
		await get_tree().process_frame
	level = ResourceLoader.load_threaded_get("${path}")`;
  const ways = { load: (path: string) => `	level = load("${path}")`, thread: byThread };

  it("is an issue of it all the same, whoever read it", async (context) => {
    const menus = Object.entries(ways).flatMap(([way, read]) =>
      Object.keys(first).flatMap((name) => [
        [`${way}_${name}.tscn`, sceneFile("Menu", { type: "Node", script: `res://${way}_${name}.gd` })],
        [`${way}_${name}.gd`, menu(read(`res://${name}.tscn`))],
      ]),
    );
    const test = await started(context, { ...levels, ...Object.fromEntries(menus) });
    for (const [name, said] of Object.entries(first))
      for (const way of Object.keys(ways)) {
        // Each load has a new engine, in which none of the others was read.
        await messages(test, `${way}_${name}`);
        await untilLogged(test, (message) => message === `read by res://${way}_${name}.tscn`);
        for (let turn = 0; turn < 2; turn += 1)
          assert.match((await messages(test, name))?.[0] ?? "", said, `${way} ${name}`);
      }
  });

  it("is an issue of it where a splash has gone to it by itself", async (context) => {
    const test = await started(context, {
      ...levels,
      "main.tscn": sceneFile("Main", { type: "Node", script: "res://main.gd" }),
      "main.gd":
        'extends Node\n\nfunc _ready() -> void:\n\tget_tree().change_scene_to_file.call_deferred("res://shaded.tscn")\n',
    });
    await test.godot.start({});
    await untilHealth(test, ({ scene }) => scene?.name === "shaded");
    const said = await messages(test, "shaded");
    assert.deepEqual(said, shaderIssues);
    assert.deepEqual(await messages(test, "shaded"), said);
  });
});

describe("A file that the game keeps in memory, and that two scenes need,", async () => {
  const kept = {
    "project.godot": projectGodot({
      mainScene: "res://main.tscn",
      more: '[autoload]\n\nPool="*res://pool.gd"\n',
    }),
    "pool.gd": "extends Node\n\nvar kept: Array[Resource] = []\n",
  };
  const lacking = (name: string) =>
    `${standingOn("Texture2D", "res://gone.png")}[node name="${name}" type="Sprite2D"]\ntexture = ExtResource("1")\n`;

  it("is an issue of both, whatever it is called", async (context) => {
    const parts = ["a part", "bob's (old), 2.0"];
    const keeping = (part: string) => beginning(`Pool.kept.append(load("res://${part}.tscn"))`);
    const scenes = parts.flatMap((part, index) => [
      [`${part}.tscn`, lacking("Part")],
      [`keeps${index}.tscn`, sceneFile("Keeps", { type: "Sprite2D", script: `res://keeps${index}.gd` })],
      [`keeps${index}.gd`, keeping(part)],
      [
        `needs${index}.tscn`,
        `${standingOn("PackedScene", `res://${part}.tscn`)}[node name="Needs" instance=ExtResource("1")]\n`,
      ],
    ]);
    const test = await started(context, { ...kept, ...Object.fromEntries(scenes) });
    for (const index of parts.keys()) {
      await test.godot.restart({});
      for (const name of [`keeps${index}`, `needs${index}`, `needs${index}`]) {
        const said = (await messages(test, name))?.join("\n") ?? "";
        assert.match(said, /gone\.png/, name);
      }
    }
  });

  it("is an issue of both where it lies outside of the project", async (context) => {
    const mod = join(await temporaryFolder(context), "mod.gd");
    await writeFile(mod, "extends Node\n\nvar x: int =\n");
    const asking = ["one", "two"].flatMap((name) => [
      [`${name}.tscn`, sceneFile(name, { type: "Sprite2D", script: `res://${name}.gd` })],
      [`${name}.gd`, beginning(`set_meta(&"mod", load("${mod}"))`)],
    ]);
    const test = await started(context, { ...kept, ...Object.fromEntries(asking) });
    await messages(test, "main");
    for (const name of ["one", "two", "two", "one"])
      assert.match((await messages(test, name))?.[0] ?? "", /^Parse Error: /, name);
  });

  it("is an issue of both, however a script names it", async (context) => {
    const names = [
      'load("broken/bad.gd")',
      'load("res://broken/../broken//bad.gd")',
      'preload(FOLDER + "/bad.gd")',
      'preload("../broken/%s.gd" % "bad")',
    ];
    const asking = names.flatMap((name, index) =>
      ["one", "two"].flatMap((scene) => [
        [
          `${scene}${index}.tscn`,
          sceneFile(scene, { type: "Sprite2D", script: `res://below/${scene}${index}.gd` }),
        ],
        [
          `below/${scene}${index}.gd`,
          `${beginning(`set_meta(&"bad", ${name})`)}\nconst FOLDER: String = "res://broken"\n`,
        ],
      ]),
    );
    const test = await started(context, {
      ...kept,
      "broken/bad.gd": "extends Node\n\nvar x: int =\n",
      ...Object.fromEntries(asking),
    });
    for (const index of names.keys()) {
      await test.godot.restart({});
      for (const scene of ["one", "two", "two"])
        assert.match((await messages(test, `${scene}${index}`))?.[0] ?? "", /^Parse Error: /, names[index]);
    }
  });

  it("is an issue of both, also where the path in a scene or a resource is a relative one", async (context) => {
    const pairs = ["one", "two"].flatMap((name) => [
      [
        `below/${name}.tscn`,
        `${standingOn("Script", "bad.gd")}[node name="A" type="Node"]\nscript = ExtResource("1")\n`,
      ],
      [
        `${name}.tscn`,
        `${standingOn("Resource", "below/data.tres")}[node name="B" type="Node"]\nmetadata/data = ExtResource("1")\n`,
      ],
    ]);
    const test = await started(context, {
      "below/bad.gd": "extends Node\n\nvar x: int =\n",
      "below/item.gd": "extends Resource\n\nfunc one() -> int:\n\treturn two\n",
      "below/data.tres": `${standingOn("Script", "item.gd").replace("gd_scene", 'gd_resource type="Resource"')}[resource]\nscript = ExtResource("1")\n`,
      ...Object.fromEntries(pairs),
    });
    for (const name of ["below/one", "below/two", "below/two", "one", "two", "two"])
      assert.match((await messages(test, name))?.join("\n") ?? "", /^(Parse|Compile) Error: /m, name);
  });

  it("is not passed over where the state of the game leads a sound scene to it: that runs in a new engine", async (context) => {
    const test = await started(context, {
      "project.godot": projectGodot({
        mainScene: "res://main.tscn",
        more: '[autoload]\n\nGame="*res://game.gd"\n',
      }),
      "game.gd": "extends Node\n\nvar has_won: bool = false\n",
      "boss.gd": "extends Node\n\nvar x: int =\n",
      "hub.tscn": sceneFile("Hub", { type: "Sprite2D", script: "res://hub.gd" }),
      "hub.gd": beginning('if Game.has_won:\n\t\tset_meta(&"boss", load("res://boss.gd"))'),
      "level.tscn": sceneFile("Level", { type: "Sprite2D", script: "res://level.gd" }),
      "level.gd": beginning('Game.has_won = true\n\tset_meta(&"boss", load("res://boss.gd"))'),
    });
    assert.deepEqual(await messages(test, "hub"), []);
    assert.match((await messages(test, "level"))?.[0] ?? "", /^Parse Error: /);
    const { result } = await test.scene.loadScene({ scenePath: "res://hub.tscn" });
    assert.deepEqual([result?.engineAction, result?.issues], [EngineAction.RESTARTED, []]);
    assert.match(result?.engineActionReason ?? "", /^res:\/\/boss\.gd is broken/);
  });

  it("is an issue of both where scripts inside of them ask for it", async (context) => {
    const scripted = (name: string, source: string) =>
      `[gd_scene format=3]\n\n[sub_resource type="GDScript" id="1"]\nscript/source = "${source.replaceAll('"', '\\"')}"\n\n[node name="${name}" type="Sprite2D"]\nscript = SubResource("1")\n`;
    const scenes = ["one", "two"].flatMap((name) => [
      [`script_${name}.tscn`, scripted(name, beginning('set_meta(&"bad", load("res://bad.gd"))'))],
      [`part_${name}.tscn`, scripted(name, beginning('Pool.kept.append(load("res://part.tscn"))'))],
    ]);
    const test = await started(context, {
      ...kept,
      "bad.gd": "extends Node\n\nvar x: int =\n",
      "part.tscn": lacking("Part"),
      ...Object.fromEntries(scenes),
    });
    for (const kind of ["script", "part"]) {
      await test.godot.restart({});
      const first = await messages(test, `${kind}_one`);
      assert.notDeepEqual(first, [], kind);
      for (const name of ["two", "two", "one"])
        assert.deepEqual(await messages(test, `${kind}_${name}`), first, `${kind} ${name}`);
    }
  });
});

describe("A shader that does not compile", async () => {
  const pictured = (name: string) =>
    `${standingOn("Shader", "res://bad.gdshader")}[sub_resource type="ShaderMaterial" id="2"]\nshader = ExtResource("1")\n\n[node name="${name}" type="Sprite2D"]\nmaterial = SubResource("2")\n`;

  it("is an issue of each scene that has it, however often each is loaded, and by whichever thread it is read", async (context) => {
    const test = await started(context, {
      "bad.gdshader": badShader,
      "bad.tres":
        '[gd_resource type="ShaderMaterial" format=3]\n\n[sub_resource type="Shader" id="1"]\ncode = "shader_type canvas_item;\n\nvoid fragment() {\n\tCOLOR = foo;\n}\n"\n\n[resource]\nshader = SubResource("1")\n',
      "three.tscn": `${standingOn("Material", "res://bad.tres")}[node name="Three" type="Sprite2D"]\nmaterial = ExtResource("1")\n`,
      "four.tscn": `${standingOn("Material", "res://bad.tres")}[node name="Four" type="Sprite2D"]\nmaterial = ExtResource("1")\n`,
      "one.tscn": pictured("One"),
      "two.tscn": pictured("Two"),
    });
    // Each engine reads a scene by a thread at first, and then, where that was quick, in place.
    for (let engine = 0; engine < 2; engine += 1) {
      assert.deepEqual(await messages(test, "main"), []);
      for (const name of ["one", "one", "two", "two", "three", "four", "three"])
        assert.deepEqual(await messages(test, name), shaderIssues, name);
      assert.deepEqual(await messages(test, "main"), []);
      assert.deepEqual(await messages(test, "one"), shaderIssues);
      assert.deepEqual(await messages(test, "main"), []);
      await test.godot.restart({});
    }
  });
});
