import assert from "node:assert/strict";
import { test } from "node:test";
import { Lines } from "../../../../src/engine/process/lines.ts";

/** The lines of these chunks, the open one at the end included. */
function linesOf(chunks: readonly (Buffer | string)[]): string[] {
  const lines: string[] = [];
  const cutter = new Lines((line) => lines.push(line));
  for (const chunk of chunks) cutter.write(Buffer.from(chunk));
  cutter.end();
  return lines;
}

test("a line ends at its line break, wherever the chunks are cut", () => {
  const text = "one\n\nthree\r\nfour";
  const expected = ["one", "", "three\r", "four"];
  assert.deepEqual(linesOf([text]), expected);
  assert.deepEqual(linesOf([...text]), expected);
});

test("a line is given out as soon as its break is there, and not before", () => {
  const lines: string[] = [];
  const cutter = new Lines((line) => lines.push(line));
  cutter.write(Buffer.from("on"));
  assert.deepEqual(lines, []);
  cutter.write(Buffer.from("e\ntwo"));
  assert.deepEqual(lines, ["one"]);
  cutter.end();
  assert.deepEqual(lines, ["one", "two"]);
  cutter.end();
  assert.deepEqual(lines, ["one", "two"]);
});

test("a character is whole, though its bytes come one by one", () => {
  const text = "für 日本 👾\nnächste";
  const bytes = [...Buffer.from(text)].map((byte) => Buffer.of(byte));
  assert.deepEqual(linesOf(bytes), ["für 日本 👾", "nächste"]);
});

test("bytes that are no UTF-8 are replaced and lose no line", () => {
  assert.deepEqual(linesOf([Buffer.from([0x61, 0xff, 0x0a, 0x62])]), ["a\ufffd", "b"]);
});

test("80 MB without a line break are cut short, and the next line is whole", () => {
  const lines: string[] = [];
  const cutter = new Lines((line) => lines.push(line));
  const chunk = Buffer.alloc(1024 * 1024, "x");
  const before = process.memoryUsage().heapUsed;
  for (let count = 0; count < 80; count += 1) cutter.write(chunk);
  const grown = process.memoryUsage().heapUsed - before;
  cutter.write(Buffer.from("\nnext\n"));
  assert.deepEqual(
    lines.map((line) => line.length),
    [16 * 1024, 4],
  );
  assert.ok(grown < 40 * 1024 * 1024, `the heap grew by ${grown} bytes`);
});

test("a long line that comes at once is cut short too", () => {
  const [long, next] = linesOf([`${"x".repeat(1024 * 1024)}\nnext`]);
  assert.equal(long?.length, 16 * 1024);
  assert.equal(next, "next");
});
