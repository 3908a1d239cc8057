/** Watches folders of a project, and collects the paths that something happened to. */
import { type FSWatcher, readFileSync, watch } from "node:fs";
import { basename, join } from "node:path";
import { isShortage } from "../../../errors/shortage.ts";
import { isAtOrBelow } from "./seen.ts";
import { isInternalPath, marksEnd } from "./tree.ts";

export class FolderWatch {
  readonly #root: string;
  readonly #say: (line: string) => void;
  readonly #watchers = new Map<string, FSWatcher>();
  #touched = new Set<string>();
  /** Since the last look. */
  #events = 0;
  /** Something happened that no path tells of. */
  #isLost = true;
  /** Why no folder can be watched: for good, or until the next walk tries it again. */
  #blind: { readonly why: string; readonly forGood: boolean } | undefined;
  readonly #said = new Set<string>();

  /** @param say takes a line for a person: once for each reason why the folders cannot be watched */
  constructor(root: string, say: (line: string) => void) {
    this.#root = root;
    this.#say = say;
  }

  /** What was touched since the last call; undefined where only a walk tells. */
  take(): Set<string> | undefined {
    const touched = this.#isLost || this.#blind ? undefined : this.#touched;
    if (!this.#blind?.forGood) this.#blind = undefined;
    this.#touched = new Set();
    this.#events = 0;
    this.#isLost = false;
    return touched;
  }

  /** The next `take` asks for a walk. */
  lose(): void {
    this.#isLost = true;
    this.#touched.clear();
  }

  /** From now on, only a walk tells. */
  giveUp(why: string, forGood = true): void {
    this.#blind = { why, forGood };
    this.close();
    if (this.#said.has(why)) return;
    this.#said.add(why);
    this.#say(`The project's folders cannot be watched: ${why}. Each load looks at every file instead.`);
  }

  /** @param folder one that is read after this call */
  add(folder: string): void {
    if (this.#blind || this.#watchers.has(folder)) return;
    try {
      const watcher = watch(join(this.#root, folder), { persistent: false }, (_event, name) =>
        this.#note(folder, name),
      );
      watcher.on("error", () => this.lose());
      this.#watchers.set(folder, watcher);
    } catch (error) {
      const code = (error as NodeJS.ErrnoException).code ?? "";
      // It has gone, which its parent tells, or it cannot be read.
      if (/^(ENOENT|ENOTDIR|EACCES)$/.test(code)) return;
      this.giveUp(reasons[code] ?? `the system says ${code}`, !isShortage(error));
    }
  }

  /** Another folder may have taken the place of one that was watched. */
  remove(paths: ReadonlySet<string>): void {
    for (const [folder, watcher] of this.#watchers) {
      if (!isAtOrBelow(folder, paths)) continue;
      watcher.close();
      this.#watchers.delete(folder);
    }
  }

  close(): void {
    for (const watcher of this.#watchers.values()) watcher.close();
    this.#watchers.clear();
  }

  #note(folder: string, name: string | null): void {
    this.#events += 1;
    // With one of them, another part of the project is outside of Godot's scan.
    // By its own name, a folder tells that it has gone itself: another one in its place may have its number.
    const isItself = name === basename(join(this.#root, folder));
    if (name === null || isItself || marksEnd(name, folder) || this.#events > mostEvents) this.lose();
    else if (!isInternalPath(name)) this.#touched.add(folder ? `${folder}/${name}` : name);
  }
}

/** What the two limits of inotify(7) are called. */
const reasons: Readonly<Record<string, string>> = {
  ENOSPC: "fs.inotify.max_user_watches is used up",
  EMFILE: "fs.inotify.max_user_instances is used up, or the descriptors of the server are",
};

/** The kernel drops what its queue has no room for, and Node does not say so: after more events, some may be missing. */
const mostEvents = Math.min(8_192, queueLength() / 2);

function queueLength(): number {
  try {
    return Number(readFileSync("/proc/sys/fs/inotify/max_queued_events", "utf8"));
  } catch {
    return Number.POSITIVE_INFINITY;
  }
}
