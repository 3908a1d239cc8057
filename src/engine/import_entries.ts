/** What the importer's output says of the project. */
import type { LogEntry } from "../model.ts";
import type { RawEntry } from "./log_parser.ts";

const isInProject = (file: string | undefined) => file?.startsWith("res://") ?? false;

/** An asset that cannot be imported is the place of the error, for its reader; the engine's own source is not. */
export function withAsset(entry: RawEntry): RawEntry {
  if (isInProject(entry.file)) return entry;
  const asset = /'(res:\/\/[^']+)'/.exec(entry.message)?.[1];
  if (asset === undefined) return entry;
  const { line: _line, function: _function, ...rest } = entry;
  return { ...rest, file: asset };
}

/**
 * Whether an entry tells of a fault in the project. Of what the engine counts when it ends (objects, pages,
 * resources), every entry says "at exit" or "leaked", and none names a file of the project.
 */
export const isImportIssue = ({ severity, source, message, file }: LogEntry): boolean =>
  severity === "ERROR" && source === "IMPORT" && (isInProject(file) || !/\b(at exit|leaked)\b/.test(message));
