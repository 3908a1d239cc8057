/** What was imported already, of what has changed since the last import that this server knows. */
import { mapBounded, mostOpen } from "../../../async/bounded.ts";
import type { Change } from "../files/change.ts";
import type { Stamp } from "../files/stamp.ts";
import { isAsImported } from "./checksums.ts";
import { stampsOfLastScan } from "./editor_cache.ts";
import { isPart } from "./import_parts.ts";
import { isSidecar } from "./sidecar.ts";

/**
 * The changes that no import has seen. Another program may have made one meanwhile, which writes its sidecars anew: two
 * servers would otherwise import for each other, without end.
 * @param isWritable whether an import could write what it makes
 */
export async function notImported(
  root: string,
  changes: readonly Change[],
  now: ReadonlyMap<string, Stamp>,
  isWritable: boolean,
): Promise<readonly Change[]> {
  if (!isWritable) return changedInContent(root, changes);
  if (!changes.some(({ path }) => isSidecar(path))) return changes;
  const scanned = await stampsOfLastScan(root, now);
  return changes.filter(({ path, kind }) => !isSidecar(path) || kind === "removed" || !scanned.has(path));
}

/** Of a copy that cannot be written, all dates may be new: what was imported is told by its content. */
async function changedInContent(root: string, changes: readonly Change[]): Promise<readonly Change[]> {
  const isSame = await mapBounded(changes, mostOpen, async ({ path, kind }) => {
    if (kind === "removed") return false;
    return isSidecar(path) || isPart(path) || (await isAsImported(root, path));
  });
  return changes.filter((_, index) => !isSame[index]);
}
