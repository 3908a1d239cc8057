/** What imports have made of the assets: the files in `.godot/imported`, whose names are remembered. */
import { mkdir, readdir, readFile, rm, stat, statfs, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { mapBounded, mostOpen } from "../../../async/bounded.ts";
import { resultsFolder } from "./import_need.ts";

export class Results {
  readonly #folder: string;
  readonly #memory: string;

  /** @param memory the file in which they are remembered */
  constructor(root: string, memory: string) {
    this.#folder = join(root, resultsFolder);
    this.#memory = memory;
  }

  /** Whether all is there that was there before; what has come since is remembered with it. */
  async areComplete(): Promise<boolean> {
    const present = new Set(await this.#names());
    const known = await this.#remembered();
    if (!known.every((name) => present.has(name))) return false;
    if (known.length !== present.size) await this.remember();
    return true;
  }

  /** An import has come to its end: what is there now is all there is to be. Without memory, less is noticed later. */
  async remember(): Promise<void> {
    await mkdir(dirname(this.#memory), { recursive: true }).catch(() => {});
    await writeFile(this.#memory, JSON.stringify(await this.#names())).catch(() => {});
  }

  /** Removes what an import has left that was ended while the disk was full; no result is empty. */
  async removeEmpty(): Promise<void> {
    await mapBounded(await this.#names(), mostOpen, async (name) => {
      const path = join(this.#folder, name);
      if ((await stat(path).catch(() => undefined))?.size === 0) await rm(path, { force: true });
    });
  }

  /**
   * Removes what an import has written while the disk had no room: Godot takes it for whole, and says nothing.
   * @param since when the import began, in ms since the epoch
   * @returns whether there was such
   */
  async removeCutOff(since: number): Promise<boolean> {
    const names = await this.#names();
    const found = await mapBounded(names, mostOpen, async (name) => {
      const { size = 1, mtimeMs = 0 } = (await stat(join(this.#folder, name)).catch(() => undefined)) ?? {};
      return { name, size, isNew: mtimeMs >= since };
    });
    const written = found.filter(({ isNew }) => isNew);
    const isFull = written.some(({ size }) => size === 0) || (written.length > 0 && (await this.#isFull()));
    if (isFull) for (const { name } of written) await rm(join(this.#folder, name), { force: true });
    return isFull;
  }

  async #isFull(): Promise<boolean> {
    const found = await statfs(this.#folder).catch(() => undefined);
    if (!found || found.blocks === 0) return false;
    // What is kept for root is room for root.
    return (process.getuid?.() === 0 ? found.bfree : found.bavail) === 0;
  }

  #names(): Promise<string[]> {
    return readdir(this.#folder).catch(() => []);
  }

  async #remembered(): Promise<readonly string[]> {
    try {
      const names: unknown = JSON.parse(await readFile(this.#memory, "utf8"));
      return Array.isArray(names) ? names : [];
    } catch {
      return [];
    }
  }
}
