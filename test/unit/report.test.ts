import assert from "node:assert/strict";
import { test } from "node:test";
import { createReport } from "../../src/report.ts";

/** What is written in this format. */
function reporting(format: "text" | "json") {
  const lines: string[] = [];
  return { lines, report: createReport(format, (line) => lines.push(line)) };
}

test("as JSON, every message is one object on one line, control characters escaped", (t) => {
  t.mock.timers.enable({ apis: ["Date"], now: 0 });
  const { lines, report } = reporting("json");
  report.info('two\nlines, a "quote" and \x1b[31mred');
  report.error("It broke");
  assert.deepEqual(lines, [
    '{"time":"1970-01-01T00:00:00.000Z","severity":"INFO","message":"two\\nlines, a \\"quote\\" and \\u001b[31mred"}\n',
    '{"time":"1970-01-01T00:00:00.000Z","severity":"ERROR","message":"It broke"}\n',
  ]);
});

test("as JSON, a cause is in the same line, with its stack", () => {
  const { lines, report } = reporting("json");
  const cause = new Error("the cause");
  report.error("It broke", cause);
  report.error("It broke", "a word");
  assert.equal(lines.length, 2);
  assert.deepEqual(
    lines.map((line) => JSON.parse(line).detail),
    [cause.stack, "a word"],
  );
});

test("as text, a line has the time, and an error says that it is one", () => {
  const { lines, report } = reporting("text");
  report.info("Hello");
  report.error("It broke", "a word");
  assert.match(lines[0] ?? "", /^\d\d:\d\d:\d\d {2}Hello\n$/);
  assert.match(lines[1] ?? "", /^\d\d:\d\d:\d\d {2}Error: It broke\n {2}a word\n$/);
});

test("as text, control characters are shown, and no line but the first looks like one of its own", () => {
  const { lines, report } = reporting("text");
  report.info("\x1b[2J\x07 red \x9b1m\r\n12:00:00  All is well");
  assert.match(lines[0] ?? "", /^.{8} {2}\\x1b\[2J\\x07 red \\x9b1m\\x0d\n {2}12:00:00 {2}All is well\n$/);
});
