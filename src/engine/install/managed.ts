/** The managed installs: one folder each in <cacheDir>/engine, complete from the moment it is there. */
import { randomUUID } from "node:crypto";
import { readdir, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import { isAbsolute, join, resolve } from "node:path";
import { checkCandidate, type Engine } from "./candidate.ts";
import type { Unpacked } from "./source.ts";
import { stagingPrefix } from "./staging.ts";
import { fits, type WantedVersion } from "./version.ts";

/** Absolute, since programs that run in other folders are told of it. */
export const homeOf = (cacheDir: string) => resolve(cacheDir, "engine");

/** Written into each install: which file in it is the executable. */
const manifest = "engine.json";

/**
 * The newest managed install that will do, or undefined. Uses no network.
 * @param wanted another version will not do
 */
export async function findManaged(
  cacheDir: string,
  signal?: AbortSignal,
  wanted?: WantedVersion,
): Promise<Engine | undefined> {
  const home = homeOf(cacheDir);
  const names = await readdir(home).catch(() => []);
  const folders = names.filter((name) => !name.startsWith(stagingPrefix)).map((name) => join(home, name));
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
 * @throws {Error} when the Godot does not run; then it is removed again
 */
export async function putInPlace(
  unpacked: Unpacked,
  home: string,
  replace: boolean,
  signal: AbortSignal | undefined,
): Promise<Engine> {
  const place = join(home, unpacked.name);
  await writeFile(
    join(unpacked.folder, manifest),
    `${JSON.stringify({ executable: unpacked.executable })}\n`,
  );
  signal?.throwIfAborted();
  if (!replace) {
    if (await moved(unpacked.folder, place)) return await prove(unpacked, place);
    const winner = await check(place, signal);
    if (winner) return winner;
  }
  const old = join(home, `${stagingPrefix}old-${randomUUID()}`);
  await rename(place, old).catch(() => {});
  try {
    if (await moved(unpacked.folder, place)) return await prove(unpacked, place);
    return await checkCandidate(join(place, unpacked.executable), signal);
  } catch (error) {
    await rename(old, place).catch(() => {});
    throw error;
  } finally {
    await rm(old, { recursive: true, force: true, maxRetries: 5 });
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
  } catch {
    signal?.throwIfAborted();
    return undefined;
  }
}

const changed = (path: string) =>
  stat(path).then(
    ({ mtimeMs }) => mtimeMs,
    () => 0,
  );
