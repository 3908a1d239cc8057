/** All that a look at a project, or at a part of it, has found. Each kind is known by its path. */
import { type Change, compare } from "./change.ts";
import type { Stamp } from "./stamp.ts";
import { isVisibleFolder } from "./tree.ts";

export class Seen {
  /** What Godot's scan lists. */
  readonly files = new Map<string, Stamp>();
  /** What it passes over. */
  readonly outside = new Map<string, Stamp>();
  /** The id of each folder. */
  readonly folders = new Map<string, string>();
  readonly #byId = new Map<string, string>();
  /** Folders at which Godot's scan ends. */
  readonly ignored = new Map<string, true>();
  /** Folders that were walked by another path. */
  readonly aliases = new Map<string, true>();
  /** The print of what only its print tells of. */
  readonly links = new Map<string, string>();

  addFile(path: string, stamp: Stamp, outside: boolean): void {
    (outside ? this.outside : this.files).set(path, stamp);
  }

  addFolder(path: string, id: string): void {
    this.folders.set(path, id);
    this.#byId.set(id, path);
  }

  addAlias(path: string, stamp: Stamp): void {
    this.aliases.set(path, true);
    this.outside.set(path, stamp);
  }

  /** The path by which a folder was walked. */
  pathOf(id: string): string | undefined {
    return this.#byId.get(id);
  }

  /** Whether Godot's scan passes over what lies in a folder of this path. */
  isOutside(path: string): boolean {
    return !isVisibleFolder(path) || (this.ignored.size > 0 && isAtOrBelow(path, this.ignored));
  }

  /** Puts what was found at some paths in the place of what is known of them. */
  replace(paths: ReadonlySet<string>, found: Seen): Change[] {
    const before = new Seen();
    const hasFolders = [...paths].some((path) => this.folders.has(path));
    for (const kind of kinds) {
      const known = this[kind] as Map<string, unknown>;
      for (const path of hasFolders ? [...known.keys()] : paths) {
        const value = known.get(path);
        if (value === undefined || (hasFolders && !isAtOrBelow(path, paths))) continue;
        (before[kind] as Map<string, unknown>).set(path, value);
        known.delete(path);
      }
      for (const [path, value] of found[kind]) known.set(path, value);
    }
    for (const [path, id] of before.folders) if (this.#byId.get(id) === path) this.#byId.delete(id);
    for (const [path, id] of found.folders) this.#byId.set(id, path);
    return difference(before, found);
  }
}

const kinds = ["files", "outside", "folders", "ignored", "aliases", "links"] as const;

/** What makes `now` of `before`. What only went out of Godot's scan, or came into it, is told once. */
export function difference(before: Seen, now: Seen): Change[] {
  const changes = compare(before.files, now.files);
  const told = new Set(changes.map(({ path }) => path));
  for (const change of compare(before.outside, now.outside))
    if (!told.has(change.path)) changes.push({ ...change, outside: true });
  return changes;
}

/** Whether a path, or a folder that it lies in, is one of these. */
export function isAtOrBelow(path: string, these: { has(path: string): boolean }): boolean {
  for (let end = path.length; end > 0; end = path.lastIndexOf("/", end - 1))
    if (these.has(path.slice(0, end))) return true;
  return these.has("");
}
