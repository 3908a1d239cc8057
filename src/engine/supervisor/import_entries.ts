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

/** What is imported from itself alone. */
const isLeaf = (file: string) =>
  /\.(bmp|dds|exr|hdr|jpe?g|ktx|mp3|ogg|otf|png|svg|tga|ttf|wav|webp|woff2?)$/i.test(file);

/** Whether all files that these errors name are leaves, such as pictures: another import would say the same of them. */
export function areOfLeaves(errors: readonly LogEntry[]): boolean {
  const files = errors.flatMap(({ file }) => (file !== undefined && isInProject(file) ? file : []));
  return files.length > 0 && files.every(isLeaf);
}
