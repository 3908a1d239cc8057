/** Making a Godot of our own: from godotengine.org, else from Debian. */
import { engineNotFound } from "../../errors/engine.ts";
import { isShortage } from "../../errors/shortage.ts";
import { makeInCache } from "../cache/cache_folder.ts";
import type { Engine } from "./candidate.ts";
import { debian } from "./debian.ts";
import { findManaged, homeOf, putInPlace } from "./managed.ts";
import { paced } from "./progress.ts";
import { defaultRelease, release, releaseFor } from "./release.ts";
import type { Source } from "./source.ts";
import { withStaging } from "./staging.ts";
import { fits, toText, type WantedVersion } from "./version.ts";

export interface InstallOptions {
  /** The managed install lives in <cacheDir>/engine. */
  readonly cacheDir: string;
  /** The base address of Godot's releases; version and file name are appended. */
  readonly downloadUrl: string;
  /** Takes lines for a person, at most a few a second. */
  readonly onProgress: (message: string) => void;
  /** Aborting leaves nothing behind. */
  readonly signal?: AbortSignal | undefined;
  /** Install anew even when there is a managed install. */
  readonly force?: boolean;
  /** No other version will do. */
  readonly wanted?: WantedVersion | undefined;
  /** What was tried before, for the error's sentence. */
  readonly tried?: readonly string[];
}

/** What could not be installed in this process's life: no start of the engine waits for it again. */
const unreachable = new Set<string>();

/**
 * The managed install: the one that is there, or one made now.
 * @throws {ControlError} ENGINE_NOT_FOUND naming what each source said; the signal's reason when aborted;
 *   the system's error where descriptors or memory run out
 */
export function installEngine(options: InstallOptions): Promise<Engine> {
  const { downloadUrl, wanted } = options;
  const number = wanted ? releaseFor(wanted) : defaultRelease;
  return installFrom([release(downloadUrl, number), debian(wanted)], options);
}

/**
 * The managed install for a project: of its own version where that is there or can be reached, else any.
 * @throws {ControlError} as `installEngine`
 */
export async function installForProject(version: WantedVersion, options: InstallOptions): Promise<Engine> {
  const { cacheDir, downloadUrl, onProgress, signal } = options;
  const own = await findManaged(cacheDir, signal, version);
  if (own) return own;
  const other = await findManaged(cacheDir, signal);
  const number = releaseFor(version);
  const attempt = `${downloadUrl} ${number}`;
  if (other && unreachable.has(attempt)) return other;
  const others = number === defaultRelease ? [] : [release(downloadUrl)];
  const sources = [release(downloadUrl, number), ...(other ? [] : [...others, debian()])];
  const engine = await installFrom(sources, { ...options, wanted: version }).catch((error) => {
    signal?.throwIfAborted();
    if (!other || isShortage(error)) throw error;
    return other;
  });
  if (!fits(engine.version, version)) {
    unreachable.add(attempt);
    onProgress(`The project's own Godot ${toText(version)} could not be installed: taking ${engine.version}`);
  }
  return engine;
}

/** As `installEngine`, trying these sources in their order. */
export async function installFrom(
  sources: readonly Source[],
  { cacheDir, onProgress, signal, force = false, wanted, tried = [] }: Omit<InstallOptions, "downloadUrl">,
): Promise<Engine> {
  const existing = force ? undefined : await findManaged(cacheDir, signal, wanted);
  if (existing) return existing;

  const home = homeOf(cacheDir);
  await makeInCache(home, engineNotFound);
  const problems = [...tried];
  for (const source of sources) {
    try {
      return await withStaging(home, async (staging) => {
        const unpacked = await source.unpack({ staging, home, onProgress: paced(onProgress), signal });
        return await putInPlace(unpacked, { home, staging }, force, signal);
      });
    } catch (error) {
      signal?.throwIfAborted();
      if (isShortage(error)) throw error;
      problems.push(`${source.title}: ${(error as Error).message}`);
      onProgress(`No Godot from ${problems.at(-1)}`);
    }
  }
  throw engineNotFound(problems.join("; "));
}
