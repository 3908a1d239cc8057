/**
 * What is mounted on this machine. A folder does not tell that something was mounted in it, or over it, and a
 * file that is mounted is changed by another name of it.
 */
import { readFileSync } from "node:fs";
import { isShortage } from "../../../errors/shortage.ts";

export class Mounts {
  readonly #read: () => string;
  #table = "";
  #points: ReadonlySet<string> = new Set();

  /** @param read gives the table as proc_pid_mountinfo(5) describes it; empty where the system has none */
  constructor(read = readTable) {
    this.#read = read;
  }

  /** Whether anything was mounted or unmounted since the last call, wherever: a link may lead there. */
  changed(): boolean {
    const table = this.#read();
    if (table === this.#table) return false;
    this.#table = table;
    this.#points = new Set(table.split("\n").map(pointIn));
    return true;
  }

  /** Whether something is mounted at this very path, which no link leads through. */
  isPoint(path: string): boolean {
    return this.#points.has(path);
  }
}

/** Blanks and backslashes are written as octal numbers. */
const pointIn = (line: string) =>
  (line.split(" ", 5)[4] ?? "").replace(/\\([0-7]{3})/g, (_, octal) =>
    String.fromCharCode(Number.parseInt(octal, 8)),
  );

/** The kernel makes it anew for each reader: 0.03 ms for 20 mounts. */
function readTable(): string {
  if (process.platform !== "linux") return "";
  try {
    return readFileSync("/proc/self/mountinfo", "utf8");
  } catch (error) {
    if (isShortage(error)) throw error;
    return "";
  }
}
