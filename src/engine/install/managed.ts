/** The managed installs: one folder each in <cacheDir>/engine, complete from the moment it is there. */
import { mkdir, readdir, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import { isAbsolute, join, resolve } from "node:path";
import { isShortage, unlessShort } from "../../errors/shortage.ts";
import { lockFolder } from "../cache/folder_lock.ts";
import { checkCandidate, type Engine } from "./candidate.ts";
import type { Task, Unpacked } from "./source.ts";
import { isStaging, removeLeftovers, setAside } from "./staging.ts";
import { fits, type WantedVersion } from "./version.ts";

/** Absolute, since programs that run in other folders are told of it. */
export const homeOf = (cacheDir: string) => resolve(cacheDir, "engine");

/** Written into each install: which file in it is the executable. */
const manifest = "engine.json";

/**
 * The newest managed install that will do, or undefined. Uses no network.
 * @param wanted another version will not do
 * @throws the system's error where descriptors or memory run out; the signal's reason when aborted
 */
export async function findManaged(
  cacheDir: string,
  signal?: AbortSignal,
  wanted?: WantedVersion,
): Promise<Engine | undefined> {
  const home = homeOf(cacheDir);
  await removeLeftovers(home);
  const names = await readdir(home).catch(unlessShort<string[]>([]));
  const folders = names.filter((name) => !isStaging(name)).map((name) => join(home, name));
  const dated = await Promise.all(folders.map(async (folder) => ({ folder, time: await changed(folder) })));
  for (const { folder } of dated.sort((a, b) => b.time - a.time)) {
    const engine = await check(folder, signal);
    if (engine && (!wanted || fits(engine.version, wanted))) return engine;
  }
  return undefined;
}

/**
 * Moves what was unpacked to its final place and tries it there. Where another process was first,
 * its install is used, unless that is broken or is to be replaced.
 * @param staging where the install that it replaces lies meanwhile
 * @throws {Error} when the Godot does not run; then it is removed again
 */
export async function putInPlace(
  unpacked: Unpacked,
  { home, staging }: Pick<Task, "home" | "staging">,
  replace: boolean,
  signal: AbortSignal | undefined,
): Promise<Engine> {
  await writeFile(
    join(unpacked.folder, manifest),
    `${JSON.stringify({ executable: unpacked.executable })}\n`,
  );
  const lock = await lockFolder(home, signal ?? new AbortController().signal);
  try {
    signal?.throwIfAborted();
    const place = join(home, unpacked.name);
    if (!replace) {
      if (await moved(unpacked.folder, place)) return await prove(unpacked, place);
      const winner = await check(place, signal);
      if (winner) return winner;
    }
    return await replaced(unpacked, place, join(staging, setAside), signal);
  } finally {
    lock.release();
  }
}

async function replaced(
  unpacked: Unpacked,
  place: string,
  aside: string,
  signal: AbortSignal | undefined,
): Promise<Engine> {
  await mkdir(aside);
  const old = join(aside, unpacked.name);
  await rename(place, old).catch(() => {});
  try {
    if (await moved(unpacked.folder, place)) return await prove(unpacked, place);
    return await checkCandidate(join(place, unpacked.executable), signal);
  } catch (error) {
    await rename(old, place).catch(() => {});
    throw error;
  }
}

async function prove(unpacked: Unpacked, place: string): Promise<Engine> {
  try {
    return await checkCandidate(join(place, unpacked.executable));
  } catch (error) {
    await rm(place, { recursive: true, force: true, maxRetries: 5 });
    throw error;
  }
}

/** False when something is in that place already. */
async function moved(folder: string, place: string): Promise<boolean> {
  try {
    await rename(folder, place);
    return true;
  } catch (error) {
    const taken = await stat(place).catch(() => undefined);
    if (taken) return false;
    throw error;
  }
}

async function check(folder: string, signal: AbortSignal | undefined): Promise<Engine | undefined> {
  try {
    const { executable } = JSON.parse(await readFile(join(folder, manifest), "utf8"));
    if (typeof executable !== "string" || isAbsolute(executable)) return undefined;
    return await checkCandidate(join(folder, executable), signal);
  } catch (error) {
    signal?.throwIfAborted();
    if (isShortage(error)) throw error;
    return undefined;
  }
}

const changed = (path: string) =>
  stat(path).then(
    ({ mtimeMs }) => mtimeMs,
    () => 0,
  );
