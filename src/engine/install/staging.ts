/** Temporary folders beside the final place, so that moving out of them is one rename. */
import { randomUUID } from "node:crypto";
import { mkdir, readdir, rename, rm, stat } from "node:fs/promises";
import { hostname } from "node:os";
import { join } from "node:path";

const prefix = ".partial-";
export const isStaging = (name: string) => name.startsWith(prefix);

/** In a staging folder: the install that is being replaced, under its own name. */
export const setAside = "replaced";

/** A folder that is older, in ms, was abandoned by its process. */
const abandonedAfter = 24 * 60 * 60 * 1000;

const mine = new Set<string>();

/** Runs `work` with an empty folder in `home`, which is there, and removes that folder whatever happens. */
export async function withStaging<T>(home: string, work: (folder: string) => Promise<T>): Promise<T> {
  const name = `${prefix}${process.pid}-${randomUUID()}@${hostname()}`;
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

/** A process that was killed leaves its folder behind: the next one puts back what was not replaced, and removes the rest. */
export async function removeLeftovers(home: string): Promise<void> {
  for (const name of await readdir(home).catch(() => [])) {
    if (!isStaging(name) || mine.has(name)) continue;
    const folder = join(home, name);
    if (!ownerIsGone(name) && !(await isOld(folder))) continue;
    // Where another is in its place by now, this fails.
    for (const replaced of await readdir(join(folder, setAside)).catch(() => []))
      await rename(join(folder, setAside, replaced), join(home, replaced)).catch(() => {});
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
