/** What Godot's import has noted of an asset's content, beside what it made of it. */
import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { readFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { resultsFolder } from "./import_need.ts";
import { resultsOf } from "./sidecar.ts";

/** How the files are called that an asset is imported into, without what stands behind their first dot. */
export const resultName = (path: string): string =>
  `${basename(path)}-${createHash("md5").update(`res://${path}`).digest("hex")}`;

/** Godot imports again an asset that has none, and compares one that it knows by its date. */
export const checksumsOf = (root: string, path: string): string =>
  join(root, resultsFolder, `${resultName(path)}.md5`);

/** Whether an asset is, byte by byte, the one that was imported, and so is what was made of it. */
export async function isAsImported(root: string, path: string): Promise<boolean> {
  const { source, dest } = await notedOf(root, path);
  if (dest === undefined || source === undefined || source !== (await sumOf(root, [path]))) return false;
  return dest === (await sumOf(root, await resultsOf(root, path)));
}

/** Whether an asset is, byte by byte, the one that was imported, whatever became of what was made of it. */
export async function isSourceOfImport(root: string, path: string): Promise<boolean> {
  const { source } = await notedOf(root, path);
  return source !== undefined && source === (await sumOf(root, [path]));
}

async function notedOf(root: string, path: string): Promise<{ source?: string; dest?: string }> {
  const noted = await readFile(checksumsOf(root, path), "utf8").catch(() => "");
  return Object.fromEntries(
    [...noted.matchAll(/^(source|dest)_md5="(\w+)"/gm)].map(([, of, sum]) => [of, sum]),
  );
}

/** The sum of these files, one after the other; undefined where one of them cannot be read. */
export async function sumOf(root: string, paths: readonly string[]): Promise<string | undefined> {
  const hash = createHash("md5");
  try {
    for (const path of paths)
      for await (const chunk of createReadStream(join(root, path))) hash.update(chunk);
  } catch {
    return undefined;
  }
  return hash.digest("hex");
}
