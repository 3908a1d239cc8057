/**
 * What changed on disk since the last look. The folders are watched, so that asking costs next to
 * nothing while nothing changes; where they cannot be watched, asking walks the project.
 */
import { type FSWatcher, statSync, watch } from "node:fs";
import { lstat, stat } from "node:fs/promises";
import { join } from "node:path";
import { setImmediate as nextTurn } from "node:timers/promises";
import { isSame, isVisibleFile, isVisibleFolder, type Stamp, toStamp, walk } from "./tree.ts";

export interface Change {
  /** Relative to the project. */
  readonly path: string;
  readonly kind: "added" | "changed" | "removed";
}

export class ProjectFiles {
  readonly #root: string;
  #stamps = new Map<string, Stamp>();
  #watchers = new Map<string, FSWatcher>();
  #touched = new Set<string>();
  #linked = new Set<string>();
  /** Which folder it is: another one may take its place. */
  #identity = "";
  /** Nothing is known, or watching failed: only a walk tells. */
  #mustWalk = true;
  #canWatch = true;
  #busy: Promise<unknown> = Promise.resolve();

  constructor(root: string) {
    this.#root = root;
  }

  /** Each file and its stamp, as of the last `refresh`. */
  get stamps(): ReadonlyMap<string, Stamp> {
    return this.#stamps;
  }

  /**
   * What changed since the last call; at the first one, every file was added.
   * @throws the system's error where descriptors or memory run out; the next call looks again
   */
  async refresh(): Promise<readonly Change[]> {
    const turn = this.#busy.then(() => this.#refresh());
    this.#busy = turn.catch(() => {
      this.#mustWalk = true;
    });
    return turn;
  }

  close(): void {
    for (const watcher of this.#watchers.values()) watcher.close();
    this.#watchers.clear();
  }

  async #refresh(): Promise<readonly Change[]> {
    // A change made before this call is in the kernel's queue by now; one turn of the event loop reads it.
    await nextTurn();
    this.#checkIdentity();
    for (const path of this.#linked) this.#touched.add(path);
    if (this.#mustWalk) return this.#walkAll();
    if (this.#touched.size === 0) return [];
    const touched = [...this.#touched];
    this.#touched.clear();
    const before = new Map(this.#stamps);
    const changes: Change[] = [];
    try {
      for (const path of touched) await this.#look(path, changes);
    } catch (error) {
      this.#stamps = before;
      throw error;
    }
    return changes;
  }

  #checkIdentity(): void {
    const found = statSync(this.#root, { throwIfNoEntry: false });
    const identity = found ? `${found.dev} ${found.ino}` : "";
    if (identity === this.#identity) return;
    this.#identity = identity;
    this.#mustWalk = true;
    this.close();
  }

  async #walkAll(): Promise<readonly Change[]> {
    // Watching begins before looking: what changes in between is looked at twice, not never.
    this.#mustWalk = !this.#canWatch;
    this.#touched.clear();
    this.#linked.clear();
    const before = this.#stamps;
    const now = new Map<string, Stamp>();
    await walk(this.#root, {
      onFolder: (path) => this.#watch(path),
      onIgnored: (path) => this.#watchIgnored(path),
      onFile: (path, stamp, linked) => {
        now.set(path, stamp);
        if (linked) this.#linked.add(path);
      },
    });
    this.#stamps = now;
    return compare(before, now);
  }

  async #look(path: string, changes: Change[]): Promise<void> {
    const found = await stat(join(this.#root, path)).catch(() => undefined);
    if (!this.#linked.has(path) && (await isLink(join(this.#root, path)))) this.#linked.add(path);
    if (found?.isDirectory()) {
      await this.#lookInto(path, changes);
    } else if (found?.isFile()) {
      if (isVisibleFile(path)) this.#note(path, toStamp(found), changes);
    } else {
      this.#unwatchBelow(path);
      this.#linked.delete(path);
      for (const known of this.#below(path)) {
        this.#stamps.delete(known);
        changes.push({ path: known, kind: "removed" });
      }
    }
  }

  /** A folder that came or went and came again: what was watched may be another one of that name. */
  async #lookInto(folder: string, changes: Change[]): Promise<void> {
    this.#unwatchBelow(folder);
    const gone = new Set(this.#below(folder));
    await walk(
      this.#root,
      {
        onFolder: (path) => this.#watch(path),
        onIgnored: (path) => this.#watchIgnored(path),
        onFile: (path, stamp, linked) => {
          if (linked) this.#linked.add(path);
          gone.delete(path);
          this.#note(path, stamp, changes);
        },
      },
      folder,
    );
    for (const path of gone) {
      this.#stamps.delete(path);
      changes.push({ path, kind: "removed" });
    }
  }

  /** The known files of this path, or below it. */
  #below(path: string): string[] {
    return [...this.#stamps.keys()].filter((known) => isAtOrBelow(known, path));
  }

  #unwatchBelow(path: string): void {
    for (const [folder, watcher] of this.#watchers) {
      if (!isAtOrBelow(folder, path)) continue;
      watcher.close();
      this.#watchers.delete(folder);
    }
  }

  #note(path: string, stamp: Stamp, changes: Change[]): void {
    const before = this.#stamps.get(path);
    if (before && isSame(before, stamp)) return;
    this.#stamps.set(path, stamp);
    changes.push({ path, kind: before ? "changed" : "added" });
  }

  /** Until its `.gdignore` goes, nothing in it is the project's. */
  #watchIgnored(folder: string): void {
    this.#unwatchBelow(folder);
    this.#watch(folder, () => false);
  }

  /** @param concerns whether a change to the file of this name is one of the project's */
  #watch(folder: string, concerns: (name: string) => boolean = isVisibleFolder): void {
    if (!this.#canWatch || this.#watchers.has(folder)) return;
    try {
      const watcher = watch(join(this.#root, folder), { persistent: false }, (_event, name) => {
        if (name === ".gdignore") this.#unwatchBelow(folder);
        if (name === null || name === ".gdignore") this.#mustWalk = true;
        else if (concerns(name)) this.#touched.add(folder ? `${folder}/${name}` : name);
      });
      watcher.on("error", () => this.#unwatch(folder));
      this.#watchers.set(folder, watcher);
    } catch {
      // Out of watches, or a file system without them.
      this.#canWatch = false;
      this.#mustWalk = true;
      this.close();
    }
  }

  #unwatch(folder: string): void {
    this.#watchers.get(folder)?.close();
    this.#watchers.delete(folder);
    this.#mustWalk = true;
  }
}

const isLink = (path: string) =>
  lstat(path).then(
    (found) => found.isSymbolicLink(),
    () => false,
  );

const isAtOrBelow = (path: string, folder: string) => path === folder || path.startsWith(`${folder}/`);

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
