/**
 * The last of the engine's output, over all runs, in bounded memory.
 *
 * Cursors increase over restarts of the server too: each log counts from a number that it takes from the clock.
 * A cursor of an earlier server then lies before every entry of this one, and nothing is skipped.
 */
import { Feed } from "../../async/feed.ts";
import type { LogEntry } from "../../model/log_entry.ts";
import type { RawEntry } from "./log_parser.ts";

const mostEntries = 10_000;
const mostCharacters = 8 * 1024 * 1024;

type Keep = (entry: LogEntry) => boolean;

export interface LogPage {
  readonly entries: readonly LogEntry[];
  /** Where to go on. */
  readonly cursor: number;
  /** How many of this log's entries were asked for and are not kept any more, or were over the limit. */
  readonly dropped: number;
}

export class RecentLog {
  /** The newest entry's cursor; before the first, the number that this log counts from. */
  readonly newest: Feed<number>;
  readonly #base: number;
  #entries: (LogEntry | undefined)[] = [];
  /** The number of empty places at the beginning, which are cut off in batches: shift() costs with the length. */
  #gone = 0;
  #characters = 0;

  /** @param base what the cursors count from: microseconds since the epoch, which no engine's output overtakes */
  constructor(base = Date.now() * 1000) {
    this.#base = base;
    this.newest = new Feed(base);
  }

  add(run: number, raw: RawEntry): LogEntry {
    const cursor = this.newest.value + 1;
    const entry: LogEntry = { ...raw, cursor, run, time: Date.now() };
    this.#entries.push(entry);
    this.#characters += weight(entry);
    while (this.#entries.length - this.#gone > mostEntries || this.#characters > mostCharacters) {
      this.#characters -= weight(this.#entries[this.#gone] as LogEntry);
      this.#entries[this.#gone] = undefined;
      this.#gone += 1;
    }
    if (this.#gone >= mostEntries) {
      this.#entries = this.#entries.slice(this.#gone);
      this.#gone = 0;
    }
    this.newest.set(cursor);
    return entry;
  }

  /** Of the entries after a cursor that `keep` accepts, the newest: `limit` of them and `bytes` in JSON at most. */
  after(given: number, limit: number, keep: Keep = () => true, bytes = Number.POSITIVE_INFINITY): LogPage {
    const { found, lost } = this.#find(given, keep);
    const entries = fitting(found.toReversed(), limit, bytes).toReversed();
    return { entries, cursor: this.newest.value, dropped: lost + (found.length - entries.length) };
  }

  /** The oldest of them: going on from each page's cursor reads them all. */
  oldestAfter(
    given: number,
    limit: number,
    keep: Keep = () => true,
    bytes = Number.POSITIVE_INFINITY,
  ): LogPage {
    const { found, lost } = this.#find(given, keep);
    const entries = fitting(found, limit, bytes);
    const last = found.length > entries.length ? entries.at(-1)?.cursor : undefined;
    return { entries, cursor: last ?? this.newest.value, dropped: lost };
  }

  /** What is kept of the entries after a cursor, and how many are not. */
  #find(given: number, keep: Keep): { found: LogEntry[]; lost: number } {
    const newest = this.newest.value;
    // One that this log never gave is an earlier server's, whose clock may have been ahead: all is new to its reader.
    const cursor = given < this.#base || given > newest ? this.#base : given;
    const oldest = newest - (this.#entries.length - this.#gone) + 1;
    const from = Math.max(cursor + 1, oldest);
    const kept = this.#entries.slice(this.#gone + from - oldest) as LogEntry[];
    return { found: kept.filter(keep), lost: Math.max(0, from - cursor - 1) };
  }

  /** The last `count` entries of a run: what an error shows. */
  tail(run: number, count = 50): readonly LogEntry[] {
    return this.after(0, count, (entry) => entry.run === run).entries;
  }
}

/** About what an entry costs, in characters: its text, and its parts beside. */
const weight = (entry: LogEntry) => entry.message.length + 200 + entry.backtrace.length * 100;

/** The first of them; one that is too large for a page is a page by itself. */
function fitting(entries: readonly LogEntry[], limit: number, bytes: number): readonly LogEntry[] {
  if (bytes === Number.POSITIVE_INFINITY) return entries.slice(0, limit);
  let size = 0;
  const end = entries.slice(0, limit).findIndex((entry, index) => {
    size += sizeOf(entry);
    return size > bytes && index > 0;
  });
  return entries.slice(0, end < 0 ? limit : end);
}

/** No less than it has in the contract's JSON, whose names and forms are longer by less than this. */
const sizeOf = (entry: LogEntry) => Buffer.byteLength(JSON.stringify(entry)) + 120;
