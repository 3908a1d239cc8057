/** Whether a file is still the one that it was, as far as its date and its size tell. */
import { readFile, stat } from "node:fs/promises";
import { replaceFile } from "../../cache/replace_file.ts";
import { toPrint } from "../files/stamp.ts";

export class KnownFile {
  readonly #path: string;
  readonly #memory: string;

  /** @param memory the file in which it is remembered which one it was */
  constructor(path: string, memory: string) {
    this.#path = path;
    this.#memory = memory;
  }

  async isThere(): Promise<boolean> {
    return (await this.#print()) === (await readFile(this.#memory, "utf8").catch(() => undefined));
  }

  async remember(): Promise<void> {
    // Without memory, it is looked at again.
    await replaceFile(this.#memory, await this.#print()).catch(() => {});
  }

  async #print(): Promise<string> {
    return toPrint(await stat(this.#path).catch(() => undefined));
  }
}
