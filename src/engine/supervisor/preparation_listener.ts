/** What is told while a start is prepared. */
import type { LogEntry } from "../../model/log_entry.ts";
import type { RawEntry } from "../process/log_parser.ts";

export interface PreparationListener {
  /** What is being done now, for a person. */
  onActivity(activity: string): void;
  onEntry(entry: RawEntry): LogEntry;
}
