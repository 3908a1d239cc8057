/**
 * What could not be imported is marked so in its sidecar, and Godot never tries it again by itself, whatever
 * became of it meanwhile. An editor has a button for that; an import by a server has only this.
 */
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";

/** Godot writes it again where the import fails again. */
const mark = /^valid=false\r?\n/m;

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
