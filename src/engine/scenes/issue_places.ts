/** Where in the log an issue stands. The engine reports it twice: to the addon, and on its standard error. */
import { stripVTControlCharacters } from "node:util";
import { within } from "../../async/deadline.ts";
import type { LogEntry } from "../../model/log_entry.ts";
import type { Issues } from "../link/link.ts";
import type { RecentLog } from "../process/recent_log.ts";

/** Milliseconds; an entry of the log is complete 20 ms after its last line, and a busy machine takes longer. */
const patience = 250;

/** The issues with the cursor of their first entry in the log of that run; 0 where the log has none. */
export async function withPlaces({ entries, count }: Issues, log: RecentLog): Promise<Issues> {
  // What an earlier server heard has no run, and no place here.
  const lacking = new Set(entries.filter(({ cursor, run }) => cursor === 0 && run > 0).map(identity));
  if (lacking.size === 0) return { entries, count };
  const places = new Map<string, number>();
  const over = new AbortController();
  let searched = 0;
  const find = () => {
    const page = log.after(searched, Number.POSITIVE_INFINITY);
    searched = page.cursor;
    for (const entry of page.entries) {
      const key = identity(entry);
      if (lacking.delete(key)) places.set(key, entry.cursor);
    }
    return lacking.size === 0 || undefined;
  };
  const found = log.newest.until(find, over.signal);
  await within(
    found.catch(() => {}),
    patience,
  );
  over.abort();
  return {
    entries: entries.map((entry) => ({
      ...entry,
      cursor: entry.cursor || (places.get(identity(entry)) ?? 0),
    })),
    count,
  };
}

/** The log has lost escape sequences, and every line break is one of its own. */
const identity = ({ run, file, line, message }: LogEntry) =>
  [run, file, line, stripVTControlCharacters(message).replaceAll(/[\s\p{Cc}]+/gu, "")].join("\n");
