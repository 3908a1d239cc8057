/** What the importer's output says of the project. */
import { basename, dirname } from "node:path";
import type { LogEntry } from "../../model/log_entry.ts";
import type { RawEntry } from "../process/log_parser.ts";
import type { AssetWork } from "./importer_progress.ts";

const isInProject = (file: string | undefined) => file?.startsWith("res://") ?? false;

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
const isLeaf = (file: string) =>
  /\.(bmp|dds|exr|hdr|jpe?g|ktx|mp3|ogg|otf|png|svg|tga|ttf|wav|webp|woff2?)$/i.test(file);

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

/** Whether a scene or resource is no sound text; what it needs may be missing until it is imported. */
const isBadText = (file: string, message: string) =>
  /\.(tscn|tres)$/i.test(file) && /Parse Error: (?!\[ext_resource\])/.test(message);

/** Whether these errors lie in the files that they name, so that another import would say the same. */
export function areFinal(errors: readonly LogEntry[]): boolean {
  const named = errors.flatMap(({ file, message }) => (file && isInProject(file) ? [{ file, message }] : []));
  return named.length > 0 && named.every(({ file, message }) => isLeaf(file) || isBadText(file, message));
}
