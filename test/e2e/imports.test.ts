import assert from "node:assert/strict";
import { readdir, readFile, rename, rm, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { EngineAction } from "#gen/scene_pb.js";
import { importPlainly, plugin, preparing } from "../support/imports.ts";
import { png } from "../support/png.ts";
import {
  importedFiles,
  importedProject,
  projectGodot,
  sceneFile,
  temporaryProject,
  writeFiles,
} from "../support/project.ts";
import { startServer, type TestServer } from "../support/server.ts";

/** A scene that shows `icon.png`. */
const pictured =
  '[gd_scene format=3]\n\n[ext_resource type="Texture2D" path="res://icon.png" id="1"]\n\n[node name="Main" type="Sprite2D"]\ntexture = ExtResource("1")\n';

test("a project whose .godot is removed while it runs is imported again by the next load", async (context) => {
  const project = await temporaryProject(context, {
    "project.godot": projectGodot({ mainScene: "res://main.tscn" }),
    "main.tscn": pictured,
  });
  await writeFile(join(project, "icon.png"), png(16, 16));
  const { scene } = await startServer(context, project);
  await scene.loadScene({ scenePath: "res://main.tscn" });
  const kept = await scene.loadScene({ scenePath: "res://main.tscn" });
  assert.equal(kept.result?.engineAction, EngineAction.KEPT, "an import is no change of the project");

  await rm(join(project, ".godot"), { recursive: true });
  const { result } = await scene.loadScene({ scenePath: "res://main.tscn" });
  assert.equal(result?.engineAction, EngineAction.RESTARTED);
  assert.equal(result.engineActionReason, "res://.godot was removed");
  assert.equal(result.imported, true);
  assert.deepEqual(result.issues, []);
});

test("what changes and keeps its date is imported again: a picture, a class, the uid of a scene", async (context) => {
  const date = new Date("2024-01-01");
  const write = async (name: string, text: string | Buffer) => {
    await writeFile(join(project, name), text);
    await utimes(join(project, name), date, date);
  };
  const project = await temporaryProject(context, {
    "project.godot": projectGodot({ mainScene: "res://main.tscn" }),
    "main.tscn":
      '[gd_scene format=3]\n\n[ext_resource type="Texture2D" path="res://icon.png" id="1"]\n\n[ext_resource type="Script" path="res://main.gd" id="2"]\n\n[node name="Main" type="Sprite2D"]\ntexture = ExtResource("1")\nscript = ExtResource("2")\n',
  });
  const main = (type: string) =>
    `extends Sprite2D\n\nfunc _ready() -> void:\n\tvar other: ${type} = ${type}.new()\n\tprint("%d pixels and a %s" % [texture.get_width(), other.name])\n`;
  const hero = (type: string) => `class_name ${type}\nextends Resource\n\nvar name: String = "${type}"\n`;
  const { scene, godot } = await startServer(context, project);
  const states = [
    { size: 8, type: "Hero", uid: "uid://a1" },
    { size: 12, type: "Hero", uid: "uid://a1" },
    { size: 12, type: "Villain", uid: "uid://a1" },
    { size: 12, type: "Villain", uid: "uid://b2" },
  ];
  for (const { size, type, uid } of states) {
    await write("icon.png", png(size, size));
    await write("hero.gd", hero(type));
    await write("main.gd", main(type));
    await write("named.tscn", sceneFile("Named", { uid }));
    assert.equal((await scene.loadScene({ scenePath: uid })).result?.scene?.path, "res://named.tscn");
    const { result } = await scene.loadScene({ scenePath: "res://main.tscn" });
    assert.deepEqual(result?.issues, []);
    const { entries } = await godot.listLogs({});
    const said = entries.map(({ message }) => message).filter((message) => / pixels and /.test(message));
    assert.equal(said.at(-1), `${size} pixels and a ${type}`);
  }
});

test("of a picture that is removed, nothing is left for the engine to find; when it is back, it is there", async (context) => {
  const project = await temporaryProject(context, {
    "project.godot": projectGodot({ mainScene: "res://main.tscn" }),
    "main.tscn": pictured,
  });
  await writeFile(join(project, "icon.png"), png(16, 16));
  const { scene } = await startServer(context, project);
  const issues = async () => (await scene.loadScene({ scenePath: "res://main.tscn" })).result?.issues ?? [];
  assert.deepEqual(await issues(), []);
  await rename(join(project, "icon.png"), join(project, "other.png"));
  assert.match((await issues()).map(({ message }) => message).join("\n"), /res:\/\/icon\.png/);
  await rename(join(project, "other.png"), join(project, "icon.png"));
  assert.deepEqual(await issues(), []);
});

/** A project whose main scene says what the expression is each time that it is loaded. */
async function saying(
  context: TestContext,
  expression: string,
  files: Record<string, string> = {},
  more = "",
) {
  const project = await temporaryProject(context, {
    "project.godot": projectGodot({ mainScene: "res://main.tscn", more }),
    "main.tscn": sceneFile("Main", { script: "res://main.gd" }),
    "main.gd": `extends Node2D\n\nfunc _ready() -> void:\n\tprint("said: ", ${expression})\n`,
    ...files,
  });
  let test: TestServer | undefined;
  const said = async () => {
    test ??= await startServer(context, project);
    const { result } = await test.scene.loadScene({ scenePath: "res://main.tscn" });
    assert.deepEqual(result?.issues, []);
    const { entries } = await test.godot.listLogs({});
    return entries.map(({ message }) => message).findLast((message) => message.startsWith("said: "));
  };
  return { project, said };
}

test("a picture is imported again when the settings of its import are edited, or its results are gone", async (context) => {
  const { project, said } = await saying(context, '(load("res://icon.png") as Texture2D).get_width()');
  await writeFile(join(project, "icon.png"), png(16, 16));
  assert.equal(await said(), "said: 16");
  const sidecar = join(project, "icon.png.import");
  const settings = await readFile(sidecar, "utf8");
  await writeFile(sidecar, settings.replace("process/size_limit=0", "process/size_limit=4"));
  assert.equal(await said(), "said: 4");
  await rm(join(project, ".godot/imported"), { recursive: true });
  assert.equal(await said(), "said: 4");
});

test("a first import that lacks what it makes itself tells no issue of that", async (context) => {
  const { project, said } = await saying(
    context,
    'tr("HELLO")',
    { "tr.csv": "keys,en\nHELLO,Hello\n" },
    '\n[internationalization]\n\nlocale/translations=PackedStringArray("res://tr.en.translation")\n',
  );
  await writeFile(join(project, "icon.png"), png(16, 16));
  assert.equal(await said(), "said: Hello");
});

/** A plug-in whose importer takes `.foo`; `more` is in its script. */
function fooPlugin(more: readonly string[] = []) {
  const importer = [
    "@tool",
    "extends EditorImportPlugin",
    "",
    'func _get_importer_name() -> String:\n\treturn "test.foo"',
    'func _get_visible_name() -> String:\n\treturn "Foo"',
    'func _get_recognized_extensions() -> PackedStringArray:\n\treturn ["foo"]',
    'func _get_save_extension() -> String:\n\treturn "tres"',
    'func _get_resource_type() -> String:\n\treturn "Resource"',
    "func _get_preset_count() -> int:\n\treturn 1",
    'func _get_preset_name(_preset: int) -> String:\n\treturn "Default"',
    "func _get_import_options(_path: String, _preset: int) -> Array[Dictionary]:\n\treturn []",
    "func _get_import_order() -> int:\n\treturn 0",
    "func _get_priority() -> float:\n\treturn 1.0",
    "func _import(source: String, save: String, _o: Dictionary, _v: Array[String], _g: Array[String]) -> Error:",
    "\tvar made: Resource = Resource.new()",
    "\tmade.resource_name = FileAccess.get_file_as_string(source)",
    '\treturn ResourceSaver.save(made, save + ".tres")',
    "",
  ].join("\n");
  const { files, section } = plugin([]);
  files["addons/test/plugin.gd"] = [
    "@tool",
    "extends EditorPlugin",
    ...more,
    'var importer: EditorImportPlugin = (load("res://importer.gd") as GDScript).new()',
    "func _enter_tree() -> void:\n\tadd_import_plugin(importer)",
    "func _exit_tree() -> void:\n\tremove_import_plugin(importer)",
    "",
  ].join("\n");
  return { files: { ...files, "importer.gd": importer }, section };
}

const foo =
  '(load("res://a.foo") as Resource).resource_name if ResourceLoader.exists("res://a.foo") else "none"';

test("nor does an import of a table that comes later, with the setting that names its translations", async (context) => {
  const { project, said } = await saying(context, 'tr("HELLO")');
  await writeFile(join(project, "icon.png"), png(16, 16));
  assert.equal(await said(), "said: HELLO");
  await writeFiles(project, {
    "tr.csv": "keys,en\nHELLO,Hello\n",
    "project.godot": projectGodot({
      mainScene: "res://main.tscn",
      more: '\n[internationalization]\n\nlocale/translations=PackedStringArray("res://tr.en.translation")\n',
    }),
  });
  assert.equal(await said(), "said: Hello");
});

test("what only an importer of the project's own takes is imported, the first of its kind too", async (context) => {
  const { files, section } = fooPlugin();
  const { project, said } = await saying(context, foo, files, section);
  assert.equal(await said(), "said: none");
  await writeFile(join(project, "a.foo"), "one");
  assert.equal(await said(), "said: one");
  await writeFile(join(project, "a.foo"), "two");
  assert.equal(await said(), "said: two");
});

test("a plug-in that comes later, with a picture that it needs itself, imports what it takes", async (context) => {
  const { project, said } = await saying(context, foo);
  assert.equal(await said(), "said: none");
  const { files, section } = fooPlugin(['const ICON: Texture2D = preload("res://icon.png")']);
  await writeFile(join(project, "icon.png"), png(16, 16));
  await writeFiles(project, {
    ...files,
    "a.foo": "one",
    "project.godot": projectGodot({ mainScene: "res://main.tscn", more: section }),
  });
  assert.equal(await said(), "said: one");
});

test("an asset is imported again when a file that it names is changed", async (context) => {
  const vertices = (size: number) => Buffer.from(new Float32Array([0, 0, 0, size, 0, 0, 0, size, 0]).buffer);
  const gltf = {
    asset: { version: "2.0" },
    scene: 0,
    scenes: [{ nodes: [0] }],
    nodes: [{ mesh: 0 }],
    meshes: [{ primitives: [{ attributes: { POSITION: 0 } }] }],
    buffers: [{ uri: "mesh.bin", byteLength: 36 }],
    bufferViews: [{ buffer: 0, byteOffset: 0, byteLength: 36 }],
    accessors: [
      { bufferView: 0, componentType: 5126, count: 3, type: "VEC3", min: [0, 0, 0], max: [9, 9, 0] },
    ],
  };
  const project = await temporaryProject(context, {
    "project.godot": projectGodot({ mainScene: "res://main.tscn" }),
    "main.tscn": sceneFile("Main", { script: "res://main.gd" }),
    "main.gd": [
      "extends Node2D",
      "",
      "func _ready() -> void:",
      '\tvar model: Mesh = load("res://model.obj")',
      "\tvar material: StandardMaterial3D = model.surface_get_material(0)",
      '\tvar other: Node = (load("res://mesh.gltf") as PackedScene).instantiate()',
      '\tvar part: MeshInstance3D = other.find_children("*", "MeshInstance3D", true, false)[0]',
      '\tprint("red %.0f, size %.0f" % [material.albedo_color.r, part.mesh.get_aabb().size.x])',
      "",
    ].join("\n"),
    "model.obj": "mtllib model.mtl\nusemtl a\nv 0 0 0\nv 1 0 0\nv 0 1 0\nf 1 2 3\n",
    "model.mtl": "newmtl a\nKd 1 0 0\n",
    "mesh.gltf": JSON.stringify(gltf),
  });
  await writeFile(join(project, "mesh.bin"), vertices(1));
  const { scene, godot } = await startServer(context, project);
  const said = async () => {
    const { result } = await scene.loadScene({ scenePath: "res://main.tscn" });
    assert.deepEqual(result?.issues, []);
    const { entries } = await godot.listLogs({});
    return entries.map(({ message }) => message).findLast((message) => message.startsWith("red "));
  };
  assert.equal(await said(), "red 1, size 1");
  await writeFile(join(project, "model.mtl"), "newmtl a\nKd 0 0 1\n");
  assert.equal(await said(), "red 0, size 1");
  await writeFile(join(project, "mesh.bin"), vertices(3));
  assert.equal(await said(), "red 0, size 3");
});

test("a project of a newer Godot, with a plug-in that saves its settings, is as it was after a first load", async (context) => {
  const { files, section } = plugin([
    'ProjectSettings.set_setting("test/saved", true)',
    "ProjectSettings.save()",
    'print("the plug-in has saved")',
  ]);
  const features = '\n[application]\n\nconfig/features=PackedStringArray("4.99", "Forward Plus")\n';
  const project = await temporaryProject(context, {
    "project.godot": projectGodot({ mainScene: "res://main.tscn", more: features + section }),
    "main.tscn": sceneFile("Main", { script: "res://main.gd" }),
    "main.gd": "extends Node2D\n\nfunc _ready() -> void:\n\tvar syntax of a later version\n",
    ...files,
  });
  await writeFile(join(project, "icon.png"), png(16, 16));
  const before = await contents(project);
  const { scene, godot } = await startServer(context, project);
  const { result } = await scene.loadScene({ scenePath: "res://main.tscn" });
  const [first, second] = result?.issues ?? [];
  assert.match(first?.message ?? "", /^The project was made with Godot 4\.99, and this engine is Godot 4/);
  assert.equal(second?.file, "res://main.gd");
  const { entries } = await godot.listLogs({});
  assert.ok(
    entries.some(({ message }) => message === "the plug-in has saved"),
    "The plug-in did its work.",
  );
  assert.deepEqual(await contents(project), before);
});

test("what the other tests call an imported project is one", async (context) => {
  const files = {
    "main.tscn": sceneFile("Main", { script: "res://main.gd" }),
    "main.gd": "extends Node2D\n",
  };
  const plain = await temporaryProject(context, files);
  await importPlainly(plain);
  for (const [path, text] of Object.entries(importedFiles))
    assert.equal(await readFile(join(plain, path), "utf8"), text, path);
  const { prepare } = await preparing(context, await importedProject(context, files));
  assert.equal((await prepare()).imported, undefined, "The server sees nothing to import.");
});

/** Each file and its bytes, but for what Godot adds. */
async function contents(project: string): Promise<Record<string, string>> {
  const names = await readdir(project, { recursive: true, withFileTypes: true });
  const found: Record<string, string> = {};
  for (const entry of names) {
    const path = join(entry.parentPath, entry.name);
    const isAdded = path.includes("/.godot/") || /\.(import|uid)$/.test(path);
    if (entry.isFile() && !isAdded) found[path] = await readFile(path, "latin1");
  }
  return found;
}
