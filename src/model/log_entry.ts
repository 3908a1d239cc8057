/** What the engine says. */

/** One thing the engine said; the domain's form of `LogEntry` in log.proto. */
export interface LogEntry {
  /** Place in the server's log; 0 where it is no part of it. */
  readonly cursor: number;
  /** Milliseconds since the epoch. */
  readonly time: number;
  readonly severity: "INFO" | "WARN" | "ERROR";
  readonly source: "ENGINE" | "SCRIPT" | "SHADER" | "IMPORT";
  readonly message: string;
  readonly file?: string;
  readonly line?: number;
  readonly function?: string;
  readonly backtrace: readonly StackFrame[];
  readonly run: number;
  /** How often it was raised, where repeats are folded; absent: once. */
  readonly count?: number;
}

export interface StackFrame {
  readonly function: string;
  readonly file: string;
  readonly line: number;
}

/** An entry in one line, as it stands in messages: `res://a.gd:3: Parse Error: …`. */
export function inOneLine(entry: LogEntry): string {
  const place = entry.file ? `${entry.file}${entry.line ? `:${entry.line}` : ""}: ` : "";
  return place + entry.message.replaceAll(/\s*\n\s*/g, " ");
}

/** What the engine itself says of the cause, appended to a sentence; empty when it said nothing of weight. */
export function theEngineSays(log: readonly LogEntry[]): string {
  const errors = log.filter((entry) => entry.severity === "ERROR").map(inOneLine);
  if (errors.length === 0) return "";
  const shown = errors.slice(0, 3).join(" | ");
  return ` The engine says: ${shown}${errors.length > 3 ? ` | and ${errors.length - 3} more` : ""}`;
}
