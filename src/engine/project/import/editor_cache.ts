/**
 * What Godot's own scan of the project left behind: which files it has seen, and imported. It tells of a
 * project that this server never imported what the editor has done already. When in doubt, it tells nothing.
 */
import { readdir, readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { replaceFile } from "../../cache/replace_file.ts";
import type { Stamp } from "../files/stamp.ts";
import { isPart } from "./import_parts.ts";
import { isSidecar, ownerOf, resultsOf } from "./sidecar.ts";

/** A file of the cache: `name::type::uid::modified::import modified::import valid::…`, times in seconds. */
export interface Scanned {
  readonly modified: number;
  readonly importModified: number;
  readonly valid: boolean;
}

/**
 * The stamps, as of the last scan, of the files that need no import. A file that the scan saw, and that is
 * gone, is among them.
 * @param now the stamps of what is there
 */
export async function stampsOfLastScan(
  root: string,
  now: ReadonlyMap<string, Stamp>,
): Promise<Map<string, Stamp>> {
  const cache = await readCache(root);
  if (!cache) return new Map();
  const stamps = new Map<string, Stamp>();
  /**
   * Whatever its own date says, nothing was done to the file since the scan ended. A file system's clock goes
   * in steps: what is of the same step may have come after it.
   */
  const isOlder = (stamp: Stamp | undefined) => stamp !== undefined && stamp.ctimeMs < cache.time;
  /** The scan itself writes sidecars, just before it ends. */
  const isOfScan = (sidecar: Stamp) => sidecar.ctimeMs <= cache.time;
  for (const [path, scanned] of cache.files) {
    const stamp = now.get(path);
    const sidecar = now.get(`${path}.import`);
    if (!stamp) stamps.set(path, gone);
    else if (!scanned.valid || !isOlder(stamp) || inSeconds(stamp) !== scanned.modified) continue;
    else if (scanned.importModified === 0) stamps.set(path, stamp);
    else if (
      sidecar &&
      isOfScan(sidecar) &&
      inSeconds(sidecar) === scanned.importModified &&
      (await hasResults(root, path))
    )
      stamps.set(path, stamp);
  }
  for (const [path, stamp] of now) {
    const owner = path.slice(0, path.lastIndexOf("."));
    const isDone = isSidecar(path)
      ? isOfScan(stamp) && (!now.has(owner) || stamps.has(owner))
      : isOlder(stamp) && isPart(path);
    if (isDone) stamps.set(path, stamp);
  }
  return stamps;
}

/** Of these `.import` files, those that are not as the last import has read or written them: others than Godot did it. */
export async function changedByOthers(
  root: string,
  paths: readonly string[],
  now: ReadonlyMap<string, Stamp>,
): Promise<Set<string>> {
  const cache = paths.length > 0 ? await readCache(root) : undefined;
  const isChanged = (path: string) => {
    const scanned = cache?.files.get(ownerOf(path));
    const stamp = now.get(path);
    return (
      scanned?.valid && stamp && scanned.importModified > 0 && inSeconds(stamp) !== scanned.importModified
    );
  };
  return new Set(paths.filter(isChanged));
}

const gone: Stamp = { size: -1, mtimeMs: 0, ctimeMs: 0 };

export const inSeconds = ({ mtimeMs }: Stamp) => Math.floor(mtimeMs / 1000);

/**
 * Has the next scan take these files for new, and import them.
 * @param isStale is asked of each file that the last scan saw
 */
export async function forgetScanned(
  root: string,
  isStale: (path: string, scanned: Scanned) => boolean,
): Promise<void> {
  for (const file of await cacheFiles(root)) {
    const all = [...linesOf(await readFile(file, "utf8"))];
    const kept = all.filter(({ path, scanned }) => path === undefined || !scanned || !isStale(path, scanned));
    if (kept.length === all.length) continue;
    await replaceFile(file, kept.map(({ line }) => line).join("\n"));
  }
}

/** Undefined where there is none, or those of several versions of Godot. */
async function readCache(root: string) {
  const [file, another] = await cacheFiles(root);
  if (file === undefined || another !== undefined) return undefined;
  const [found, text] = await Promise.all([stat(file), readFile(file, "utf8")]);
  return { time: found.mtimeMs, files: parseCache(text) };
}

/** One for each version of the cache that an editor, or an import, has left. */
async function cacheFiles(root: string): Promise<string[]> {
  const folder = join(root, ".godot/editor");
  const names = await readdir(folder).catch(() => []);
  return names.filter((name) => /^filesystem_cache\d+$/.test(name)).map((name) => join(folder, name));
}

/** By path. */
export function parseCache(text: string): Map<string, Scanned> {
  const files = new Map<string, Scanned>();
  for (const { path, scanned } of linesOf(text)) if (path !== undefined && scanned) files.set(path, scanned);
  return files;
}

/** A folder is a line `::res://folder/::modified`, and its files follow. */
function* linesOf(text: string): Generator<{ line: string; path?: string; scanned?: Scanned }> {
  let folder: string | undefined;
  for (const line of text.split("\n")) {
    const [name, inFolder = "", , modified, importModified, valid] = line.split("::");
    if (name === "") folder = /^res:\/\/(.*)$/.exec(inFolder)?.[1];
    if (name === "" || folder === undefined || valid === undefined) yield { line };
    else
      yield {
        line,
        path: `${folder}${name}`,
        scanned: {
          modified: Number(modified),
          importModified: Number(importModified),
          valid: valid === "1",
        },
      };
  }
}

/** Whether all that the import made is there. */
export async function hasResults(root: string, asset: string): Promise<boolean> {
  const results = await resultsOf(root, asset);
  const found = await Promise.all(results.map((path) => stat(join(root, path)).catch(() => undefined)));
  return !found.includes(undefined);
}
