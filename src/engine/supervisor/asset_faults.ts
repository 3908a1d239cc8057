/** What is wrong with an asset, where the importer's errors name something else or nothing. */
import { basename, dirname } from "node:path";
import type { LogEntry } from "../../model/log_entry.ts";
import type { RawEntry } from "../process/log_parser.ts";
import { isInProject, isLeaf } from "./import_entries.ts";
import type { AssetWork } from "./importer_progress.ts";

/** An error while an asset was worked on. */
export interface Blame {
  readonly work: AssetWork;
  readonly error: LogEntry;
}

/**
 * What is wrong with assets whose errors name something else: a texture that is missing, the script of an import. Leaves
 * are imported at the same time as others, and name themselves.
 * @param paths of the project
 */
export function faultsOf(blames: readonly Blame[], paths: Iterable<string>): RawEntry[] {
  const works = Map.groupBy(
    blames.filter(({ work }) => !isLeaf(work.name)),
    ({ work }) => work,
  );
  if (works.size === 0) return [];
  const found = Map.groupBy(paths, (path) => basename(path));
  return [...works].flatMap(([{ name }, all]) => {
    const errors = all.map(({ error }) => error);
    const assets = found.get(name) ?? [];
    const named = assets.filter((path) =>
      errors.some(({ message }) => message.includes(`res://${dirname(path)}/`)),
    );
    const candidates = named.length > 0 ? named : assets;
    return candidates.flatMap((path) => faultOf(path, errors, candidates.length > 1) ?? []);
  });
}

/** Undefined where an error is at the asset already. */
function faultOf(path: string, errors: readonly LogEntry[], isOneOfSome: boolean): RawEntry | undefined {
  const [first] = errors;
  if (!first || errors.some(({ file }) => file === `res://${path}`)) return undefined;
  const isNamed = first.file !== undefined && first.message.includes(first.file);
  const place =
    isInProject(first.file) && !isNamed ? ` (${first.file}${first.line ? `:${first.line}` : ""})` : "";
  const more = errors.length > 1 ? `, and ${errors.length - 1} more` : "";
  return {
    severity: "ERROR",
    source: "IMPORT",
    message: `res://${path}${isOneOfSome ? `, or another ${basename(path)},` : ""} was imported with errors: ${first.message}${place}${more}`,
    file: `res://${path}`,
    backtrace: first.backtrace,
  };
}

/** An asset that was changed, and of which what was made before is still there. */
export const leftBehind = (path: string): RawEntry => ({
  severity: "ERROR",
  source: "IMPORT",
  message: `res://${path} was not imported as it is now: what was made of an earlier state is still in use. Its importer did not run; the log says whether the plug-in that brings it is broken.`,
  file: `res://${path}`,
  backtrace: [],
});
