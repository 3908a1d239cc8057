/** What imports have made of the assets: the files in `.godot/imported`, whose names are remembered. */
import { readdir, readFile, rm, stat, statfs } from "node:fs/promises";
import { join } from "node:path";
import { mapBounded, mostOpen } from "../../../async/bounded.ts";
import { replaceFile } from "../../cache/replace_file.ts";
import { statOrNothing, toPrint } from "../files/stamp.ts";
import { isAsImported, resultName } from "./checksums.ts";
import { resultsFolder } from "./import_need.ts";

/** What does not fit the project, so that it has to be imported. */
export interface Wrong {
  /** For a person. */
  readonly why: string;
  /** The assets that Godot would take for imported as they are. */
  readonly assets: readonly string[];
}

export class Results {
  readonly #root: string;
  readonly #folder: string;
  readonly #memory: string;

  /** @param memory the file in which they are remembered */
  constructor(root: string, memory: string) {
    this.#root = root;
    this.#folder = join(root, resultsFolder);
    this.#memory = memory;
  }

  /**
   * What is wrong with them: one that was there before is not, or another one is in its place, which is not of the
   * asset that is there now. What is right, and new, is remembered.
   * @param assets what may have been imported
   */
  async findWrong(assets: Iterable<string>): Promise<Wrong | undefined> {
    const present = await this.#prints();
    const known = await this.#remembered();
    const names = Object.keys(known);
    const replaced = names.filter((name) => known[name] !== "" && known[name] !== present[name]);
    const wrong = replaced.length === 0 ? [] : await this.#foreign(replaced, assets);
    if (!names.every((name) => present[name] !== undefined))
      return { why: `res://${resultsFolder} lacks what was imported`, assets: wrong };
    if (wrong.length > 0)
      return {
        why: `what was imported of res://${wrong[0]} was replaced by that of another content`,
        assets: wrong,
      };
    if (replaced.length > 0 || names.length !== Object.keys(present).length) await this.remember();
    return undefined;
  }

  /** An import has come to its end: what is there now is all there is to be. Without memory, less is noticed later. */
  async remember(): Promise<void> {
    await replaceFile(this.#memory, JSON.stringify(await this.#prints())).catch(() => {});
  }

  /** The assets that one of these results is of, and that are not what was imported. */
  async #foreign(replaced: readonly string[], assets: Iterable<string>): Promise<string[]> {
    const bases = new Set(replaced.map((name) => name.slice(0, name.indexOf(".", name.lastIndexOf("-")))));
    const owners = [...assets].filter((path) => bases.has(resultName(path)));
    const isRight = await mapBounded(owners, mostOpen, (path) => isAsImported(this.#root, path));
    return owners.filter((_, index) => !isRight[index]);
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

  async #prints(): Promise<Record<string, string>> {
    const names = await this.#names();
    return Object.fromEntries(names.map((name) => [name, toPrint(statOrNothing(join(this.#folder, name)))]));
  }

  /** What tells each from another one in its place, by its name; empty where only the name is known. */
  async #remembered(): Promise<Readonly<Record<string, string>>> {
    try {
      const prints = JSON.parse(await readFile(this.#memory, "utf8"));
      return Array.isArray(prints) ? Object.fromEntries(prints.map((name) => [name, ""])) : prints;
    } catch {
      return {};
    }
  }
}
