/**
 * Whether a change on disk calls for an import. The engine reads scenes and scripts as they are; an import
 * is what converts assets, lists the global classes and lists the `uid://`s.
 */
import { readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import type { Change } from "../files/change.ts";
import { readUid, toId } from "../scenes/uid.ts";
import { readUidCache, type UidCache } from "../scenes/uid_cache.ts";
import { isImporter, pluginFolders } from "./custom_importers.ts";
import { declarationIn, isAsListed, listedClasses } from "./global_classes.ts";

/** Kinds of files that one of Godot's importers takes (ResourceImporter::get_recognized_extensions). */
const assets =
  /\.(bmp|dds|exr|hdr|jpe?g|ktx2?|png|svg|tga|webp|wav|mp3|ogg|gltf|glb|escn|fbx|obj|dae|blend|ttf|ttc|otf|otc|woff2?|pfb|pfm|fnt|font|csv|po|mo|glsl|glslinc|bin|mtl)$/i;

/** Where Godot keeps what it has read out of the project, and below it what it imported. */
export const importFolder = ".godot";
export const resultsFolder = `${importFolder}/imported`;

export const classListPath = `${importFolder}/global_script_class_cache.cfg`;

/** What an import leaves last; undefined where none did. On a full disk the file is there, and empty. */
const readClassList = async (root: string): Promise<string | undefined> =>
  (await readFile(join(root, classListPath), "utf8").catch(() => "")) || undefined;

/** Whether an import has left its mark. */
export const isImported = async (root: string): Promise<boolean> => (await readClassList(root)) !== undefined;

/**
 * Why an import is needed, for a person; undefined where none is.
 * @param exists whether the project has a file of this path
 * @param hasAssets whether the project has any file that is imported
 */
export async function whyImport(
  root: string,
  changes: readonly Change[],
  exists: (path: string) => boolean,
  hasAssets: () => boolean = () => false,
): Promise<string | undefined> {
  const cache = await readClassList(root);
  if (cache === undefined) return "the project was never imported";
  const isEmptied = hasAssets() && !(await stat(join(root, resultsFolder)).catch(() => undefined));
  if (isEmptied) return `res://${resultsFolder} was removed`;
  const plugins = await pluginFolders(root);
  const takesAll = plugins.length > 0;
  const classes = listedClasses(cache);
  const uids = await readUidCache(root);
  for (const change of changes) {
    const name = `res://${change.path}`;
    const isAsset =
      change.path === importFolder ||
      assets.test(change.path) ||
      // An importer of the project's own has taken it.
      exists(`${change.path}.import`) ||
      // A plug-in's importer may take it.
      (takesAll && (isOfUnknownKind(change.path) || (change.kind === "added" && isText.test(change.path)))) ||
      // What ties a file to its import, a script to its uid, an extension to the engine.
      /\.(import|uid|gdextension)$/.test(change.path) ||
      // What an import writes beside its source.
      (change.kind === "removed" && change.path.endsWith(".translation"));
    if (isAsset) return `${name} was ${change.kind}`;
    if (change.path.endsWith(".gd")) {
      const source =
        change.kind === "removed" ? "" : await readFile(join(root, change.path), "utf8").catch(() => "");
      if (takesAll && isImporter(change.path, source, plugins)) return `${name} was ${change.kind}`;
      if (!isAsListed(declarationIn(source), classes.get(name)))
        return `the classes of ${name} were ${change.kind}`;
    }
    if (
      !isWithoutUid.test(change.path) &&
      change.kind !== "removed" &&
      !(await isListed(root, change.path, uids))
    )
      return change.kind === "added" ? `${name} was added` : `the uid of ${name} was changed`;
  }
  return undefined;
}

/** Binary resources have many endings, and their uid in their head as the text ones do. */
const isWithoutUid = /\.(gd|cs|gdshader|gdshaderinc|json|txt|md|cfg|ini|godot)$/i;

/** What the engine reads itself, unless a plug-in's importer takes it. */
const isText = /\.(json|txt|cfg|ini)$/i;

/** What the engine reads itself, and notes to people. */
const isReadAsItIs = /(\.(tscn|scn|tres|res|gd|gdshader|gdshaderinc|json|txt|md|cfg|ini)|\/?LICENSE)$/i;

/** Whether a file is of a kind that only an importer of the project's own can take. */
export const isOfUnknownKind = (path: string) => !assets.test(path) && !isReadAsItIs.test(path);

/** Whether the engine finds the file by its uid, if it has one. */
async function isListed(root: string, path: string, uids: UidCache): Promise<boolean> {
  const uid = await readUid(join(root, path));
  if (uid === undefined || toId(uid) === undefined) return true;
  const listed = uids.pathOf(uid);
  if (listed === undefined || listed === `res://${path}`) return listed !== undefined;
  // Where two files have one uid, no import can tell which is meant.
  return (await readUid(join(root, listed.slice("res://".length)))) === uid;
}
