/** What the last import of a project could not import, kept beside its stamps: a restart of the server mends nothing. */
import { readFile } from "node:fs/promises";
import type { LogEntry } from "../../../model/log_entry.ts";
import { replaceFile } from "../../cache/replace_file.ts";

export class ImportRecord {
  readonly #path: string;

  constructor(path: string) {
    this.#path = path;
  }

  /** Empty where nothing is known. The log that the entries were part of may be an earlier server's. */
  async read(): Promise<readonly LogEntry[]> {
    try {
      const entries = JSON.parse(await readFile(this.#path, "utf8")) as LogEntry[];
      return entries.map((entry) => ({ ...entry, cursor: 0, run: 0 }));
    } catch {
      return [];
    }
  }

  /** The paths of what could not be imported, or only with errors. */
  async assets(): Promise<string[]> {
    const entries = await this.read();
    return [...new Set(entries.flatMap(({ file = "" }) => /^res:\/\/(.+)/.exec(file)?.[1] ?? []))];
  }

  async write(entries: readonly LogEntry[]): Promise<void> {
    await replaceFile(this.#path, JSON.stringify(entries));
  }
}
