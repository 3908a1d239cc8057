/** Which Godot to run: the one that was named, one on the PATH, or one of our own. */
import { constants } from "node:fs";
import { access } from "node:fs/promises";
import { delimiter, isAbsolute, join } from "node:path";
import { engineNotFound, engineUnusable } from "../../errors/engine.ts";
import { isShortage } from "../../errors/shortage.ts";
import { checkCandidate, type Engine } from "./candidate.ts";
import { type InstallOptions, installEngine, installForProject } from "./install.ts";
import { findManaged } from "./managed.ts";
import { fits, isSupported, parseWanted, type WantedVersion } from "./version.ts";

export type { Engine } from "./candidate.ts";

export interface FindOptions extends Omit<InstallOptions, "force" | "wanted" | "tried"> {
  /** --godot-path or GODOT_EXECUTABLE_PATH: when given, the only candidate; a bare name is looked up on the PATH. */
  readonly godotPath?: string | undefined;
  /** --godot-version, `4.6` or `4.6.3`: no other will do. */
  readonly godotVersion?: string | undefined;
  /** Preferred where the engine is a managed install. */
  readonly projectVersion?: WantedVersion | undefined;
  /** May a managed install be made? One that is there already is used in any case. */
  readonly install: boolean;
}

/**
 * Takes the first usable of: `godotPath`; `godot`, then `godot4` on the PATH; the managed install;
 * a managed install made now. Of managed installs, one of the project's version comes first. A candidate on the PATH that will not do is passed over with a line of progress.
 * @throws {ControlError} ENGINE_UNUSABLE for the one that was named, else ENGINE_NOT_FOUND;
 *   the signal's reason when aborted
 */
export async function findEngine(options: FindOptions): Promise<Engine> {
  const { godotPath, godotVersion, projectVersion, cacheDir, onProgress, signal } = options;
  const wanted = godotVersion === undefined ? undefined : parseWanted(godotVersion);
  const isWanted = ({ version }: Engine) => !wanted || fits(version, wanted);
  if (godotPath) {
    const engine = await checkCandidate(await named(godotPath), signal);
    if (isWanted(engine)) return engine;
    const problem = `it is Godot ${engine.version}, and --godot-version asks for ${godotVersion}`;
    throw engineUnusable(engine.path, problem, engine.version);
  }

  const tried = wanted ? [`Godot ${godotVersion} is asked for with --godot-version`] : [];
  for (const name of ["godot", "godot4"]) {
    for await (const path of onPath(name)) {
      try {
        const engine = await checkCandidate(path, signal);
        if (isWanted(engine)) return engine;
        tried.push(`${name} on the PATH is Godot ${engine.version}`);
        onProgress(`Passed over: ${tried.at(-1)}, and --godot-version asks for ${godotVersion}`);
      } catch (error) {
        signal?.throwIfAborted();
        if (isShortage(error)) throw error;
        onProgress(`Passed over: ${(error as Error).message}`);
      }
    }
  }

  const preferred = !wanted && projectVersion && isSupported(projectVersion) ? projectVersion : undefined;
  if (options.install) {
    if (preferred) return await installForProject(preferred, options);
    return await installEngine({ ...options, wanted, tried });
  }
  const managed =
    (preferred && (await findManaged(cacheDir, signal, preferred))) ??
    (await findManaged(cacheDir, signal, wanted));
  if (managed) return managed;
  const nothing = tried.length > 1 ? [] : ["there is no godot or godot4 on the PATH"];
  throw engineNotFound([...tried, ...nothing, "installing is forbidden by --no-install"].join("; "));
}

/** The file that is meant where `godot4` is given rather than a path. */
async function named(godotPath: string): Promise<string> {
  if (godotPath.includes("/")) return godotPath;
  for await (const path of onPath(godotPath)) return path;
  return godotPath;
}

async function* onPath(name: string): AsyncGenerator<string> {
  // Relative entries are left out: what runs must not depend on the working directory.
  const folders = (process.env.PATH ?? "").split(delimiter).filter(isAbsolute);
  for (const path of new Set(folders.map((folder) => join(folder, name)))) {
    const executable = await access(path, constants.X_OK).then(
      () => true,
      () => false,
    );
    if (executable) yield path;
  }
}
