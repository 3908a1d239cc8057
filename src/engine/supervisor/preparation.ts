/** What has to be true before an engine is spawned: there is one, the project is sound, and it is imported. */
import type { Config } from "../../config/config.ts";
import type { LogEntry } from "../../model/log_entry.ts";
import { lockFolder } from "../cache/folder_lock.ts";
import { type Engine, findEngine } from "../install/find.ts";
import { versionGap } from "../install/version_gap.ts";
import type { RawEntry } from "../process/log_parser.ts";
import type { Change } from "../project/files/change.ts";
import type { Project } from "../project/project.ts";
import type { ProjectSettings } from "../project/settings/settings.ts";
import { isImportIssue, withAsset } from "./import_entries.ts";
import { runImport } from "./importer.ts";

export interface Prepared {
  readonly engine: Engine;
  readonly settings: ProjectSettings;
  /** Why it was imported; undefined where that was not needed. */
  readonly imported: string | undefined;
  /** What the last import could not import; empty where there was none. */
  readonly importIssues: readonly LogEntry[];
  /** Says that the engine is older than the project; undefined where it is not. */
  readonly versionWarning: string | undefined;
}

export interface PreparationListener {
  /** What is being done now, for a person. */
  onActivity(activity: string): void;
  onEntry(entry: RawEntry): LogEntry;
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
  const versionWarning = versionGap(settings.version, engine.version);
  if (versionWarning)
    listener.onEntry({ severity: "WARN", source: "ENGINE", message: versionWarning, backtrace: [] });
  const found: LogEntry[] = [];
  const imported =
    (await project.imports.whyNeeded()) &&
    (await importInTurn(engine, project, signal, listener, (issue) => found.push(issue)));
  signal.throwIfAborted();
  // An import tries again what could not be imported before. Without its record, the next server only knows less.
  if (imported !== undefined) await project.imports.record.write(found).catch(() => {});
  const importIssues = imported === undefined ? await project.imports.record.read() : found;
  await project.beginBoot();
  return { engine, settings, imported, importIssues, versionWarning };
}

/** Why it was imported; undefined where another server did it meanwhile. */
async function importInTurn(
  engine: Engine,
  project: Project,
  signal: AbortSignal,
  listener: PreparationListener,
  onIssue: (entry: LogEntry) => void,
): Promise<string | undefined> {
  const lock = await lockFolder(project.root, signal, () =>
    listener.onActivity("Waiting for another server that imports this project"),
  );
  try {
    if (lock.waited) project.imports.madeElsewhere();
    const why = await project.imports.whyNeeded();
    if (why === undefined) return undefined;
    const activity = `Importing the project: ${why}`;
    listener.onActivity(activity);
    const onSilence = (seconds: number) =>
      listener.onActivity(
        `${activity}. The importer has said nothing for ${seconds} s; where it hangs, in a plug-in perhaps, Restart (POST /restart) ends it and begins again`,
      );
    const isFirst = await project.imports.isUnfinished();
    let errors: LogEntry[] = [];
    const onEntry = (raw: RawEntry) => {
      const entry = listener.onEntry(withAsset(raw));
      if (entry.severity === "ERROR") errors.push(entry);
      return entry;
    };
    // What an import made may be what it lacked: a table's translations, a plug-in's own picture, anything at first.
    const mayHaveLacked = async () =>
      isFirst
        ? errors.length > 0
        : errors.some(({ file }) => file?.endsWith(".translation")) ||
          (!errors.every(isImportIssue) && (await project.imports.hasPlugins()));
    let again = false;
    const importOnce = (isLast: boolean) => {
      errors = [];
      return project.imports.run(
        (root) => runImport(engine, root, signal, { onEntry, onSilence }),
        (change) => listener.onEntry(describe(change)),
        async () => {
          again = !isLast && (await mayHaveLacked());
          return !again;
        },
      );
    };
    await importOnce(false);
    if (again) await importOnce(true);
    for (const entry of errors) if (isImportIssue(entry)) onIssue(entry);
    return why;
  } finally {
    lock.release();
  }
}

/** The user may have changed it as well as a plug-in: only the time is known. */
const describe = ({ path, kind }: Change): RawEntry => ({
  severity: "WARN",
  source: "IMPORT",
  message: `res://${path} was ${kind} during the import.`,
  file: `res://${path}`,
  backtrace: [],
});
