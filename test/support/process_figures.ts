/** What the kernel says of a process. Linux only. */
import assert from "node:assert/strict";
import { readdir, readFile, writeFile } from "node:fs/promises";
import { basename } from "node:path";
import { execa } from "execa";
import { projectId } from "../../src/engine/project/project.ts";

/** Clock ticks a second of /proc/PID/stat (sysconf(_SC_CLK_TCK) on every Linux of today). */
const ticksPerSecond = 100;

/** Resident memory in bytes. */
export const residentMemory = (pid: number) => memoryFigure(pid, "VmRSS");

/** By how many bytes the resident memory rose at most during this work. */
export async function peakMemory(pid: number, work: () => Promise<unknown>): Promise<number> {
  await writeFile(`/proc/${pid}/clear_refs`, "5"); // Makes what is resident now the peak (man 5 proc_pid_clear_refs).
  const before = await residentMemory(pid);
  await work();
  return (await memoryFigure(pid, "VmHWM")) - before;
}

async function memoryFigure(pid: number, name: string): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, "utf8");
  return Number(new RegExp(`${name}:\\s+(\\d+) kB`).exec(status)?.[1]) * 1024;
}

/** Processor time used so far, in seconds, of all threads. */
export async function processorTime(pid: number): Promise<number> {
  // The name, in parentheses, may contain anything; user and system time are the 14th and 15th field.
  const fields = (await readFile(`/proc/${pid}/stat`, "utf8")).replace(/^.*\) /s, "").split(" ");
  return (Number(fields[11]) + Number(fields[12])) / ticksPerSecond;
}

/** How many files and sockets are open. */
export async function openDescriptors(pid: number): Promise<number> {
  return (await readdir(`/proc/${pid}/fd`)).length;
}

/**
 * The engines that have this project open: games and importers, whoever started them. What an engine has just
 * forked has its command line, until it runs another program: such a child is not counted.
 */
export async function processesOf(project: string): Promise<number[]> {
  // An importer runs in a shadow of the project.
  const folders = new Set([project, projectId(project)]);
  const parents = new Map<number, number>();
  for (const name of await readdir("/proc")) {
    if (!/^\d+$/.test(name)) continue;
    // It may end meanwhile.
    const commandLine = await readFile(`/proc/${name}/cmdline`, "utf8").catch(() => "");
    if (!commandLine.includes("--path")) continue;
    if (!commandLine.split("\0").some((word) => folders.has(word) || folders.has(basename(word)))) continue;
    const status = await readFile(`/proc/${name}/status`, "utf8").catch(() => "");
    parents.set(Number(name), Number(/PPid:\s+(\d+)/.exec(status)?.[1]));
  }
  return [...parents].filter(([, parent]) => !parents.has(parent)).map(([pid]) => pid);
}

/** Resolves when there is no such process any more. */
export async function gone(pid: number): Promise<void> {
  assert.ok(pid > 0);
  await execa("tail", [`--pid=${pid}`, "--sleep-interval=0.01", "-f", "/dev/null"]);
  assert.throws(() => process.kill(pid, 0), { code: "ESRCH" });
}

/** Sends this signal; false where the process has just ended by itself. */
export function signalled(pid: number, signal: NodeJS.Signals): boolean {
  try {
    return process.kill(pid, signal);
  } catch (error) {
    assert.equal((error as NodeJS.ErrnoException).code, "ESRCH");
    return false;
  }
}
