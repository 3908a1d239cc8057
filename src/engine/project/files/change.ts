/** What became of a file between two looks. */
import { isSame, type Stamp } from "./stamp.ts";

export interface Change {
  /** Relative to the project. */
  readonly path: string;
  readonly kind: "added" | "changed" | "removed";
  /** Godot's scan passes over it: a script can load it, and no import concerns it. */
  readonly outside?: true;
}

/** What makes `now` of `before`. */
export function compare(before: ReadonlyMap<string, Stamp>, now: ReadonlyMap<string, Stamp>): Change[] {
  const changes: Change[] = [];
  for (const [path, stamp] of now) {
    const old = before.get(path);
    if (!old) changes.push({ path, kind: "added" });
    else if (!isSame(old, stamp)) changes.push({ path, kind: "changed" });
  }
  for (const path of before.keys()) if (!now.has(path)) changes.push({ path, kind: "removed" });
  return changes;
}

/** For a person: `res://a.gd was changed, and 3 more`; empty where nothing changed. */
export function describeChanges(changes: readonly Change[]): string {
  const [first, ...others] = new Map(changes.map((change) => [change.path, change])).values();
  if (!first) return "";
  return `res://${first.path} was ${first.kind}${others.length > 0 ? `, and ${others.length} more` : ""}`;
}
