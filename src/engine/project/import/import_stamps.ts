/** The files as the last import has seen them, kept in the cache folder. */
import { access, constants, readFile, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { replaceFile } from "../../cache/replace_file.ts";
import type { Stamp } from "../files/stamp.ts";
import { stampsOfLastScan } from "./editor_cache.ts";
import { importFolder } from "./import_need.ts";

export class ImportStamps {
  readonly #root: string;
  readonly #path: string;

  /** @param path the file in which they are kept */
  constructor(root: string, path: string) {
    this.#root = root;
    this.#path = path;
  }

  /** @param now those of what is there, as of `comparable` */
  async read(now: ReadonlyMap<string, Stamp>): Promise<ReadonlyMap<string, Stamp>> {
    try {
      const stamps = JSON.parse(await readFile(this.#path, "utf8")) as Record<string, Stamp>;
      return this.comparable(new Map(Object.entries(stamps)));
    } catch {
      // Never imported by this server. What the editor has not imported either counts as added.
      return stampsOfLastScan(this.#root, now);
    }
  }

  /**
   * The stamps as they are compared with those of the last import. Of a project that cannot be written, no import would
   * come of a difference, and one that was copied, as into an image, has all its files anew: their own dates count.
   */
  async comparable(stamps: ReadonlyMap<string, Stamp>): Promise<ReadonlyMap<string, Stamp>> {
    if (await this.canImport()) return stamps;
    return new Map([...stamps].map(([path, stamp]) => [path, { ...stamp, ctimeMs: stamp.mtimeMs }]));
  }

  /** Whether the project can be written. */
  async canImport(): Promise<boolean> {
    const refusal = await access(join(this.#root, importFolder), constants.W_OK).catch(({ code }) => code);
    return refusal !== "EACCES" && refusal !== "EROFS";
  }

  async save(stamps: ReadonlyMap<string, Stamp>): Promise<void> {
    await replaceFile(this.#path, JSON.stringify(Object.fromEntries(stamps)));
  }

  async isThere(): Promise<boolean> {
    return (await stat(this.#path).catch(() => undefined)) !== undefined;
  }

  async forget(): Promise<void> {
    await rm(this.#path, { force: true });
  }
}
