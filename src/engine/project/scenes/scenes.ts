/** The scene files of a project, and the way from a request's path to one of them. */
import { realpath, stat } from "node:fs/promises";
import { join, sep } from "node:path";
import { mapBounded, mostOpen } from "../../../async/bounded.ts";
import { invalidScenePath, sceneNotFound } from "../../../errors/scene.ts";
import { isVisibleFile, walk } from "../files/tree.ts";
import { readUid } from "./uid.ts";

export interface SceneFile {
  readonly path: string;
  readonly uid: string | undefined;
  readonly size: number;
  readonly mtimeMs: number;
}

type Found = Omit<SceneFile, "uid">;

const isScene = (path: string) => /\.(tscn|scn)$/i.test(path);

/** What is listed of a project with more scenes. */
const mostListed = 10_000;

/**
 * The scene files, sorted by path.
 * @param most how many are listed, the first ones by path
 * @returns how many more there are, beside them
 * @throws the system's error where descriptors or memory run out
 */
export async function listScenes(
  root: string,
  most = mostListed,
): Promise<{ scenes: SceneFile[]; leftOut: number }> {
  const found = await findScenes(root, most);
  const scenes = await mapBounded(found.slice(0, most), mostOpen, async ({ path, size, mtimeMs }) => ({
    path: `res://${path}`,
    uid: await readUid(join(root, path)),
    size,
    mtimeMs,
  }));
  return { scenes, leftOut: found.length - scenes.length };
}

/** @param most of more, those behind links are not told */
async function findScenes(root: string, most = mostListed): Promise<Found[]> {
  const found: Found[] = [];
  const folders = new Map<string, string>();
  const aliases = new Map<string, string>();
  await walk(root, {
    onFolder: (path, id) => folders.set(id, path),
    onAlias: (path, _stamp, id) => aliases.set(path, id),
    onFile: (path, stamp) => {
      if (isScene(path)) found.push({ path, ...stamp });
    },
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
  if (given.startsWith("uid://")) return undefined;
  if (!given.startsWith("res://")) return 'does not begin with "res://"';
  const parts = given.slice("res://".length).split("/");
  if (given.includes("\\") || parts.some((part) => part === ".." || part === "." || part === ""))
    return "is not a normalised path inside the project";
  if (given.includes("::")) return 'contains "::", which Godot takes for a part of a file';
  return isScene(given) ? undefined : "is no scene: it does not end in .tscn or .scn";
}

/**
 * The normalised `res://` path of a scene that is there, inside the project.
 * @throws `invalidScenePath`, `sceneNotFound`
 */
export async function resolveScene(root: string, given: string): Promise<string> {
  checkScenePath(given);
  if (given.startsWith("uid://")) {
    const found = await findScenes(root);
    const uids = await mapBounded(found, mostOpen, ({ path }) => readUid(join(root, path)));
    const scene = found[uids.indexOf(given)];
    if (!scene) throw sceneNotFound(given, undefined);
    return resolveScene(root, `res://${scene.path}`);
  }
  const relative = given.slice("res://".length);
  const [target, base, found] = await Promise.all([
    realpath(join(root, relative)).catch(() => undefined),
    realpath(root).catch(() => root),
    stat(join(root, relative)).catch(() => undefined),
  ]);
  if (!target || !found?.isFile() || !isVisibleFile(relative))
    throw sceneNotFound(given, await similar(root, given));
  if (!target.startsWith(base + sep)) throw invalidScenePath(given, "leads out of the project");
  return given;
}

/** A scene of the same file name elsewhere, or of the same path in other case. */
async function similar(root: string, given: string): Promise<string | undefined> {
  const name = given.slice(given.lastIndexOf("/") + 1).toLowerCase();
  const scenes = await findScenes(root);
  const scene = scenes.find(({ path }) => path.slice(path.lastIndexOf("/") + 1).toLowerCase() === name);
  return scene && `res://${scene.path}`;
}
