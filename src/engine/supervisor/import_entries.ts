/** What the importer's output says of the project. */
import type { LogEntry } from "../../model/log_entry.ts";
import type { RawEntry } from "../process/log_parser.ts";

const isInProject = (file: string | undefined) => file?.startsWith("res://") ?? false;

/** An asset that cannot be imported is the place of the error, for its reader; the engine's own source is not. */
export function withAsset(entry: RawEntry): RawEntry {
  if (isInProject(entry.file)) return entry;
  const asset = /'(res:\/\/[^']+)'/.exec(entry.message)?.[1];
  if (asset === undefined) return entry;
  const { line: _line, function: _function, ...rest } = entry;
  return { ...rest, file: asset };
}

/** What is read as it is, and not imported: a load of it says itself what is wrong. */
const isReadAsItIs = (file: string) => /\.(tscn|scn|tres|res|gd|gdshader|cs)$/i.test(file);

/** Whether an entry tells of an asset that could not be imported. */
export const isImportIssue = ({ severity, source, file }: LogEntry): boolean =>
  severity === "ERROR" &&
  source === "IMPORT" &&
  file !== undefined &&
  isInProject(file) &&
  !isReadAsItIs(file);
