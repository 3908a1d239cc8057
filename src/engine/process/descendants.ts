/**
 * What a game has started goes when the game does. Godot gives such a process a session of its own, so that no signal
 * to a group reaches it; what it inherits is its environment, and on Linux that can be read. A process that has cleared
 * its environment is not found, and other systems than Linux do not show it.
 */
import { randomUUID } from "node:crypto";
import { readdir, readFile } from "node:fs/promises";

/** Not named as the server's own settings are, none of which a game may see. */
const variable = "GODOT_RUN_MARK";
/** What is started while the others are being ended is found by the next look. */
const mostLooks = 10;

/** A variable that tells the processes of one run from all others. It is no secret, and opens nothing. */
export const marked = (): [variable: string, run: string] => [variable, randomUUID()];

/** Resolves when no process of this run is found any more. */
export async function endDescendants(run: string): Promise<void> {
  if (process.platform !== "linux") return;
  for (let look = 0; look < mostLooks; look += 1) {
    const found = await descendants(run);
    if (found.length === 0) return;
    for (const pid of found) end(pid);
  }
}

async function descendants(run: string): Promise<number[]> {
  const mark = Buffer.from(`${variable}=${run}\0`);
  const found: number[] = [];
  // One that has ended, or is another user's, cannot be read; without free descriptors, none can.
  for (const name of await readdir("/proc").catch(() => [])) {
    if (!/^\d+$/.test(name)) continue;
    const environment = await readFile(`/proc/${name}/environ`).catch(() => undefined);
    if (environment?.includes(mark)) found.push(Number(name));
  }
  return found;
}

function end(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch {
    // It has ended by itself.
  }
}
