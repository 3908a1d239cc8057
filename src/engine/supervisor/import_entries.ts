/** What the importer's output says of the project. */
import type { LogEntry } from "../../model/log_entry.ts";
import type { RawEntry } from "../process/log_parser.ts";

export const isInProject = (file: string | undefined) => file?.startsWith("res://") ?? false;

/** The place of an error, for its reader, is the asset or the text that is broken; the engine's own source is not. */
export function withAsset(entry: RawEntry): RawEntry {
  if (isInProject(entry.file)) return entry;
  const { line: _line, function: _function, ...rest } = entry;
  const [, text, line] = /^(res:\/\/.+?):(\d+) - /.exec(entry.message) ?? [];
  if (text !== undefined) return { ...rest, file: text, line: Number(line) };
  // A path may have an apostrophe in it.
  const asset = /'(res:\/\/.+?)'(?=[\s.,:;)]|$)/.exec(entry.message)?.[1];
  return asset === undefined ? entry : { ...rest, file: asset };
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
export const isLeaf = (file: string) =>
  /\.(bmp|dds|exr|hdr|jpe?g|ktx|mp3|ogg|otf|png|svg|tga|ttf|wav|webp|woff2?)$/i.test(file);

/** Whether a scene or resource is no sound text; what it needs may be missing until it is imported. */
const isBadText = (file: string, message: string) =>
  /\.(tscn|tres)$/i.test(file) && /Parse Error: (?!\[ext_resource\])/.test(message);

/** Whether these errors lie in the files that they name, so that another import would say the same. */
export function areFinal(errors: readonly LogEntry[]): boolean {
  const named = errors.filter(({ file }) => isInProject(file));
  return (
    named.length > 0 && named.every(({ file = "", message }) => isLeaf(file) || isBadText(file, message))
  );
}
