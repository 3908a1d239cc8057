/** The addon runs inside other people's projects: it must compile under the strictest of them, beside any names. */
import assert from "node:assert/strict";
import { glob, readFile, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { it } from "node:test";
import { execa } from "execa";
import { Severity } from "#gen/log_pb.js";
import { realEngine } from "../support/engine.ts";
import { projectGodot, sceneFile, temporaryProject } from "../support/project.ts";
import { startServer } from "../support/server.ts";

/** Prints the name of every GDScript warning that this engine knows. */
const listWarnings = `extends SceneTree

func _initialize() -> void:
	for property: Dictionary in ProjectSettings.get_property_list():
		var setting: String = property["name"]
		if setting.begins_with("debug/gdscript/warnings/") and property["type"] == TYPE_INT:
			print("warning ", setting.get_file())
	quit()
`;

/** Compiles every script of the addon, as a game does that needs all of them. */
const compileAll = `extends SceneTree

func _initialize() -> void:
	for path: String in OS.get_cmdline_user_args():
		print("compiled ", (load(path) as GDScript).can_instantiate())
	quit()
`;

it("compiles and works in a project where every warning is an error", async (context) => {
  const project = await temporaryProject(context, {
    "list.gd": listWarnings,
    "compile.gd": compileAll,
    "main.tscn": sceneFile("Main"),
  });
  const { path } = await realEngine();
  const { stdout } = await execa(path, ["--headless", "--path", project, "--script", "res://list.gd"]);
  const names = [...stdout.matchAll(/^warning (\w+)$/gm)].map(([, name]) => name as string);
  assert.ok(
    names.includes("untyped_declaration") && names.length > 30,
    `The engine named ${names.length} warnings.`,
  );

  const strict = names.map((name) => `gdscript/warnings/${name}=2`).join("\n");
  const more = `[debug]\n\ngdscript/warnings/enable=true\ngdscript/warnings/exclude_addons=false\ngdscript/warnings/directory_rules={}\n${strict}\n`;
  await writeFile(join(project, "project.godot"), projectGodot({ more }));
  const scripts = await Array.fromAsync(glob("godot-addon/addons/**/*.gd"), (script) => resolve(script));
  const { all } = await execa(
    path,
    ["--headless", "--path", project, "--script", "res://compile.gd", "--", ...scripts],
    { all: true },
  );
  assert.equal(all.match(/^compiled true$/gm)?.length, scripts.length, all);
  assert.doesNotMatch(all, /ERROR|WARNING/);
  const { scene, godot } = await startServer(context, project);
  const { result } = await scene.loadScene({ scenePath: "res://main.tscn" });
  assert.equal(result?.scene?.rootName, "Main");
  const { status } = await godot.getStatus({});
  assert.deepEqual(status?.bootErrors, []);
  // What it raises before it listens is in the log alone.
  const { entries } = await godot.listLogs({ minSeverity: Severity.WARN });
  assert.deepEqual(entries, []);
});

it("has no name that a class of a project may have: the project's would be taken", async () => {
  const names = [];
  for await (const path of glob("godot-addon/addons/**/*.gd"))
    for (const [, name] of (await readFile(path, "utf8")).matchAll(/^(?:const|enum|class) (\w+)/gm))
      names.push(name as string);
  assert.ok(names.length > 50, `It has ${names.length} names.`);
  assert.deepEqual(
    names.filter((name) => !name.startsWith("Gc") && name !== name.toUpperCase()),
    [],
  );
});
