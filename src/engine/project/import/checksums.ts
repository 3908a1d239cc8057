/** What Godot's import has noted of an asset's content, beside what it made of it. */
import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { readFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { resultsFolder } from "./import_need.ts";

/** Godot imports again an asset that has none, and compares one that it knows by its date. */
export function checksumsOf(root: string, path: string): string {
  const id = createHash("md5").update(`res://${path}`).digest("hex");
  return join(root, resultsFolder, `${basename(path)}-${id}.md5`);
}

/** Whether an asset is, byte by byte, the one that was imported. */
export async function isAsImported(root: string, path: string): Promise<boolean> {
  const noted = await readFile(checksumsOf(root, path), "utf8").catch(() => "");
  const sum = /^source_md5="(\w+)"/m.exec(noted)?.[1];
  if (sum === undefined) return false;
  const hash = createHash("md5");
  try {
    for await (const chunk of createReadStream(join(root, path))) hash.update(chunk);
  } catch {
    return false;
  }
  return hash.digest("hex") === sum;
}
