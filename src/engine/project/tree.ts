/** The files of a project as Godot sees them: hidden ones, and folders with a `.gdignore`, are not there. */
import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { isShortage } from "../shortage.ts";

/** What tells one content of a file from another. */
export interface Stamp {
  readonly size: number;
  readonly mtimeMs: number;
  /** A file that took another's place has a new one, whatever its own dates say. */
  readonly ctimeMs: number;
}

export interface Visitor {
  /** @param path relative to the project, with forward slashes; empty for the project itself */
  onFolder?(path: string): void;
  /** A folder with a `.gdignore`. */
  onIgnored?(path: string): void;
  /** @param linked it is a link, so that its folder does not tell when it changes */
  onFile(path: string, stamp: Stamp, linked: boolean): void;
}

const isHidden = (name: string) => name.startsWith(".");
/** What package managers and Python keep in a project; no game reads it. */
const isForeign = (name: string) => name === "node_modules" || name === "__pycache__";
/** Files of editors, version control and servers, and notes to people: the engine never reads them. */
const isScratch = (name: string) => /(~|\.swp|\.tmp|\.log|\.md)$/i.test(name);

export const toStamp = ({ size, mtimeMs, ctimeMs }: Stamp): Stamp => ({ size, mtimeMs, ctimeMs });

/** Whether Godot would look into a folder of this path. */
export const isVisibleFolder = (path: string) =>
  !path.split("/").some((name) => isHidden(name) || isForeign(name));

/** Whether nothing happened to a file; without a stamp, there is none. */
export const isSame = (a: Stamp | undefined, b: Stamp | undefined) =>
  a?.size === b?.size && a?.mtimeMs === b?.mtimeMs && a?.ctimeMs === b?.ctimeMs;

/** Whether Godot would look at a file of this path. */
export const isVisibleFile = (path: string) => isVisibleFolder(path) && !isScratch(path);

/**
 * Visits a folder and all below it; what vanishes meanwhile is left out.
 * @param above the folders on the way down, by inode
 * @throws the system's error where descriptors or memory run out: not all that is there was visited
 */
export async function walk(
  root: string,
  visitor: Visitor,
  below = "",
  above: ReadonlySet<number> = new Set(),
): Promise<void> {
  const folder = join(root, below);
  const [entries, self] = await Promise.all([
    readdir(folder, { withFileTypes: true }).catch((error) => {
      if (isShortage(error)) throw error;
      return [];
    }),
    stat(folder).catch(() => undefined),
  ]);
  // A link may lead back up.
  if (!self || above.has(self.ino)) return;
  if (entries.some((entry) => entry.name === ".gdignore")) return visitor.onIgnored?.(below);
  const way = new Set(above).add(self.ino);
  visitor.onFolder?.(below);
  await Promise.all(
    entries.map(async (entry) => {
      const path = below ? `${below}/${entry.name}` : entry.name;
      if (!isVisibleFolder(path)) return;
      if (entry.isDirectory()) return walk(root, visitor, path, way);
      const found = await stat(join(root, path)).catch(() => undefined);
      if (found?.isDirectory()) await walk(root, visitor, path, way);
      else if (found?.isFile() && isVisibleFile(path))
        visitor.onFile(path, toStamp(found), entry.isSymbolicLink());
    }),
  );
}
