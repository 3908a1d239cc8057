/** What the addon finds in the source of a script, as the real engine runs it. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { execa } from "execa";
import { realEngine } from "../support/engine.ts";
import { projectGodot, temporaryProject } from "../support/project.ts";

const addon = fileURLToPath(new URL("../../godot-addon/addons/godot_control/", import.meta.url));

interface Found {
  readonly names?: readonly string[];
  readonly texts?: readonly string[];
  readonly compiled?: readonly string[];
  readonly computing?: boolean;
}

/** A source, and what it says, the keywords left out. */
const cases: readonly [source: string, found: Found][] = [
  ["var one: Käfer = 敌人.new() # Comment", { names: ["one", "Käfer", "敌人"] }],
  ["var of: int = i%Enemy.N + x[0]%Foe.N", { names: ["of", "int", "i", "Enemy", "x", "Foe"] }],
  ['print("%d left" %Enemy.N)', { names: ["print", "Enemy"], texts: ["%d left"] }],
  ["var one = %Enemy + $Enemy/Foe", { names: ["one"] }],
  ['print("one\nmore " + str(Enemy.N))', { names: ["print", "str", "Enemy"], texts: ["one\nmore "] }],
  ['print("""one\n# more "" """ + Enemy.N)', { names: ["print", "Enemy"], texts: ['one\n# more "" '] }],
  ["print('it\\'s' + \"\" + Enemy.N)", { names: ["print", "Enemy"], texts: ["it's", ""] }],
  ['# const B = preload("res://b.gd")\n## Enemy', {}],
  [
    'extends "res://a.gd"\nconst B = preload( """b.gd""")',
    { names: ["B"], texts: ["res://a.gd", "b.gd"], compiled: ["res://a.gd", "b.gd"] },
  ],
  [
    "enum Kind { Enemy, Foe = 3 }\nsignal Done\nfunc Foe() -> Enemy:\nclass Inner extends Base:",
    { names: ["Enemy", "Base"] },
  ],
  ["enumerate(Enemy)", { names: ["enumerate", "Enemy"] }],
  ["@export var one: Other.Enemy", { names: ["one", "Other"] }],
  ["print(0xEnemy, 1e5)", { names: ["print"] }],
  ['load("res://a.tscn")', { names: ["load"], texts: ["res://a.tscn"] }],
  ['load("res://%s.tscn" % name)', { names: ["load", "name"], texts: ["res://%s.tscn"], computing: true }],
  ['preload(FOLDER + "/a.gd")', { names: ["FOLDER"], texts: ["/a.gd"], computing: true }],
  ["var reader = load", { names: ["reader", "load"], computing: true }],
];
const keywords = new Set(["var", "const", "extends", "preload"]);

test("names and texts of a script are told from what it declares, and from its comments", async (context) => {
  const project = await temporaryProject(context, {
    "project.godot": projectGodot(),
    "cases.json": JSON.stringify(cases.map(([source]) => source)),
    "read.gd": `extends SceneTree

const ScriptText = preload("${addon}engine/script_text.gd")

func _initialize() -> void:
	for source: String in JSON.parse_string(FileAccess.get_file_as_string("res://cases.json")):
		var found: ScriptText = ScriptText.new(source)
		print("FOUND ", JSON.stringify([found.names, found.texts, found.compiled, ScriptText.is_computing(source)]))
	quit()
`,
  });
  const { path } = await realEngine();
  const { stdout } = await execa(path, ["--headless", "--path", project, "--script", "res://read.gd"]);
  const found = stdout.split("\n").flatMap((line) => line.match(/^FOUND (.*)/)?.[1] ?? []);
  assert.equal(found.length, cases.length, stdout);
  for (const [
    index,
    [source, { names = [], texts = [], compiled = [], computing = false }],
  ] of cases.entries()) {
    const [foundNames, ...others] = JSON.parse(found[index] as string);
    const named = foundNames.filter((name: string) => !keywords.has(name));
    assert.deepEqual([named, ...others], [names, texts, compiled, computing], source);
  }
});
