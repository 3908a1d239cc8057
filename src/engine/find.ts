/** Which Godot to run: the one that was named, one on the PATH, or one of our own. */
import { constants } from "node:fs";
import { access } from "node:fs/promises";
import { delimiter, isAbsolute, join } from "node:path";
import { engineNotFound } from "../errors.ts";
import { checkCandidate, type Engine } from "./install/candidate.ts";
import { type InstallOptions, installEngine } from "./install/install.ts";
import { findManaged } from "./install/managed.ts";
import { isShortage } from "./shortage.ts";

export type { Engine } from "./install/candidate.ts";

export interface FindOptions extends Omit<InstallOptions, "force"> {
  /** --godot-path or GODOT_EXECUTABLE_PATH: when given, the only candidate; a bare name is looked up on the PATH. */
  readonly godotPath?: string | undefined;
  /** May a managed install be made? One that is there already is used in any case. */
  readonly install: boolean;
}

/**
 * Takes the first usable of: `godotPath`; `godot`, then `godot4` on the PATH; the managed install;
 * a managed install made now. A candidate on the PATH that will not do is passed over with a line of progress.
 * @throws {ControlError} ENGINE_UNUSABLE for the one that was named, else ENGINE_NOT_FOUND;
 *   the signal's reason when aborted
 */
export async function findEngine(options: FindOptions): Promise<Engine> {
  const { godotPath, onProgress, signal } = options;
  if (godotPath) return await checkCandidate(await named(godotPath), signal);

  for (const name of ["godot", "godot4"]) {
    for await (const path of onPath(name)) {
      try {
        return await checkCandidate(path, signal);
      } catch (error) {
        signal?.throwIfAborted();
        if (isShortage(error)) throw error;
        onProgress(`Passed over: ${(error as Error).message}`);
      }
    }
  }

  if (options.install) return await installEngine(options);
  const managed = await findManaged(options.cacheDir, signal);
  if (managed) return managed;
  throw engineNotFound(
    "there is no godot or godot4 on the PATH, and installing is forbidden by --no-install",
  );
}

/** The file that a person means who types `godot4` rather than a path. */
async function named(godotPath: string): Promise<string> {
  if (/[\\/]/.test(godotPath)) return godotPath;
  for await (const path of onPath(godotPath)) return path;
  return godotPath;
}

async function* onPath(name: string): AsyncGenerator<string> {
  const file = process.platform === "win32" && !name.endsWith(".exe") ? `${name}.exe` : name;
  // Relative entries are left out: what runs must not depend on the working directory.
  const folders = (process.env.PATH ?? "").split(delimiter).filter(isAbsolute);
  for (const path of new Set(folders.map((folder) => join(folder, file)))) {
    const executable = await access(path, constants.X_OK).then(
      () => true,
      () => false,
    );
    if (executable) yield path;
  }
}
