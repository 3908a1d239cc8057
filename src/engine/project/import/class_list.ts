/** Godot's own list of the project's classes. Only where it is another than the import's is it held against all scripts. */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { mapBounded, mostOpen } from "../../../async/bounded.ts";
import { declarationIn, isAsListed, listedClasses } from "./global_classes.ts";
import { classListPath } from "./import_need.ts";
import { KnownFile } from "./known_file.ts";

export class ClassList {
  readonly #root: string;
  readonly #known: KnownFile;

  /** @param memory the file in which it is remembered which list was the import's */
  constructor(root: string, memory: string) {
    this.#root = root;
    this.#known = new KnownFile(join(root, classListPath), memory);
  }

  /** A script that the list is wrong about; undefined where there is none, or the list is still the import's. */
  async findWrong(paths: Iterable<string>): Promise<string | undefined> {
    if (await this.#known.isThere()) return undefined;
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
  remember(): Promise<void> {
    return this.#known.remember();
  }
}
