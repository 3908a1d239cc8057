/** Godot projects for a test, each in a folder of its own that goes when the test ends. */
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type { TestContext } from "node:test";

type Cleanup = Pick<TestContext, "after">;

/** An empty folder. */
export async function temporaryFolder(context: Cleanup): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "godot-control-"));
  context.after(() => rm(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 }));
  return folder;
}

type Files = Readonly<Record<string, string | Uint8Array>>;

/** Writes files, by their path in the folder. */
export async function writeFiles(folder: string, files: Files): Promise<void> {
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), text);
  }
}

/** A project with these files, and a `project.godot` unless they bring one. */
export async function temporaryProject(context: Cleanup, files: Files): Promise<string> {
  const folder = await temporaryFolder(context);
  await writeFiles(folder, { "project.godot": projectGodot(), ...files });
  return folder;
}

/** What an import leaves of a project without assets and uids: the list of the classes that its scripts declare. */
export function importedFilesOf(files: Files): Files {
  const classes = Object.entries(files).flatMap(classIn);
  classes.sort((a, b) => (a.name < b.name ? -1 : 1));
  const list = classes.map(({ text }) => text).join(", ");
  return { ".godot/global_script_class_cache.cfg": `list=[${list}]\n` };
}

/** The class that a script declares, and how Godot lists it. */
function classIn([path, source]: [string, string | Uint8Array]): { name: string; text: string }[] {
  const [, name, base] = /^class_name ([\p{L}\p{N}_]+)\nextends (\w+)\n/u.exec(String(source)) ?? [];
  if (!path.endsWith(".gd") || !name) return [];
  const entry = [
    `"base": &"${base}"`,
    `"class": &"${name}"`,
    '"icon": ""',
    '"is_abstract": false',
    '"is_tool": false',
    '"language": &"GDScript"',
    `"path": "res://${path}"`,
  ];
  return [{ name, text: `{\n${entry.join(",\n")}\n}` }];
}

/**
 * A project that was imported before, which spares a test the seconds of a first import. What these files do need
 * an import for, as a picture does, the server still finds out and imports.
 */
export const importedProject = (context: Cleanup, files: Files): Promise<string> =>
  temporaryProject(context, { ...importedFilesOf(files), ...files });

/** A project that shows one node. */
export const projectOfOneScene = (context: Cleanup) =>
  importedProject(context, {
    "project.godot": projectGodot({ mainScene: "res://main.tscn" }),
    "main.tscn": sceneFile("Main"),
  });

/** The text of a `project.godot`, with further sections after the usual ones. */
export const projectGodot = (options: { mainScene?: string; more?: string } = {}) =>
  `config_version=5\n\n[application]\n\nconfig/name="Test"\n${
    options.mainScene ? `run/main_scene="${options.mainScene}"\n` : ""
  }\n${options.more ?? ""}`;

/** The text of a scene with one node, and a script on it where one is named. */
export const sceneFile = (name: string, options: { type?: string; script?: string; uid?: string } = {}) => {
  const uid = options.uid ? ` uid="${options.uid}"` : "";
  const type = options.type ?? "Node2D";
  return options.script
    ? `[gd_scene load_steps=2 format=3${uid}]\n\n[ext_resource type="Script" path="${options.script}" id="1"]\n\n[node name="${name}" type="${type}"]\nscript = ExtResource("1")\n`
    : `[gd_scene format=3${uid}]\n\n[node name="${name}" type="${type}"]\n`;
};
