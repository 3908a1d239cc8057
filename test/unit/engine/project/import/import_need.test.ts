import assert from "node:assert/strict";
import { describe, type TestContext, test } from "node:test";
import type { Change } from "../../../../../src/engine/project/files/change.ts";
import { whyImport } from "../../../../../src/engine/project/import/import_need.ts";
import { binaryResource, plugin, uidCache } from "../../../../support/imports.ts";
import { projectGodot, sceneFile, temporaryProject } from "../../../../support/project.ts";

type Files = Readonly<Record<string, string | Uint8Array>>;

/** As Godot 4.6 writes it. */
const classCache = `list=[{
"base": &"Node",
"class": &"Hero",
"icon": "",
"is_abstract": false,
"is_tool": false,
"language": &"GDScript",
"path": "res://hero.gd"
}]
`;

const imported = (t: TestContext, files: Files = {}) =>
  temporaryProject(t, {
    ".godot/global_script_class_cache.cfg": classCache,
    "hero.gd": "class_name Hero\nextends Node\n",
    ...files,
  });

const listed = (path: string) => ({ ".godot/uid_cache.bin": uidCache({ "uid://abc": path }) });

const change = (path: string, kind: Change["kind"]): Change => ({ path, kind });

test("a project that was never imported needs it, whatever changed", async (t) => {
  assert.equal(
    await whyImport(await temporaryProject(t, {}), [], () => false),
    "the project was never imported",
  );
});

test("an imported project in which nothing changed needs none", async (t) => {
  assert.equal(await whyImport(await imported(t), [], () => false), undefined);
});

describe("an import is needed when", () => {
  const cases: [name: string, change: Change, files: Files, why: string][] = [
    ["a picture is added", change("a.png", "added"), {}, "res://a.png was added"],
    ["a sound is changed", change("b/a.OGG", "changed"), {}, "res://b/a.OGG was changed"],
    ["a model is removed", change("a.glb", "removed"), {}, "res://a.glb was removed"],
    ["an extension is added", change("a.gdextension", "added"), {}, "res://a.gdextension was added"],
    [
      "a text is added that a plug-in's importer may take",
      change("story.json", "added"),
      {
        "story.json": "{}",
        "project.godot": projectGodot({ more: plugin([]).section }),
      },
      "res://story.json was added",
    ],
    [
      "a script of a plug-in changes, which may be an importer",
      change("addons/test/reader.gd", "changed"),
      {
        "addons/test/reader.gd": "@tool\nextends EditorImportPlugin\n",
        "project.godot": projectGodot({ more: plugin([]).section }),
      },
      "res://addons/test/reader.gd was changed",
    ],
    [
      "an importer changes that a plug-in has elsewhere",
      change("tools/reader.gd", "changed"),
      {
        "tools/reader.gd": "@tool\nextends EditorImportPlugin\n",
        "project.godot": projectGodot({ more: plugin([]).section }),
      },
      "res://tools/reader.gd was changed",
    ],
    [
      "what was made of a table is removed",
      change("a.de.translation", "removed"),
      {},
      "res://a.de.translation was removed",
    ],
    [
      "a binary resource is added, of whatever ending",
      change("a.material", "added"),
      { "a.material": binaryResource("uid://abc") },
      "res://a.material was added",
    ],
    [
      "the settings of an import are changed",
      change("a.png.import", "changed"),
      {},
      "res://a.png.import was changed",
    ],
    [
      "a class is new",
      change("a.gd", "added"),
      { "a.gd": "@tool\nclass_name Villain extends Node\n" },
      "the classes of res://a.gd were added",
    ],
    [
      "a class is new, after a text that has a # in it",
      change("a.gd", "added"),
      { "a.gd": '@icon("res://i#\\".svg") class_name Villain\nextends Node\n' },
      "the classes of res://a.gd were added",
    ],
    [
      "a class is new, and its name on the next line",
      change("a.gd", "added"),
      { "a.gd": "# It's new\nclass_name \\\n\tVillain\nextends Node\n" },
      "the classes of res://a.gd were added",
    ],
    [
      "a class is new in a script with a text of 9 MB",
      change("a.gd", "added"),
      { "a.gd": `class_name Villain\nextends Node\n\nvar data := "${"x".repeat(9_000_000)}"\n` },
      "the classes of res://a.gd were added",
    ],
    [
      "a file is added that a plug-in's importer may take, and the plug-ins are listed over several lines",
      change("a.story", "added"),
      {
        "a.story": "",
        "project.godot":
          '[editor_plugins]\n\nenabled = PackedStringArray(\n\t"res://addons/test/plugin.cfg"\n)\n',
      },
      "res://a.story was added",
    ],
    [
      "a class is renamed",
      change("hero.gd", "changed"),
      { "hero.gd": "class_name Heroine\n" },
      "the classes of res://hero.gd were changed",
    ],
    [
      "a class extends another",
      change("hero.gd", "changed"),
      { "hero.gd": "class_name Hero\nextends Node2D\n" },
      "the classes of res://hero.gd were changed",
    ],
    [
      "a class extends no other any more",
      change("hero.gd", "changed"),
      { "hero.gd": "class_name Hero\n\nclass Inner extends Node:\n\tpass\n" },
      "the classes of res://hero.gd were changed",
    ],
    [
      "a class runs in the editor too",
      change("hero.gd", "changed"),
      { "hero.gd": "@tool\nclass_name Hero\nextends Node\n" },
      "the classes of res://hero.gd were changed",
    ],
    [
      "a class becomes abstract",
      change("hero.gd", "changed"),
      { "hero.gd": '@abstract @icon("res://a.svg")\nclass_name Hero\nextends Node\n' },
      "the classes of res://hero.gd were changed",
    ],
    [
      "a script loses its class",
      change("hero.gd", "changed"),
      { "hero.gd": "# class_name Hero\nextends Node\n" },
      "the classes of res://hero.gd were changed",
    ],
    ["a class is removed", change("hero.gd", "removed"), {}, "the classes of res://hero.gd were removed"],
    [
      "a scene with a uid is added",
      change("a.tscn", "added"),
      { "a.tscn": sceneFile("A", { uid: "uid://abc" }) },
      "res://a.tscn was added",
    ],
    [
      "a scene is renamed",
      change("b.tscn", "added"),
      { "b.tscn": sceneFile("A", { uid: "uid://abc" }), ...listed("res://a.tscn") },
      "res://b.tscn was added",
    ],
    [
      "the uid of a scene is changed",
      change("a.tscn", "changed"),
      { "a.tscn": sceneFile("A", { uid: "uid://new" }), ...listed("res://a.tscn") },
      "the uid of res://a.tscn was changed",
    ],
    [
      "a resource with a uid is added",
      change("a.tres", "added"),
      { "a.tres": '[gd_resource type="Theme" format=3 uid="uid://abc"]\n' },
      "res://a.tres was added",
    ],
  ];
  for (const [name, one, files, why] of cases)
    test(name, async (t) => {
      assert.equal(await whyImport(await imported(t, files), [one], () => false), why);
    });
});

describe("no import is needed when", () => {
  const scene = { "a.tscn": sceneFile("A", { uid: "uid://abc" }) };
  const cases: [name: string, change: Change, files?: Files][] = [
    ["a script without a class changes", change("a.gd", "changed"), { "a.gd": "extends Node\n" }],
    ["a script keeps its class", change("hero.gd", "changed")],
    [
      "a script keeps its class, and others inside of it change",
      change("hero.gd", "changed"),
      {
        "hero.gd":
          "extends Node\nclass_name Hero\n@abstract class Inner extends Resource:\n\t@abstract func a() -> void\n",
      },
    ],
    [
      "a class extends what only Godot can tell",
      change("hero.gd", "changed"),
      { "hero.gd": 'class_name Hero extends "res://a.gd".Inner\n' },
    ],
    ["a script without a class is removed", change("a.gd", "removed")],
    ["a scene changes", change("a.tscn", "changed"), { ...scene, ...listed("res://a.tscn") }],
    ["a scene comes back", change("a.tscn", "added"), { ...scene, ...listed("res://a.tscn") }],
    [
      "a scene is a copy of another, uid included",
      change("b.tscn", "added"),
      { ...scene, "b.tscn": scene["a.tscn"], ...listed("res://a.tscn") },
    ],
    ["a scene's uid is none", change("a.tscn", "changed"), { "a.tscn": sceneFile("A", { uid: "uid://Z" }) }],
    ["a scene is removed", change("a.tscn", "removed")],
    ["a scene without a uid is added", change("a.tscn", "added"), { "a.tscn": sceneFile("A") }],
    [
      "a script of a plug-in changes that is switched off",
      change("addons/other/reader.gd", "changed"),
      {
        "addons/other/reader.gd": "@tool\nextends Node\n",
        "project.godot": projectGodot({ more: plugin([]).section }),
      },
    ],
    ["the project's settings change", change("project.godot", "changed")],
    ["a text is added", change("README.md", "added")],
  ];
  for (const [name, one, files] of cases)
    test(name, async (t) => {
      assert.equal(await whyImport(await imported(t, files), [one], () => false), undefined);
    });
});

test("of many changes, the first that calls for an import is named", async (t) => {
  const changes = [change("README.md", "added"), change("a.png", "added"), change("b.png", "added")];
  assert.equal(await whyImport(await imported(t), changes, () => false), "res://a.png was added");
});

test("a file that an importer of the project's own has taken is an asset", async (t) => {
  const change = { path: "talk.dlg", kind: "changed" } as const;
  const exists = (path: string) => path === "talk.dlg.import";
  assert.equal(await whyImport(await imported(t), [change], exists), "res://talk.dlg was changed");
  assert.equal(await whyImport(await imported(t), [change], () => false), undefined);
});

test("a script's uid that moves is an import, and a class may have any letters", async (t) => {
  const uid = { path: "lib/a.gd.uid", kind: "added" } as const;
  assert.equal(await whyImport(await imported(t), [uid], () => false), "res://lib/a.gd.uid was added");
  const script = { path: "b.gd", kind: "added" } as const;
  const root = await imported(t, { "b.gd": "class_name Ölfass\nextends Node\n" });
  assert.equal(await whyImport(root, [script], () => false), "the classes of res://b.gd were added");
});
