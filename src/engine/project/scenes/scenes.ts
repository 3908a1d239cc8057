/** The scene files of a project, and the way from a request's path to one of them. */
import { realpath, stat } from "node:fs/promises";
import { join, sep } from "node:path";
import { mapBounded, mostOpen } from "../../../async/bounded.ts";
import { shared } from "../../../async/shared.ts";
import { invalidScenePath, sceneNotFound } from "../../../errors/scene.ts";
import { isVisibleFile, walk } from "../files/tree.ts";
import { readUid } from "./uid.ts";

export interface SceneFile {
  readonly path: string;
  readonly uid: string | undefined;
  readonly size: number;
  readonly mtimeMs: number;
}

export interface SceneList {
  readonly scenes: readonly SceneFile[];
  readonly leftOut: number;
}

type Found = Omit<SceneFile, "uid">;

const isScene = (path: string) => /\.(tscn|scn)$/i.test(path);

/** What is listed of a project with more scenes. */
const mostListed = 10_000;

/**
 * The scene files, sorted by path.
 * @param signal ends the walk
 * @param most how many are listed, the first ones by path
 * @returns how many more there are, beside them
 * @throws the system's error where descriptors or memory run out
 */
export async function listScenes(root: string, signal?: AbortSignal, most = mostListed): Promise<SceneList> {
  const found = await findScenes(root, signal, most);
  const scenes = await mapBounded(found.slice(0, most), mostOpen, async ({ path, size, mtimeMs }) => ({
    path: `res://${path}`,
    uid: await readUid(join(root, path)),
    size,
    mtimeMs,
  }));
  return { scenes, leftOut: found.length - scenes.length };
}

/**
 * @param signal ends the walk
 * @param most of more, those behind links are not told
 */
async function findScenes(root: string, signal?: AbortSignal, most = mostListed): Promise<Found[]> {
  const found: Found[] = [];
  const folders = new Map<string, string>();
  const aliases = new Map<string, string>();
  await walk(root, {
    onFolder: (path, id) => folders.set(id, path),
    onAlias: (path, _stamp, id) => aliases.set(path, id),
    onFile: (path, stamp) => {
      if (isScene(path)) found.push({ path, ...stamp });
    },
    ...(signal && { signal }),
  });
  const real = [...found];
  for (const [path, id] of aliases) {
    if (found.length > most) break;
    for (const scene of behind(path, folders.get(id), real)) found.push(scene);
  }
  // A file's name may have in it what no path of Godot can have.
  const named = found.filter(({ path }) => problemOf(`res://${path}`) === undefined);
  return named.sort((a, b) => (a.path < b.path ? -1 : 1));
}

/** The scenes of a folder by another path of it, unless that leads back up. */
function behind(alias: string, folder: string | undefined, scenes: readonly Found[]): Found[] {
  if (!folder || alias.startsWith(`${folder}/`)) return [];
  return scenes
    .filter(({ path }) => path.startsWith(`${folder}/`))
    .map((scene) => ({ ...scene, path: alias + scene.path.slice(folder.length) }));
}

/** @throws `invalidScenePath` for what cannot be the path of a scene in any project */
export function checkScenePath(given: string): void {
  const problem = problemOf(given);
  if (problem !== undefined) throw invalidScenePath(given, problem);
}

function problemOf(given: string): string | undefined {
  if (given === "") return "is empty";
  if (given.includes("\0")) return "contains a NUL";
  if (!given.isWellFormed()) return "has half of a surrogate pair, which is no text";
  if (given.startsWith("uid://")) return undefined;
  if (!given.startsWith("res://")) return 'does not begin with "res://"';
  const parts = given.slice("res://".length).split("/");
  if (given.includes("\\") || parts.some((part) => part === ".." || part === "." || part === ""))
    return "is not a normalised path inside the project";
  if (given.includes("::")) return 'contains "::", which Godot takes for a part of a file';
  return isScene(given) ? undefined : "is no scene: it does not end in .tscn or .scn";
}

/** Finds scenes by what callers give. Thousands may ask at once: the project is walked for all of them together. */
export class SceneFinder {
  readonly #root: string;
  /** The first scene of each name of a file, in lower case. */
  readonly #byName: () => Promise<ReadonlyMap<string, string>>;
  readonly #byUid: () => Promise<ReadonlyMap<string, string>>;

  /** @param signal ends a walk that is under way */
  constructor(root: string, signal?: AbortSignal, find = findScenes) {
    this.#root = root;
    this.#byName = shared(async () => firstBy(await find(root, signal), ({ path }) => nameIn(path)));
    this.#byUid = shared(async () => {
      const found = await find(root, signal);
      const uids = await mapBounded(found, mostOpen, ({ path }) => readUid(join(root, path)));
      return firstBy(found, (_, index) => uids[index]);
    });
  }

  /**
   * The normalised `res://` path of a scene that is there, inside the project.
   * @throws `invalidScenePath`, `sceneNotFound`
   */
  async resolve(given: string): Promise<string> {
    checkScenePath(given);
    if (given.startsWith("uid://")) {
      const path = (await this.#byUid()).get(given);
      if (path === undefined) throw sceneNotFound(given, undefined);
      return this.resolve(path);
    }
    const relative = given.slice("res://".length);
    const [target, base, found] = await Promise.all([
      realpath(join(this.#root, relative)).catch(() => undefined),
      realpath(this.#root).catch(() => this.#root),
      stat(join(this.#root, relative)).catch(() => undefined),
    ]);
    // There may be one of this file name elsewhere, or of this path in other case.
    if (!target || !found?.isFile() || !isVisibleFile(relative))
      throw sceneNotFound(given, (await this.#byName()).get(nameIn(given)));
    if (!target.startsWith(base + sep)) throw invalidScenePath(given, "leads out of the project");
    return given;
  }
}

const nameIn = (path: string) => path.slice(path.lastIndexOf("/") + 1).toLowerCase();

/** The `res://` path of the first scene of each key. */
function firstBy(
  scenes: readonly Found[],
  key: (scene: Found, index: number) => string | undefined,
): ReadonlyMap<string, string> {
  const first = new Map<string, string>();
  for (const [index, scene] of scenes.entries()) {
    const found = key(scene, index);
    if (found !== undefined && !first.has(found)) first.set(found, `res://${scene.path}`);
  }
  return first;
}
