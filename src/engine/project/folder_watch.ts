/** Watches folders of a project, and collects the paths that something happened to. */
import { type FSWatcher, watch } from "node:fs";
import { join } from "node:path";
import { isAtOrBelow } from "./seen.ts";
import { isInternalPath } from "./tree.ts";

export class FolderWatch {
  readonly #root: string;
  readonly #watchers = new Map<string, FSWatcher>();
  #touched = new Set<string>();
  /** Something happened that no path tells of. */
  #isLost = true;
  #canWatch = true;

  constructor(root: string) {
    this.#root = root;
  }

  /** What was touched since the last call; undefined where only a walk tells. */
  take(): Set<string> | undefined {
    const touched = this.#isLost || !this.#canWatch ? undefined : this.#touched;
    this.#touched = new Set();
    this.#isLost = false;
    return touched;
  }

  /** The next `take` asks for a walk. */
  lose(): void {
    this.#isLost = true;
  }

  /** @param folder one that is read after this call */
  add(folder: string): void {
    if (!this.#canWatch || this.#watchers.has(folder)) return;
    try {
      const watcher = watch(join(this.#root, folder), { persistent: false }, (_event, name) =>
        this.#note(folder, name),
      );
      watcher.on("error", () => this.lose());
      this.#watchers.set(folder, watcher);
    } catch {
      // Out of watches, or a file system without them.
      this.#canWatch = false;
      this.close();
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
    // What Godot's scan passes over is another matter from here on.
    if (name === null || name === ".gdignore") this.lose();
    else if (!isInternalPath(name)) this.#touched.add(folder ? `${folder}/${name}` : name);
  }
}
