import assert from "node:assert/strict";
import { readdir, readFile, rename, rm, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { Severity } from "#gen/log_pb.js";
import { EngineAction } from "#gen/scene_pb.js";
import { importPlainly, plugin, preparing } from "../support/imports.ts";
import { png } from "../support/png.ts";
import {
  importedFilesOf,
  importedProject,
  projectGodot,
  sceneFile,
  temporaryProject,
  writeFiles,
} from "../support/project.ts";
import { load, messages, ready, scripted, standingOn } from "../support/scenes.ts";
import { startServer, type TestServer } from "../support/server.ts";

/** One mesh, whose vertices are in a file beside it. */
const gltf = JSON.stringify({
  asset: { version: "2.0" },
  scene: 0,
  scenes: [{ nodes: [0] }],
  nodes: [{ mesh: 0 }],
  meshes: [{ primitives: [{ attributes: { POSITION: 0 } }] }],
  buffers: [{ uri: "mesh.bin", byteLength: 36 }],
  bufferViews: [{ buffer: 0, byteOffset: 0, byteLength: 36 }],
  accessors: [{ bufferView: 0, componentType: 5126, count: 3, type: "VEC3", min: [0, 0, 0], max: [9, 9, 0] }],
});
const vertices = (size: number) => Buffer.from(new Float32Array([0, 0, 0, size, 0, 0, 0, size, 0]).buffer);
const material = (red: number) => `newmtl a\nKd ${red} 0 0\n`;
const hero = (type: string) => `class_name ${type}\nextends Resource\n\nvar name: String = "${type}"\n`;
/** Says what it finds of everything that is imported. */
const main = (type: string) =>
  [
    "extends Node2D",
    "",
    "func _ready() -> void:",
    '\tvar picture: Texture2D = load("res://icon.png")',
    `\tvar other: ${type} = ${type}.new()`,
    '\tvar model: Mesh = load("res://model.obj")',
    "\tvar painted: StandardMaterial3D = model.surface_get_material(0)",
    '\tvar node: Node = (load("res://mesh.gltf") as PackedScene).instantiate()',
    '\tvar part: MeshInstance3D = node.find_children("*", "MeshInstance3D", true, false)[0]',
    "\tvar found: Array = [picture.get_width(), other.name, painted.albedo_color.r, part.mesh.get_aabb().size.x]",
    '\tprint("found: %d pixels, a %s, red %.0f, size %.0f, " % found, tr("HELLO"))',
    "\tnode.free()",
    "",
  ].join("\n");
const translations =
  '\n[internationalization]\n\nlocale/translations=PackedStringArray("res://tr.en.translation")\n';
const table = { "tr.csv": "keys,en\nHELLO,Hello\n" };

test("the next load has every edit of what is imported", async (context) => {
  const project = await temporaryProject(context, {
    "project.godot": projectGodot({ mainScene: "res://main.tscn", more: translations }),
    "main.tscn": sceneFile("Main", { script: "res://main.gd" }),
    "pictured.tscn":
      '[gd_scene format=3]\n\n[ext_resource type="Texture2D" path="res://icon.png" id="1"]\n\n[node name="Pictured" type="Sprite2D"]\ntexture = ExtResource("1")\n',
    "model.obj": "mtllib model.mtl\nusemtl a\nv 0 0 0\nv 1 0 0\nv 0 1 0\nf 1 2 3\n",
    "mesh.gltf": gltf,
    ...table,
  });
  const place = (path: string) => join(project, path);
  const date = new Date("2024-01-01");
  /** Godot tells a change by a file's date, in seconds. */
  const writeDated = async (name: string, text: string | Buffer) => {
    await writeFile(place(name), text);
    await utimes(place(name), date, date);
  };
  await writeDated("icon.png", png(8, 8));
  await writeDated("hero.gd", hero("Hero"));
  await writeDated("main.gd", main("Hero"));
  await writeDated("named.tscn", sceneFile("Named", { uid: "uid://a1" }));
  await writeFiles(project, { "model.mtl": material(1), "mesh.bin": vertices(1) });
  const { scene, godot } = await startServer(context, project);
  const load = async (scenePath: string) => {
    const { result } = await scene.loadScene({ scenePath });
    assert.ok(result);
    return result;
  };
  const says = async (found: string, what: string) => {
    const result = await load("res://main.tscn");
    assert.deepEqual(result.issues, [], what);
    const { entries } = await godot.listLogs({});
    const { message, run } = entries.findLast(({ message }) => message.startsWith("found: ")) ?? {};
    assert.deepEqual([message, run], [`found: ${found}`, result.scene?.run], what);
    return result;
  };

  await says("8 pixels, a Hero, red 1, size 1, Hello", "a first import, which lacks what it makes itself");
  const results = async () =>
    (await readdir(place(".godot/imported"))).map((name) => `.godot/imported/${name}`);
  const older = (await results()).filter((path) => path.includes("/icon.png-"));
  const backup = new Map(
    await Promise.all(older.map(async (path) => [path, await readFile(place(path))] as const)),
  );

  await writeDated("icon.png", png(12, 12));
  await writeFiles(project, { "model.mtl": material(0), "mesh.bin": vertices(3) });
  await writeDated("hero.gd", hero("Villain"));
  await writeDated("main.gd", main("Villain"));
  const { engineAction, engineActionReason, imported } = await says(
    "12 pixels, a Villain, red 0, size 3, Hello",
    "a picture and a class that keep their dates, a model's material, a mesh's vertices",
  );
  assert.deepEqual([engineAction, imported], [EngineAction.RESTARTED, true]);
  assert.match(engineActionReason, /^res:\/\/\S+ was changed, and 4 more$/);

  await writeDated("named.tscn", sceneFile("Named", { uid: "uid://b2" }));
  const settings = await readFile(place("icon.png.import"), "utf8");
  await writeFile(place("icon.png.import"), settings.replace("process/size_limit=0", "process/size_limit=4"));
  assert.equal((await load("uid://b2")).scene?.path, "res://named.tscn");
  await says("4 pixels, a Villain, red 0, size 3, Hello", "the uid of a scene, the settings of an import");

  for (const path of await results()) await rm(place(path));
  await writeFile(place("tr.en.translation"), "of another time");
  await writeFiles(project, Object.fromEntries(backup));
  await says(
    "4 pixels, a Villain, red 0, size 3, Hello",
    "results that are gone, wherever they lie, or are those of a backup",
  );

  await rename(place("icon.png"), place("other.png"));
  const { issues } = await load("res://pictured.tscn");
  assert.match(issues.map(({ message }) => message).join("\n"), /res:\/\/icon\.png/);
  await rename(place("other.png"), place("icon.png"));
  assert.deepEqual((await load("res://pictured.tscn")).issues, [], "a picture that is back");

  assert.equal(
    (await load("res://pictured.tscn")).engineAction,
    EngineAction.KEPT,
    "an import is no change of the project",
  );
  await rm(place(".godot"), { recursive: true });
  const result = await load("res://main.tscn");
  assert.equal(result.engineAction, EngineAction.RESTARTED);
  assert.equal(result.engineActionReason, "res://.godot was removed");
  assert.equal(result.imported, true);
  assert.deepEqual(result.issues, []);
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

/** An importer that takes `.foo`, `.bar` and, of what Godot knows, `.json`; it adds this to what it reads. */
const fooImporter = (added: string) => ({ "tools/importer.gd": importer("pass", added) });

/** @param body what it does before it imports */
const importer = (body: string, added = "") =>
  [
    "@tool",
    "extends EditorImportPlugin",
    "",
    'func _get_importer_name() -> String:\n\treturn "test.foo"',
    'func _get_visible_name() -> String:\n\treturn "Foo"',
    'func _get_recognized_extensions() -> PackedStringArray:\n\treturn ["foo", "bar", "json"]',
    'func _get_save_extension() -> String:\n\treturn "tres"',
    'func _get_resource_type() -> String:\n\treturn "Resource"',
    "func _get_preset_count() -> int:\n\treturn 1",
    'func _get_preset_name(_preset: int) -> String:\n\treturn "Default"',
    "func _get_import_options(_path: String, _preset: int) -> Array[Dictionary]:\n\treturn []",
    "func _get_import_order() -> int:\n\treturn 0",
    "func _get_priority() -> float:\n\treturn 1.0",
    "func _import(source: String, save: String, _o: Dictionary, _v: Array[String], _g: Array[String]) -> Error:",
    `\t${body}`,
    "\tvar made: Resource = Resource.new()",
    `\tmade.resource_name = FileAccess.get_file_as_string(source) + "${added}"`,
    '\treturn ResourceSaver.save(made, save + ".tres")',
    "",
  ].join("\n");

/** The plug-in of it; `more` is in its script. */
function fooPlugin(more: readonly string[] = []) {
  const { files, section } = plugin([]);
  files["addons/test/plugin.gd"] = [
    "@tool",
    "extends EditorPlugin",
    ...more,
    'var importer: EditorImportPlugin = (load("res://tools/importer.gd") as GDScript).new()',
    "func _enter_tree() -> void:\n\tadd_import_plugin(importer)",
    "func _exit_tree() -> void:\n\tremove_import_plugin(importer)",
    "",
  ].join("\n");
  return { files: { ...files, ...fooImporter("") }, section };
}

/** What was imported of a file; none where nothing was. */
const madeOf = (name: string) =>
  `((load("res://${name}") as Resource).resource_name if ResourceLoader.exists("res://${name}") else "none")`;

test("what comes later is imported: a table and its setting, a plug-in that needs a picture itself", async (context) => {
  const { project, said } = await saying(
    context,
    `tr("HELLO"), " ", ${["a.foo", "b.bar", "c.json"].map(madeOf).join(', " ", ')}`,
  );
  await writeFile(join(project, "icon.png"), png(16, 16));
  assert.equal(await said(), "said: HELLO none none none");
  await writeFiles(project, {
    ...table,
    "project.godot": projectGodot({ mainScene: "res://main.tscn", more: translations }),
  });
  assert.equal(await said(), "said: Hello none none none");
  const { files, section } = fooPlugin(['const LOGO: Texture2D = preload("res://logo.png")']);
  await writeFile(join(project, "logo.png"), png(16, 16));
  await writeFiles(project, {
    ...files,
    "a.foo": "one",
    "c.json": "4",
    "project.godot": projectGodot({ mainScene: "res://main.tscn", more: translations + section }),
  });
  assert.equal(await said(), "said: Hello one none 4");
  // The first of its kind, which only the project's own importer takes.
  await writeFile(join(project, "b.bar"), "two");
  await writeFile(join(project, "a.foo"), "three");
  await writeFiles(project, fooImporter("!"));
  assert.equal(await said(), "said: Hello three! two! 4!");
});

test("an asset that a script imports with errors, or no longer, is told until it is mended, and a crash of the editor's end is none", async (context) => {
  const { files, section } = fooPlugin();
  const project = await importedProject(context, {
    "project.godot": projectGodot({ mainScene: "res://main.tscn", more: section }),
    "main.tscn": sceneFile("Main"),
    "needs.tscn": `${standingOn("Resource", "res://a.foo")}[node name="A" type="Node"]\nmetadata/made = ExtResource("1")\n`,
    ...files,
    "addons/test/plugin.gd": `${files["addons/test/plugin.gd"]}\tOS.crash("at the end")\n`,
    "tools/importer.gd": importer('push_error("a layer is left out")'),
    "a.foo": "one",
  });
  const test = await startServer(context, project);
  const told = async (scene: string) => (await messages(test, scene))?.join("\n") ?? "";
  const faulty =
    /^res:\/\/a\.foo was imported with errors: a layer is left out \(res:\/\/tools\/importer\.gd:\d+\)$/;
  assert.match(await told("main"), faulty, "by the load that imports it");
  assert.match(await told("needs"), faulty);
  assert.equal(await told("main"), "");

  await writeFiles(project, {
    "a.foo": "two",
    "tools/importer.gd": "@tool\nextends EditorImportPlugin\nvar\n",
  });
  for (const _ of ["first", "second"])
    assert.match(await told("needs"), /^res:\/\/a\.foo was not imported as it is now/);

  await writeFiles(project, { "tools/importer.gd": importer("pass") });
  assert.equal(await told("needs"), "");
});

test("a model is imported again when the picture that it lacks is there, and keeps those of its own", async (context) => {
  const lacking = JSON.parse(gltf);
  Object.assign(lacking, {
    images: [{ uri: "skin.png" }],
    textures: [{ source: 0 }],
    materials: [{ pbrMetallicRoughness: { baseColorTexture: { index: 0 } } }],
  });
  lacking.meshes[0].primitives[0].material = 0;
  const project = await importedProject(context, {
    "main.tscn": `${standingOn("PackedScene", "res://m.gltf")}[node name="Main" instance=ExtResource("1")]\n`,
    ...scripted("says", ready('print("needs ", ResourceLoader.get_dependencies("res://m.gltf"))')),
    "m.gltf": JSON.stringify(lacking),
  });
  await writeFiles(project, { "mesh.bin": vertices(1) });
  const test = await startServer(context, project);
  const needed = async () => {
    await messages(test, "says");
    const { entries } = await test.godot.listLogs({});
    return entries.findLast(({ message }) => message.startsWith("needs "))?.message ?? "";
  };
  for (const _ of ["first", "second"])
    assert.match(
      (await messages(test, "main"))?.join("\n") ?? "",
      /^res:\/\/m\.gltf was imported with errors: .*skin\.png/m,
    );
  await writeFiles(project, { "skin.png": png(8, 8) });
  assert.deepEqual(await messages(test, "main"), []);
  assert.match(await needed(), /res:\/\/skin\.png/);

  const own = { uri: `data:image/png;base64,${png(8, 8).toString("base64")}`, name: "own" };
  await writeFiles(project, { "m.gltf": JSON.stringify({ ...lacking, images: [own] }) });
  const taken = await load(test, "main");
  assert.deepEqual(taken.issues, []);
  assert.equal(
    taken.engineActionReason,
    "res://m.gltf was changed",
    "and not the picture that its import adds",
  );
  assert.match(await needed(), /res:\/\/m_own\.png/);
  await rm(join(project, "m_own.png"));
  const errors = (await load(test, "main")).issues.filter(({ severity }) => severity === Severity.ERROR);
  assert.deepEqual(errors, [], "It was made of the model, which goes on to have it.");
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
    "b.gd": hero("Hero"),
    "c.gd": "class_name Foe\nextends Hero\n",
  };
  const plain = await temporaryProject(context, files);
  await importPlainly(plain);
  for (const [path, text] of Object.entries(importedFilesOf(files)))
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
