/** The judge of `npm run edits` against an engine that runs the scene with nothing of ours in it. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { it } from "node:test";
import { execa } from "execa";
import { keyOf } from "../../bench/edits/answers.ts";
import { Judge } from "../../bench/edits/judge.ts";
import { Workspace } from "../../bench/edits/workspace.ts";
import { LogParser, type RawEntry } from "../../src/engine/process/log_parser.ts";
import { realEngine } from "../support/engine.ts";
import { projectGodot, sceneFile, temporaryFolder } from "../support/project.ts";

const autoloads = projectGodot({
  mainScene: "res://sound.tscn",
  more: '[autoload]\n\nGood="*res://good.gd"\nBad="*res://bad.gd"\n',
});
const withScript = (name: string) => sceneFile(name, { type: "Node", script: `res://${name}.gd` });
const onReady = (...lines: string[]) =>
  `extends Node\n\nfunc _ready() -> void:\n${lines.map((line) => `\t${line}\n`).join("")}`;

const files: Record<string, string> = {
  "project.godot": autoloads,
  "good.gd": "extends Node\n",
  "bad.gd": onReady('var number: int = "text"'),
  "base.gd": "class_name Base\nextends Node\n\nfunc f() -> int:\n\tretur 1\n",
  "heir.gd": "class_name Heir\nextends Base\n",
  "sound.tscn": sceneFile("Sound"),
  "heirs.tscn": withScript("heirs"),
  "heirs.gd": `const H = preload("res://heir.gd")\n${onReady("var heir: Heir = Heir.new()", "print(heir)")}`,
  "late.tscn": withScript("late"),
  "late.gd": onReady(
    'var script: Resource = load("res://heir.gd")',
    "print(script)",
    'load("res://gone.tscn").instantiate()',
  ),
  "loud.tscn": withScript("loud"),
  "loud.gd": onReady('push_error("\\u0001 \\u000b \\\\v \\"quoted\\" \\u2028")', 'push_warning("a\\nb")'),
  "gap.tscn": sceneFile("Gap", { type: "Node", script: "res://gone.gd" }),
  "part.tscn":
    '[gd_scene format=3]\n\n[ext_resource type="PackedScene" path="res://corrupt.tscn" id="1"]\n\n[node name="Part" type="Node"]\n\n[node name="In" parent="." instance=ExtResource("1")]\n',
  "corrupt.tscn": "[gd_scene form",
};

it("the judge of the edits says what a plain engine says, in its order", async (context) => {
  const { path: godot } = await realEngine();
  const folder = await temporaryFolder(context);
  const workspace = new Workspace(join(folder, "project"));
  await workspace.writeAll(new Map(Object.entries(files)));
  const copy = join(folder, "judge");
  const judge = new Judge(godot, copy);
  const snapshot = await workspace.snapshot();

  for (const name of ["sound", "heirs", "late", "loud", "gap", "part"]) {
    const scene = `res://${name}.tscn`;
    const verdict = await judge.scene(snapshot, scene);
    assert.equal(verdict.scene, scene);
    assert.deepEqual(verdict.missingAutoloads, ["Bad"]);
    assert.deepEqual(verdict.findings.map(keyOf), await plain(godot, copy, scene), name);
  }
  for (const name of ["corrupt", "nowhere"]) {
    const { scene, findings } = await judge.scene(snapshot, `res://${name}.tscn`);
    assert.equal(scene, "");
    assert.ok(findings.some(({ message }) => message.includes(`res://${name}.tscn`)));
  }
  // A scene names only the consequence; the cause is told where its script is loaded by itself.
  const { findings } = await judge.scripts(snapshot, ["res://base.gd"]);
  assert.ok(findings.some(({ file, line }) => file === "res://base.gd" && line === 5));
});

/** What an engine writes on stderr while it runs this scene, in the judge's form. */
async function plain(godot: string, project: string, scene: string): Promise<string[]> {
  const { stderr } = await execa(godot, ["--headless", "--path", project, "--quit-after", "4", scene], {
    reject: false,
  });
  const entries: RawEntry[] = [];
  const parser = new LogParser("ERROR", "ENGINE", (entry) => entries.push(entry));
  for (const line of stderr.split("\n")) parser.line(line);
  parser.flush();
  return entries.map(keyOf);
}
