/** The files that the importer writes beside those that they belong to. */
import { readFile } from "node:fs/promises";
import { join } from "node:path";

export const isSidecar = (path: string) => /\.(import|uid)$/.test(path);

/** The file that a sidecar belongs to; another file itself. */
export const ownerOf = (path: string) => path.replace(/\.(import|uid)$/, "");

/** What an import has noted beside an asset; empty where it has not. */
export const readSidecar = (root: string, asset: string): Promise<string> =>
  readFile(join(root, `${asset}.import`), "utf8").catch(() => "");

/** The paths of what the import of an asset made, relative to the project; none where that is not known. */
export async function resultsOf(root: string, asset: string): Promise<string[]> {
  const text = await readSidecar(root, asset);
  const list = /^dest_files=\[(.*)\]$/m.exec(text)?.[1] ?? "";
  return [...list.matchAll(/"res:\/\/([^"]+)"/g)].map(([, path]) => path as string);
}
