/** The project's own settings: what of `project.godot` the server has to know before the engine runs. */
import { readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { projectInvalid } from "../../../errors/project.ts";
import { isShortage } from "../../../errors/shortage.ts";
import { ControlError } from "../../../model/control_error.ts";
import { readConfigFile } from "./config_file.ts";
import type { Value } from "./variant_text.ts";

/** A version of Godot without its patch, which is what a project notes down. */
export interface ProjectVersion {
  readonly major: number;
  readonly minor: number;
}

export interface ProjectSettings {
  readonly name: string | undefined;
  /** The Godot that it was last saved with; absent where it does not say. */
  readonly version: ProjectVersion | undefined;
  /** Whether it has scripts in C#. */
  readonly usesDotNet: boolean;
  /** `res://…` or `uid://…`; absent where the project has none. */
  readonly mainScene: string | undefined;
}

/** The major format of Godot 4's project files (ProjectSettings::CONFIG_VERSION). */
const godot4Format = 5;

/** A file of settings is some kilobytes. */
const mostBytes = 4 * 2 ** 20;

/** @throws `projectInvalid`, saying what is missing or which line is wrong */
export async function readProjectSettings(root: string): Promise<ProjectSettings> {
  const folder = await stat(root).catch((error: NodeJS.ErrnoException) => {
    if (isShortage(error)) throw error;
    throw projectInvalid(
      error.code === "ENOENT" ? "its folder does not exist" : `its folder cannot be read (${error.code})`,
    );
  });
  if (!folder.isDirectory()) throw projectInvalid("its folder is a file");
  if (root.includes("\\") && process.platform !== "win32")
    throw projectInvalid("the path of its folder has a backslash in it, which Godot reads as a slash");
  const values = readConfigFile(await readText(join(root, "project.godot")));
  const format = Number(values.get("config_version") ?? godot4Format);
  if (format < godot4Format)
    throw projectInvalid(
      `its project.godot is of format ${format}, which is Godot 3's or older; convert it first`,
    );
  if (values.get("application/config/use_hidden_project_data_directory") === false)
    throw projectInvalid(
      "it keeps what Godot imports in godot/ and not in .godot/, where this server looks; remove application/config/use_hidden_project_data_directory from its project.godot",
    );
  const mainScene = withFeatures(await readOverrides(root, values), "application/run/main_scene");
  const features = values.get("application/config/features");
  return {
    name: stringIn(values.get("application/config/name")),
    version: versionIn(features),
    usesDotNet: Array.isArray(features) && features.includes("C#"),
    mainScene: stringIn(mainScene) || undefined,
  };
}

const systems: Partial<Record<NodeJS.Platform, readonly string[]>> = {
  darwin: ["macos"],
  win32: ["windows"],
};

/** The features of an engine with an editor (OS.has_feature) by which a setting may have another value. */
const engineFeatures = new Set([
  ...["editor", "editor_runtime", "debug", "pc"],
  ...(systems[process.platform] ?? ["linux", "linuxbsd"]),
  ...(process.arch === "arm64" ? ["arm64", "arm"] : ["x86_64", "x86"]),
]);

/** As ProjectSettings.get_setting_with_override: the first value for one of the features stands above that for all. */
function withFeatures(values: ReadonlyMap<string, Value>, name: string): Value {
  for (const [key, value] of values) {
    const features = key.startsWith(`${name}.`) ? key.slice(name.length + 1).split(".") : [];
    if (features.some((feature) => engineFeatures.has(feature.trim()))) return value;
  }
  return values.get(name);
}

/** The settings with those that the engine puts above them: of `override.cfg`, and of the file that they name themselves. */
async function readOverrides(
  root: string,
  values: ReadonlyMap<string, Value>,
): Promise<ReadonlyMap<string, Value>> {
  const all = new Map([...values, ...(await readOverride(join(root, "override.cfg")))]);
  const named = stringIn(all.get("application/config/project_settings_override"));
  if (!named?.startsWith("res://")) return all;
  return new Map([...all, ...(await readOverride(join(root, named.slice("res://".length))))]);
}

/** One that is not there, or not sound, has none. */
async function readOverride(path: string): Promise<ReadonlyMap<string, Value>> {
  try {
    return readConfigFile(await readText(path));
  } catch (error) {
    if (isShortage(error)) throw error;
    return new Map();
  }
}

async function readText(path: string): Promise<string> {
  try {
    const found = await stat(path);
    // A pipe would never end, nor would some devices.
    if (!found.isFile()) throw projectInvalid("its project.godot is not a file");
    if (found.size > mostBytes)
      throw projectInvalid(`its project.godot is larger than ${mostBytes / 2 ** 20} MiB`);
    return await readFile(path, "utf8");
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (error instanceof ControlError || isShortage(error)) throw error;
    throw projectInvalid(
      code === "ENOENT" ? "its folder has no project.godot" : `its project.godot cannot be read (${code})`,
    );
  }
}

const stringIn = (value: Value) => (typeof value === "string" ? value : undefined);

/** Among the features, such as "4.6" and "Forward Plus", it is the first that looks like a version. */
function versionIn(features: Value): ProjectVersion | undefined {
  if (!Array.isArray(features)) return undefined;
  for (const feature of features) {
    const [, major, minor] = /^(\d+)\.(\d+)$/.exec(feature) ?? [];
    if (major && minor) return { major: Number(major), minor: Number(minor) };
  }
  return undefined;
}
