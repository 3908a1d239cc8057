/**
 * Whether a change on disk calls for an import. The engine reads scenes and scripts as they are; an import
 * is what converts assets, lists the global classes and lists the `uid://`s.
 */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { Change } from "./files.ts";

/** Kinds of files that one of Godot's importers takes (ResourceImporter::get_recognized_extensions). */
const assets =
  /\.(bmp|dds|exr|hdr|jpe?g|ktx2?|png|svg|tga|webp|wav|mp3|ogg|gltf|glb|fbx|obj|dae|blend|ttf|ttc|otf|otc|woff2?|pfb|pfm|fnt|font|csv|po|mo)$/i;

/** Why an import is needed, for a person; undefined where none is. */
export async function whyImport(root: string, changes: readonly Change[]): Promise<string | undefined> {
  const cache = await readFile(join(root, ".godot/global_script_class_cache.cfg"), "utf8").catch(
    () => undefined,
  );
  if (cache === undefined) return "the project was never imported";
  const classes = classesByPath(cache);
  for (const change of changes) {
    const name = `res://${change.path}`;
    if (assets.test(change.path) || change.path.endsWith(".gdextension")) return `${name} was ${change.kind}`;
    if (change.path.endsWith(".import") && change.kind !== "removed") return `${name} was ${change.kind}`;
    if (change.path.endsWith(".gd")) {
      const now = change.kind === "removed" ? undefined : await classIn(join(root, change.path));
      if (now !== classes.get(name)) return `the classes of ${name} were ${change.kind}`;
    }
    if (
      /\.(tscn|tres)$/.test(change.path) &&
      change.kind === "added" &&
      (await hasUid(join(root, change.path)))
    )
      return `${name} was added`;
  }
  return undefined;
}

/** The `class_name` by script path, from Godot's own list. */
function classesByPath(cache: string): Map<string, string> {
  const classes = new Map<string, string>();
  for (const [entry] of cache.matchAll(/\{[^{}]*\}/g)) {
    const name = /"class": &"([^"]*)"/.exec(entry)?.[1];
    const path = /"path": "([^"]*)"/.exec(entry)?.[1];
    if (name && path) classes.set(path, name);
  }
  return classes;
}

async function classIn(path: string): Promise<string | undefined> {
  const source = await readFile(path, "utf8").catch(() => "");
  return /^[^#\n]*\bclass_name\s+(\w+)/m.exec(source)?.[1];
}

async function hasUid(path: string): Promise<boolean> {
  const source = await readFile(path, "utf8").catch(() => "");
  return /^\[gd_(scene|resource)[^\]]*uid="uid:/.test(source);
}
