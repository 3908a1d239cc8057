/** What an engine may have said, for tests that need no more of it than a message. */
import type { LogEntry } from "../../src/model/log_entry.ts";

export const logEntry = (message: string, more: Partial<LogEntry> = {}): LogEntry => ({
  cursor: 1,
  time: 0,
  severity: "ERROR",
  source: "SCRIPT",
  message,
  backtrace: [],
  run: 1,
  ...more,
});
