/** Importers of the project's own: plug-ins of the editor, which run during an import, and what they have imported. */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { readConfigFile } from "../settings/config_file.ts";

/** Those of Godot 4.6 (ResourceImporter::get_importer_name). */
const godots = new Set(
  "2d_array_texture 3d_texture animation_library bitmap csv_translation cubemap_array_texture cubemap_texture font_data_bmfont font_data_dynamic font_data_image glsl image keep mp3 oggvorbisstr scene skip svg texture texture_atlas translation_po wav wavefront_obj".split(
    " ",
  ),
);

/** Whether the project has plug-ins of the editor switched on. */
export const hasPlugins = async (root: string): Promise<boolean> => (await pluginFolders(root)).length > 0;

/** Of those that are switched on, as in `addons/name/`. */
export async function pluginFolders(root: string): Promise<string[]> {
  const list = enabledIn(await textOf(join(root, "project.godot")));
  return list.flatMap((path) => /^res:\/\/(.*\/)[^/]*$/.exec(path)?.[1] ?? []);
}

/** The paths of the plug-ins that these settings switch on; of settings that are not sound, none. */
function enabledIn(settings: string): readonly string[] {
  try {
    const enabled = readConfigFile(settings).get("editor_plugins/enabled");
    return Array.isArray(enabled) ? enabled.map(String) : [];
  } catch {
    return [];
  }
}

/** Whether a script may be an importer, or a part of one. */
export const isImporter = (path: string, source: string, folders: readonly string[]): boolean =>
  path.endsWith(".gd") &&
  (folders.some((folder) => path.startsWith(folder)) ||
    /\bextends\s+(EditorImportPlugin|EditorScenePostImportPlugin)\b/.test(source));

/** The assets that another importer would make now, since one of these scripts was changed. */
export async function madeByChanged(
  root: string,
  changed: readonly string[],
  all: Iterable<string>,
): Promise<string[]> {
  const folders = await pluginFolders(root);
  if (folders.length === 0) return [];
  const sources = await Promise.all(
    changed.map(async (path) => (path.endsWith(".gd") ? await textOf(join(root, path)) : "")),
  );
  const importers = sources.filter((source, index) => isImporter(changed[index] ?? "", source, folders));
  if (importers.length === 0) return [];
  const areScenes = importers.some((source) => source.includes("EditorScenePostImportPlugin"));
  const made: string[] = [];
  for (const path of all) {
    if (!path.endsWith(".import")) continue;
    const importer = /^importer="(.*)"/m.exec(await textOf(join(root, path)))?.[1] ?? "";
    if (!godots.has(importer) || (areScenes && importer === "scene"))
      made.push(path.slice(0, -".import".length));
  }
  return made;
}

const textOf = (path: string) => readFile(path, "utf8").catch(() => "");
