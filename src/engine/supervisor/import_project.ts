/** An import of the project, as often as it takes: one server at a time, and whatever Godot can import is imported. */
import type { LogEntry } from "../../model/log_entry.ts";
import { lockFolder } from "../cache/folder_lock.ts";
import type { Engine } from "../install/find.ts";
import type { RawEntry } from "../process/log_parser.ts";
import type { Change } from "../project/files/change.ts";
import type { Outcome } from "../project/import/imports.ts";
import type { Project } from "../project/project.ts";
import { type Blame, faultsOf, leftBehind } from "./asset_faults.ts";
import { blend, isBlenderMissing, withoutBlender, withoutImport } from "./blender.ts";
import { areFinal, isImportIssue, withAsset } from "./import_entries.ts";
import { runImport } from "./importer.ts";
import type { AssetWork } from "./importer_progress.ts";
import type { PreparationListener } from "./preparation_listener.ts";

/** Errors of an import that are remembered, the first ones: a plug-in may raise them without end. */
const mostErrors = 2_000;

export interface Imported {
  readonly why: string;
  /** What could not be imported. */
  readonly issues: readonly LogEntry[];
}

/** Undefined where another server did it meanwhile. */
export async function importProject(
  engine: Engine,
  project: Project,
  signal: AbortSignal,
  listener: PreparationListener,
): Promise<Imported | undefined> {
  const lock = await lockFolder(project.root, signal, () =>
    listener.onActivity("Waiting for another server that imports this project"),
  );
  try {
    if (lock.waited) project.imports.madeElsewhere();
    const why = await project.imports.whyNeeded();
    if (why === undefined) return undefined;
    const activity = `Importing the project: ${why}`;
    listener.onActivity(activity);
    return { why, issues: await importAll(activity, engine, project, signal, listener) };
  } finally {
    lock.release();
  }
}

/** @returns what could not be imported */
async function importAll(
  activity: string,
  engine: Engine,
  project: Project,
  signal: AbortSignal,
  listener: PreparationListener,
): Promise<LogEntry[]> {
  const { imports } = project;
  const isFirst = await imports.isUnfinished();
  let errors: LogEntry[] = [];
  let blames: Blame[] = [];
  const onEntry = (raw: RawEntry, work?: AssetWork) => {
    const entry = listener.onEntry(withAsset(raw));
    if (entry.severity === "ERROR" && errors.length < mostErrors) {
      errors.push(entry);
      if (work) blames.push({ work, error: entry });
    }
    return entry;
  };
  const onSilence = (seconds: number) =>
    listener.onActivity(
      `${activity}. The importer has said nothing for ${seconds} s; where it hangs, in a plug-in perhaps, Restart (POST /restart) ends it and begins again`,
    );
  // What an import made may be what it lacked: a table's translations, a plug-in's own picture, at first anything that
  // an asset is made of.
  const mayHaveLacked = async () =>
    isFirst
      ? errors.length > 0 && (!areFinal(errors) || (await imports.hasPlugins()))
      : errors.some(({ file }) => file?.endsWith(".translation")) ||
        (!errors.every(isImportIssue) && (await imports.hasPlugins()));
  const issues = () => [
    ...faultsOf(blames, imports.paths).map(listener.onEntry),
    ...imports.leftBehind.map((path) => listener.onEntry(leftBehind(path))),
    ...errors.filter(isImportIssue),
  ];
  const importOnce = (settings: string, isLast: boolean) => {
    errors = [];
    blames = [];
    return imports.run({
      work: (root) => runImport(engine, root, signal, { onEntry, onSilence }),
      settings,
      onChange: (change) => listener.onEntry(describe(change)),
      async outcome(): Promise<Outcome> {
        if (settings === "" && errors.some(isBlenderMissing)) return "refused";
        return !isLast && (await mayHaveLacked()) ? "lacked" : "done";
      },
    });
  };
  let settings = "";
  let came = await importOnce(settings, false);
  const blends: LogEntry[] = [];
  if (came === "refused") {
    settings = withoutBlender;
    for (const path of await imports.lackingOf(blend)) blends.push(listener.onEntry(withoutImport(path)));
    came = await importOnce(settings, false);
  }
  if (came === "lacked") {
    // What it knows to be faulty is imported again.
    await imports.record.write(issues()).catch(() => {});
    await importOnce(settings, true);
  }
  return [...blends, ...issues()];
}

/** The user may have changed it as well as a plug-in: only the time is known. */
const describe = ({ path, kind }: Change): RawEntry => ({
  severity: "WARN",
  source: "IMPORT",
  message: `res://${path} was ${kind} during the import.`,
  file: `res://${path}`,
  backtrace: [],
});
