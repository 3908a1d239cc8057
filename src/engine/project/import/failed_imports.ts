/**
 * What could not be imported is marked so in its sidecar, and Godot never tries it again by itself, whatever
 * became of it meanwhile. An editor has a button for that; an import by a server has only this.
 */
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { mapBounded, mostOpen } from "../../../async/bounded.ts";
import { isSourceOfImport } from "./checksums.ts";
import { hasResults } from "./editor_cache.ts";
import { readSidecar } from "./sidecar.ts";

/** Godot writes it again where the import fails again. */
const mark = /^valid=false\r?\n/m;

/**
 * Of these assets, those that were imported once and are not as they are now: what takes them, a plug-in's importer,
 * did not run. What Godot has marked as failed, it has told.
 */
export async function leftBehindOf(root: string, assets: readonly string[]): Promise<string[]> {
  const isLeft = await mapBounded(assets, mostOpen, async (asset) => {
    const sidecar = await readSidecar(root, asset);
    const wasImported =
      /^dest_files=/m.test(sidecar) && !mark.test(sidecar) && (await hasResults(root, asset));
    return wasImported && !(await isSourceOfImport(root, asset));
  });
  return assets.filter((_, index) => isLeft[index]);
}

/** Has the next import try them again, with their settings. */
export async function retryFailedImports(root: string, paths: Iterable<string>): Promise<void> {
  for (const path of paths) {
    if (!path.endsWith(".import")) continue;
    const sidecar = join(root, path);
    const text = await readFile(sidecar, "utf8").catch(() => "");
    // One that may not be written stays as it is: Godot cannot import it either.
    if (mark.test(text)) await writeFile(sidecar, text.replace(mark, "")).catch(() => {});
  }
}
