/** What has changed, and Godot's own import would leave as it is. */
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { mapBounded, mostOpen } from "../../../async/bounded.ts";
import type { Stamp } from "../files/stamp.ts";
import { checksumsOf } from "./checksums.ts";
import { madeByChanged } from "./custom_importers.ts";
import { forgetScanned, inSeconds } from "./editor_cache.ts";
import { importFolder } from "./import_need.ts";
import { ownersOf } from "./import_parts.ts";
import { readSidecar, resultsOf } from "./sidecar.ts";

/**
 * Has the next import do it: what was written twice in a second, or got a date from elsewhere, is unchanged to Godot,
 * and so is an asset of which only a part, its importer, or only the settings of its import were changed. What was made
 * of an asset that has gone goes too, as the editor does it: the engine would go on to find it by what the import left
 * beside the asset.
 * @param changed what is newer than the last import
 * @param faulty what was imported with errors: what it lacked may be there now
 * @param now the stamps of what is there
 */
export async function forgetStale(
  root: string,
  changed: readonly string[],
  faulty: readonly string[],
  now: ReadonlyMap<string, Stamp>,
): Promise<void> {
  if (changed.length === 0 && faulty.length === 0) return;
  const suspects = new Set(changed.map((path) => path.replace(/\.import$/, "")));
  const stale = await ownersOf(root, changed, now.keys());
  for (const path of await madeByChanged(root, changed, now.keys())) stale.add(path);
  for (const path of await madeInto(root, changed, now.keys())) stale.add(path);
  for (const path of faulty) stale.add(path);
  // Without its line in the cache, what its settings were is not known.
  for (const path of changed) if (path.endsWith(".import")) stale.add(path.slice(0, -".import".length));
  for (const path of stale) await rm(checksumsOf(root, path), { force: true });
  for (const path of changed)
    if (!now.has(path) && now.has(`${path}.import`) && !(await isExtracted(root, path)))
      await removeResults(root, path);
  await forgetScanned(root, (path, { modified }) => {
    const stamp = suspects.has(path) ? now.get(path) : undefined;
    return stale.has(path) || (stamp !== undefined && inSeconds(stamp) === modified);
  });
}

/** The tables of translations whose results, which lie beside them, are among what was changed. */
async function madeInto(root: string, changed: readonly string[], all: Iterable<string>): Promise<string[]> {
  const results = new Set(changed.filter((path) => path.endsWith(".translation")));
  if (results.size === 0) return [];
  const tables = [...all].filter((path) => path.endsWith(".csv"));
  const made = await mapBounded(tables, mostOpen, (path) => resultsOf(root, path));
  return tables.filter((_, index) => made[index]?.some((path) => results.has(path)));
}

/** Whether a picture was taken out of a model, by the model's import: what was made of it goes on to serve the model. */
const isExtracted = async (root: string, asset: string) =>
  /^generator_parameters=/m.test(await readSidecar(root, asset));

async function removeResults(root: string, asset: string): Promise<void> {
  for (const path of await resultsOf(root, asset))
    if (path.startsWith(`${importFolder}/imported/`) && !path.includes("/../"))
      await rm(join(root, path), { force: true });
}
