/** Temporary folders beside the final place, so that moving out of them is one rename. */
import { randomUUID } from "node:crypto";
import { mkdir, readdir, rm, stat } from "node:fs/promises";
import { hostname } from "node:os";
import { join } from "node:path";

export const stagingPrefix = ".partial-";

/** A folder that is older, in ms, was abandoned by its process. */
const abandonedAfter = 24 * 60 * 60 * 1000;

const mine = new Set<string>();

/** Runs `work` with an empty folder in `home`, which is there, and removes that folder whatever happens. */
export async function withStaging<T>(home: string, work: (folder: string) => Promise<T>): Promise<T> {
  await removeLeftovers(home);
  const name = `${stagingPrefix}${process.pid}-${randomUUID()}@${hostname()}`;
  const folder = join(home, name);
  mine.add(name);
  try {
    await mkdir(folder);
    return await work(folder);
  } finally {
    // A download that was just killed may still be writing its last bytes.
    await rm(folder, { recursive: true, force: true, maxRetries: 5 });
    mine.delete(name);
  }
}

/** A process that was killed leaves its folder behind: the next one removes it. */
async function removeLeftovers(home: string): Promise<void> {
  for (const name of await readdir(home)) {
    if (!name.startsWith(stagingPrefix) || mine.has(name)) continue;
    const folder = join(home, name);
    if (ownerIsGone(name) || (await isOld(folder)))
      await rm(folder, { recursive: true, force: true, maxRetries: 5 }).catch(() => {});
  }
}

/** Only sure on this machine: a cache folder may be shared between containers. */
function ownerIsGone(name: string): boolean {
  const [, pid, host] = /^\.partial-(\d+)-[^@]*@(.*)$/.exec(name) ?? [];
  if (!pid || host !== hostname()) return false;
  // The same number in a new container: an earlier process of that number has left it.
  if (Number(pid) === process.pid) return true;
  try {
    process.kill(Number(pid), 0);
    return false;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "ESRCH";
  }
}

const isOld = (folder: string) =>
  stat(folder).then(
    ({ mtimeMs }) => Date.now() - mtimeMs > abandonedAfter,
    () => false,
  );
