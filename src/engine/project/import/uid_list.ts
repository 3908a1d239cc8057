/** Godot's own list of the project's uids. Only where it is another than the import's is it held against all files. */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { mapBounded, mostOpen } from "../../../async/bounded.ts";
import { readUid, toId } from "../scenes/uid.ts";
import { readUidCache, type UidCache, uidCachePath } from "../scenes/uid_cache.ts";
import { KnownFile } from "./known_file.ts";
import { isSidecar, ownerOf } from "./sidecar.ts";

/** What has its uid in its head. */
const isResource = /\.(tscn|scn|tres|res)$/i;

export class UidList {
  readonly #root: string;
  readonly #known: KnownFile;

  /** @param memory the file in which it is remembered which list was the import's */
  constructor(root: string, memory: string) {
    this.#root = root;
    this.#known = new KnownFile(join(root, uidCachePath), memory);
  }

  /** A file that is not listed by its uid; undefined where there is none, or the list is still the import's. */
  async findWrong(paths: Iterable<string>): Promise<string | undefined> {
    if (await this.#known.isThere()) return undefined;
    const known = new Set(paths);
    const [wrong] = await this.unlisted([...known], known);
    if (wrong === undefined) await this.remember();
    return wrong && ownerOf(wrong);
  }

  /**
   * Those of these files that have a uid by which the engine does not find them, or what they lie beside.
   * @param known the files of the project
   */
  async unlisted(paths: readonly string[], known: ReadonlySet<string>): Promise<string[]> {
    const all = paths.filter((path) => isResource.test(path) || isSidecar(path));
    if (all.length === 0) return [];
    const uids = await readUidCache(this.#root);
    const areListed = await mapBounded(all, mostOpen, (path) => this.#isListed(path, uids, known));
    return all.filter((_, index) => !areListed[index]);
  }

  /** The list is the import's, whatever it says of a file that cannot be read. */
  remember(): Promise<void> {
    return this.#known.remember();
  }

  async #isListed(path: string, uids: UidCache, known: ReadonlySet<string>): Promise<boolean> {
    const owner = ownerOf(path);
    if (!known.has(owner)) return true;
    const uid = await this.#uidIn(path);
    if (uid === undefined || toId(uid) === undefined) return true;
    const listed = uids.pathOf(uid)?.slice("res://".length);
    // Where two files have one uid, no import can tell which is meant.
    return listed !== undefined && (listed === owner || known.has(listed));
  }

  async #uidIn(path: string): Promise<string | undefined> {
    if (isResource.test(path)) return readUid(join(this.#root, path));
    const text = await readFile(join(this.#root, path), "utf8").catch(() => "");
    if (path.endsWith(".uid")) return text.trim();
    // One whose import has failed is in no list.
    return /^valid=false$/m.test(text) ? undefined : /^uid="(.*)"$/m.exec(text)?.[1];
  }
}
