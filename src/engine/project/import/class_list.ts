/**
 * Godot's own list of the project's classes. Another program may put an older one in its place: a checkout of a tracked
 * `.godot`, a backup, a cache of CI. Only then is it held against all scripts.
 */
import { readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { mapBounded, mostOpen } from "../../../async/bounded.ts";
import { replaceFile } from "../../cache/replace_file.ts";
import { toPrint } from "../files/stamp.ts";
import { declarationIn, isAsListed, listedClasses } from "./global_classes.ts";
import { classListPath } from "./import_need.ts";

export class ClassList {
  readonly #root: string;
  readonly #memory: string;

  /** @param memory the file in which it is remembered which list was the import's */
  constructor(root: string, memory: string) {
    this.#root = root;
    this.#memory = memory;
  }

  /** A script that the list is wrong about; undefined where there is none, or the list is still the import's. */
  async findWrong(paths: Iterable<string>): Promise<string | undefined> {
    const print = await this.#print();
    if (print === (await readFile(this.#memory, "utf8").catch(() => undefined))) return undefined;
    const list = await readFile(join(this.#root, classListPath), "utf8").catch(() => "");
    const classes = listedClasses(list);
    const scripts = [...paths].filter((path) => path.endsWith(".gd"));
    const areListed = await mapBounded(scripts, mostOpen, async (path) => {
      const source = await readFile(join(this.#root, path), "utf8").catch(() => "");
      return isAsListed(declarationIn(source), classes.get(`res://${path}`));
    });
    const known = new Set(scripts);
    const listed = [...classes.keys()]
      .map((path) => path.slice("res://".length))
      .filter((path) => path.endsWith(".gd"));
    const wrong = scripts[areListed.indexOf(false)] ?? listed.find((path) => !known.has(path));
    if (wrong === undefined) await this.remember();
    return wrong;
  }

  /** The list is the import's, whatever it says of a script that cannot be read. */
  async remember(): Promise<void> {
    // Without memory, it is looked at again.
    await replaceFile(this.#memory, await this.#print()).catch(() => {});
  }

  async #print(): Promise<string> {
    return toPrint(await stat(join(this.#root, classListPath)).catch(() => undefined));
  }
}
