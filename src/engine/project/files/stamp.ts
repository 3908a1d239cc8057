/** What tells one state of a file from another without reading it. */
import { type Stats, statSync } from "node:fs";

/** What tells one content of a file from another. */
export interface Stamp {
  readonly size: number;
  readonly mtimeMs: number;
  /** A file that took another's place has a new one, whatever its own dates say. */
  readonly ctimeMs: number;
}

export const toStamp = ({ size, mtimeMs, ctimeMs }: Stamp): Stamp => ({ size, mtimeMs, ctimeMs });

/** Whether nothing happened to a file; without a stamp, there is none. */
export const isSame = (a: Stamp | undefined, b: Stamp | undefined) =>
  a?.size === b?.size && a?.mtimeMs === b?.mtimeMs && a?.ctimeMs === b?.ctimeMs;

/** Of what a link leads to: which folder it is, or a file's stamp. */
export function toPrint(found: Stats | Stamp | undefined): string {
  if (!found) return "";
  return "isDirectory" in found && found.isDirectory()
    ? `${found.dev}:${found.ino}`
    : `${found.size} ${found.mtimeMs} ${found.ctimeMs}`;
}

/** Undefined for what is not there, or cannot be reached. */
export function statOrNothing(path: string): Stats | undefined {
  try {
    return statSync(path, { throwIfNoEntry: false });
  } catch {
    return undefined;
  }
}
