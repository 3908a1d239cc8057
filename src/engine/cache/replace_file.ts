/** Writes a file whole or not at all: a reader, and a server that is killed, find the old one until then. */
import { mkdir, rename, writeFile } from "node:fs/promises";
import { dirname } from "node:path";

export async function replaceFile(path: string, text: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  const temporary = `${path}.${process.pid}`;
  await writeFile(temporary, text);
  await rename(temporary, path);
}
