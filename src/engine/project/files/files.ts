/**
 * What changed on disk since the last look. The folders are watched, so that asking costs next to
 * nothing while nothing changes; where they cannot be watched, asking walks the project.
 */
import { realpathSync } from "node:fs";
import { join, relative } from "node:path";
import { setImmediate as nextTurn } from "node:timers/promises";
import type { Change } from "./change.ts";
import { remoteFileSystem } from "./file_system.ts";
import { FolderWatch } from "./folder_watch.ts";
import { Mounts } from "./mounts.ts";
import { difference, isAtOrBelow, Seen } from "./seen.ts";
import { type Stamp, statOrNothing, toPrint } from "./stamp.ts";
import { type Visitor, walk } from "./tree.ts";

export interface Options {
  /** A folder that the server itself writes into; it may lie in the project. */
  readonly leftOut?: string | undefined;
  /** Takes a line for a person. */
  readonly say?: ((line: string) => void) | undefined;
  /** What a file system is called that does not tell of every change. */
  readonly remote?: ((folder: string) => string | undefined) | undefined;
}

export class ProjectFiles {
  readonly #root: string;
  readonly #leftOut: string;
  readonly #watch: FolderWatch;
  readonly #remote: (folder: string) => string | undefined;
  /** The numbers of the file systems that were asked for their kind. */
  readonly #devices = new Set<string>();
  readonly #mounts = new Mounts();
  /** Where the project really is, as of the last walk. */
  #realRoot = "";
  #seen = new Seen();
  /** Which folder it is: another one may take its place. */
  #identity = "";
  #busy: Promise<unknown> = Promise.resolve();
  readonly #closing = new AbortController();

  constructor(root: string, { leftOut = root, say = () => {}, remote = remoteFileSystem }: Options = {}) {
    this.#root = root;
    this.#leftOut = relative(root, leftOut);
    this.#watch = new FolderWatch(root, say);
    this.#remote = remote;
    this.lookAtMounts();
  }

  /** Each file that Godot's scan lists, and its stamp, as of the last `refresh`. */
  get stamps(): ReadonlyMap<string, Stamp> {
    return this.#seen.files;
  }

  /**
   * What changed since the last call; at the first one, every file was added.
   * @throws the system's error where descriptors or memory run out; the next call looks again
   */
  async refresh(): Promise<readonly Change[]> {
    const turn = this.#busy.then(() => this.#refresh());
    this.#busy = turn.catch(() => this.#watch.lose());
    return turn;
  }

  /**
   * Asks what is mounted, which costs more than all else where nothing changed; the next `refresh` looks at all files
   * where anything was mounted, or it cannot be known.
   */
  lookAtMounts(): void {
    try {
      if (this.#mounts.changed()) this.#watch.lose();
    } catch {
      this.#watch.lose();
    }
  }

  /** A look that is under way ends. */
  close(): void {
    this.#closing.abort(new Error("The project is closed."));
    this.#watch.close();
  }

  async #refresh(): Promise<readonly Change[]> {
    // A change made before this call is in the kernel's queue by now; one turn of the event loop reads it.
    await nextTurn();
    this.#checkIdentity();
    const touched = this.#watch.take();
    if (!touched) return this.#walkAll();
    this.#checkLinks(touched);
    if (touched.size === 0) return [];
    const paths = new Set<string>();
    for (const path of [...touched].sort())
      if (!isAtOrBelow(path, paths) && !this.#isLeftOut(path)) paths.add(path);
    // What is known by another path may be known by this one alone from now on.
    const hasFolder = [...paths].some((path) => this.#seen.folders.has(path));
    return hasFolder && this.#seen.aliases.size > 0 ? this.#walkAll() : this.#lookAt(paths);
  }

  #checkIdentity(): void {
    const identity = toPrint(statOrNothing(this.#root));
    if (identity === this.#identity) return;
    this.#identity = identity;
    this.#watch.lose();
  }

  #checkLinks(touched: Set<string>): void {
    for (const [path, print] of this.#seen.links)
      if (toPrint(statOrNothing(join(this.#root, path))) !== print) touched.add(path);
  }

  async #walkAll(): Promise<readonly Change[]> {
    // A watcher may be that of a folder which has gone.
    this.#watch.close();
    this.#realRoot = realPathOf(this.#root);
    const before = this.#seen;
    const now = new Seen();
    await walk(this.#root, this.#visitor(now));
    this.#seen = now;
    return difference(before, now);
  }

  async #lookAt(paths: ReadonlySet<string>): Promise<readonly Change[]> {
    const found = new Seen();
    const visitor = {
      ...this.#visitor(found),
      isKnown: (id: string) => {
        const path = this.#seen.pathOf(id);
        return found.pathOf(id) !== undefined || (path !== undefined && !isAtOrBelow(path, paths));
      },
    };
    this.#watch.remove(paths);
    const places = [...paths].map((path) => ({ path, outside: this.#seen.isOutside(parentOf(path)) }));
    await walk(this.#root, visitor, places);
    // The folder of another name of a file or folder did not tell of this one, which may come before it.
    const hasNames =
      found.aliases.size > 0 || [...found.links.keys()].some((path) => !this.#seen.links.has(path));
    return hasNames ? this.#walkAll() : this.#seen.replace(paths, found);
  }

  #visitor(seen: Seen): Visitor {
    return {
      all: true,
      signal: this.#closing.signal,
      isLeftOut: (path) => this.#isLeftOut(path),
      onFolder: (path, id) => {
        this.#checkDevice(path, id);
        this.#watch.add(path);
        seen.addFolder(path, id);
      },
      onIgnored: (path) => seen.ignored.set(path, true),
      onFile: (path, stamp, outside) => {
        seen.addFile(path, stamp, outside);
        if (this.#mounts.isPoint(join(this.#realRoot, path))) seen.links.set(path, toPrint(stamp));
      },
      onAlias: (path, stamp) => seen.addAlias(path, stamp),
      onLink: (path, print) => seen.links.set(path, print),
    };
  }

  #checkDevice(path: string, id: string): void {
    const device = id.slice(0, id.indexOf(":"));
    if (this.#devices.has(device)) return;
    this.#devices.add(device);
    const name = this.#remote(join(this.#root, path));
    if (name) this.#watch.giveUp(`${name} does not tell of changes that are made elsewhere`);
  }

  #isLeftOut(path: string): boolean {
    return path === this.#leftOut;
  }
}

const parentOf = (path: string) => path.slice(0, Math.max(0, path.lastIndexOf("/")));

const realPathOf = (path: string) => {
  try {
    return realpathSync(path);
  } catch {
    return path;
  }
};
