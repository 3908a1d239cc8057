import assert from "node:assert/strict";
import { test } from "node:test";
import type { RawEntry } from "../../../../src/engine/process/log_parser.ts";
import { type LogPage, RecentLog } from "../../../../src/engine/process/recent_log.ts";

const raw = (message: string, severity: RawEntry["severity"] = "INFO"): RawEntry => ({
  severity,
  source: "ENGINE",
  message,
  backtrace: [],
});

/** A log with so many entries, `1`, `2` …, of the first run. */
function logOf(count: number): RecentLog {
  const log = new RecentLog(0);
  for (let number = 1; number <= count; number += 1) log.add(1, raw(`${number}`));
  return log;
}

const messages = (page: LogPage) => page.entries.map(({ message }) => message);

test("an entry gets its place, its run and its time", (t) => {
  t.mock.timers.enable({ apis: ["Date"], now: 1234 });
  const log = logOf(1);
  assert.deepEqual(log.add(7, raw("two")), { ...raw("two"), cursor: 2, run: 7, time: 1234 });
  assert.equal(log.newest.value, 2);
});

test("an empty log is an empty page", () => {
  assert.deepEqual(new RecentLog(0).after(0, 10), { entries: [], cursor: 0, dropped: 0 });
});

test("a page is the newest of what came after its cursor, and says what it left out", () => {
  const log = logOf(5);
  assert.deepEqual(messages(log.after(0, 10)), ["1", "2", "3", "4", "5"]);
  const page = log.after(1, 2);
  assert.deepEqual(messages(page), ["4", "5"]);
  assert.equal(page.dropped, 2);
  assert.equal(page.cursor, 5);
});

test("going on from a page's cursor gives what came since, once", () => {
  const log = logOf(3);
  const { cursor } = log.after(0, 10);
  assert.deepEqual(log.after(cursor, 10), { entries: [], cursor: 3, dropped: 0 });
  log.add(1, raw("4"));
  assert.deepEqual(messages(log.after(cursor, 10)), ["4"]);
});

test("the oldest pages, one after the other, are the whole log", () => {
  const log = logOf(7);
  const pages = [];
  let cursor = 0;
  do {
    const page = log.oldestAfter(cursor, 3);
    pages.push(messages(page));
    assert.equal(page.dropped, 0);
    cursor = page.cursor;
  } while (cursor < log.newest.value);
  assert.deepEqual(pages, [["1", "2", "3"], ["4", "5", "6"], ["7"]]);
});

test("an oldest page of what is wanted skips what is not, to the end where nothing is left over", () => {
  const log = new RecentLog(0);
  for (let number = 1; number <= 10; number += 1) log.add(number <= 5 ? 1 : 2, raw(`${number}`));
  const first = log.oldestAfter(0, 2, ({ run }) => run === 1);
  assert.deepEqual([messages(first), first.cursor], [["1", "2"], 2]);
  const rest = log.oldestAfter(first.cursor, 3, ({ run }) => run === 1);
  assert.deepEqual([messages(rest), rest.cursor], [["3", "4", "5"], 10]);
  assert.deepEqual(log.oldestAfter(10, 3), { entries: [], cursor: 10, dropped: 0 });
});

test("an oldest page begins with what is still kept", () => {
  const page = logOf(10_002).oldestAfter(0, 1);
  assert.deepEqual([messages(page), page.cursor, page.dropped], [["3"], 3, 2]);
});

test("entries that are not wanted count neither against the limit nor as dropped", () => {
  const log = new RecentLog(0);
  for (let number = 0; number < 10; number += 1)
    log.add(1, raw(`${number}`, number % 2 === 0 ? "INFO" : "ERROR"));
  const page = log.after(0, 3, ({ severity }) => severity === "ERROR");
  assert.deepEqual(messages(page), ["5", "7", "9"]);
  assert.equal(page.dropped, 2);
});

test("10,000 entries are kept, and a page says how many are gone", () => {
  const log = logOf(35_000);
  const page = log.after(0, 20_000);
  assert.equal(page.entries.length, 10_000);
  assert.equal(page.entries[0]?.message, "25001");
  assert.equal(page.entries.at(-1)?.message, "35000");
  assert.equal(page.dropped, 25_000);
  const later = log.after(24_000, 20_000);
  assert.equal(later.dropped, 1000);
  assert.deepEqual(messages(log.after(34_999, 5)), ["35000"]);
});

test("each entry that is kept is at its cursor, at every point of the cutting off", () => {
  const log = new RecentLog(0);
  for (let number = 1; number <= 25_000; number += 1) {
    log.add(1, raw(`${number}`));
    if (number % 997 !== 0) continue;
    const { entries } = log.after(0, 20_000);
    assert.equal(entries.length, Math.min(number, 10_000));
    assert.ok(entries.every((entry) => entry.message === `${entry.cursor}`));
  }
});

test("8 MiB of messages are kept", () => {
  const log = new RecentLog(0);
  const message = "x".repeat(8192);
  for (let count = 0; count < 3000; count += 1) log.add(1, raw(message));
  const { entries, dropped } = log.after(0, 10_000);
  // Each counts 200 characters for what it has beside its message.
  const most = Math.floor((8 * 1024 * 1024) / (8192 + 200));
  assert.equal(entries.length, most);
  assert.equal(dropped, 3000 - most);
});

test("a tail is the last entries of one run", () => {
  const log = logOf(60);
  log.add(2, raw("of another run"));
  const tail = log.tail(1);
  assert.equal(tail.length, 50);
  assert.equal(tail[0]?.message, "11");
  assert.deepEqual(
    log.tail(1, 2).map(({ message }) => message),
    ["59", "60"],
  );
  assert.deepEqual(log.tail(3), []);
});

test("a cursor of an earlier server stands for the beginning", () => {
  const log = new RecentLog(1000);
  for (let number = 1; number <= 50; number += 1) log.add(1, raw(`${number}`));
  for (const earlier of [0, 4, 1000, 5000]) {
    const { entries, cursor, dropped } = log.after(earlier, 100);
    assert.deepEqual([entries.length, cursor, dropped], [50, 1050, 0], `${earlier}`);
  }
  assert.equal(log.after(1004, 100).entries.length, 46);
});

test("what is dropped counts only what this log no longer keeps", () => {
  const log = new RecentLog(1000);
  for (let number = 1; number <= 10_007; number += 1) log.add(1, raw(`${number}`));
  assert.equal(log.after(4, 20_000).dropped, 7);
});

test("a log of a later moment goes on after one of an earlier, and its cursors are exact", (t) => {
  t.mock.timers.enable({ apis: ["Date"], now: Date.UTC(2100, 0) });
  const before = new RecentLog();
  for (let number = 1; number <= 500; number += 1) before.add(1, raw(`${number}`));
  t.mock.timers.tick(1);
  const { cursor } = new RecentLog().add(1, raw("1"));
  assert.ok(cursor > before.newest.value);
  assert.ok(Number.isSafeInteger(cursor));
});
