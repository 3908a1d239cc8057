/** What has to be true before an engine is spawned: there is one, the project is sound, and it is imported. */
import { stat } from "node:fs/promises";
import { join, parse } from "node:path";
import type { Config } from "../../config/config.ts";
import { projectInvalid } from "../../errors/project.ts";
import type { LogEntry } from "../../model/log_entry.ts";
import { type Engine, findEngine } from "../install/find.ts";
import { dotNetGap, versionGap } from "../install/version_gap.ts";
import type { Project } from "../project/project.ts";
import type { ProjectSettings } from "../project/settings/settings.ts";
import { importProject } from "./import_project.ts";
import type { PreparationListener } from "./preparation_listener.ts";

export interface Prepared {
  readonly engine: Engine;
  readonly settings: ProjectSettings;
  /** Why it was imported; undefined where that was not needed. */
  readonly imported: string | undefined;
  /** What the last import could not import; empty where there was none. */
  readonly importIssues: readonly LogEntry[];
  /** Says that the engine is older than the project, or has no .NET for it; undefined where it will do. */
  readonly versionWarning: string | undefined;
}

/** @throws `engineNotFound`, `engineUnusable`, `projectInvalid`, `importFailed`, or the signal's reason */
export async function prepare(
  config: Config,
  project: Project,
  signal: AbortSignal,
  listener: PreparationListener,
): Promise<Prepared> {
  const settings = await project.readSettings();
  const engine = await findEngine({
    godotPath: config.godotPath,
    godotVersion: config.godotVersion,
    projectVersion: settings.version,
    cacheDir: config.cacheDir,
    downloadUrl: config.downloadUrl,
    install: config.install,
    onProgress: listener.onActivity,
    signal,
  });
  await refusePack(project.root, engine);
  const versionWarning =
    versionGap(settings.version, engine.version) ?? dotNetGap(settings.usesDotNet, engine.version);
  if (versionWarning)
    listener.onEntry({ severity: "WARN", source: "ENGINE", message: versionWarning, backtrace: [] });
  const imported =
    (await project.imports.whyNeeded()) === undefined
      ? undefined
      : await importProject(engine, project, signal, listener);
  signal.throwIfAborted();
  // An import tries again what could not be imported before. Without its record, the next server only knows less.
  if (imported) await project.imports.record.write(imported.issues).catch(() => {});
  const importIssues = imported?.issues ?? (await project.imports.record.read());
  await project.beginBoot();
  return { engine, settings, imported: imported?.why, importIssues, versionWarning };
}

/** Godot runs a pack of its own name before any project (ProjectSettings::_setup). */
async function refusePack(root: string, { path }: Engine): Promise<void> {
  const { name, base } = parse(path);
  for (const pack of new Set([`${name}.pck`, `${base}.pck`]))
    if (await stat(join(root, pack)).catch(() => undefined))
      throw projectInvalid(
        `its folder has a ${pack}, which Godot would run in its place; rename it, or move it elsewhere`,
      );
}
