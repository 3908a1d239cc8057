/** Making a Godot of our own: from godotengine.org, else from Debian. */
import { engineNotFound } from "../../errors.ts";
import type { Engine } from "./candidate.ts";
import { debian } from "./debian.ts";
import { findManaged, homeOf, putInPlace } from "./managed.ts";
import { paced } from "./progress.ts";
import { release } from "./release.ts";
import type { Source } from "./source.ts";
import { withStaging } from "./staging.ts";

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
}

/**
 * The managed install: the one that is there, or one made now.
 * @throws {ControlError} ENGINE_NOT_FOUND naming what each source said; the signal's reason when aborted
 */
export const installEngine = (options: InstallOptions): Promise<Engine> =>
  installFrom([release(options.downloadUrl), debian], options);

/** As `installEngine`, trying these sources in their order. */
export async function installFrom(
  sources: readonly Source[],
  { cacheDir, onProgress, signal, force = false }: Omit<InstallOptions, "downloadUrl">,
): Promise<Engine> {
  const existing = force ? undefined : await findManaged(cacheDir, signal);
  if (existing) return existing;

  const home = homeOf(cacheDir);
  const problems: string[] = [];
  for (const source of sources) {
    try {
      return await withStaging(home, async (staging) => {
        const unpacked = await source.unpack({ staging, home, onProgress: paced(onProgress), signal });
        return await putInPlace(unpacked, home, force, signal);
      });
    } catch (error) {
      signal?.throwIfAborted();
      problems.push(`${source.title}: ${(error as Error).message}`);
      onProgress(`No Godot from ${problems.at(-1)}`);
    }
  }
  throw engineNotFound(problems.join("; "));
}
