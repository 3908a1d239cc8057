/** What a listener throws is reported, and ends neither what it listens to nor the process. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { execa } from "execa";

const listeners = [
  "a feed's follower",
  "a timer",
  "an addon link's onView",
  "an addon link's onLost",
  "an addon link's onProgress",
  "a plain link's onView",
  "a plain link's onLost",
  "a process's onEntry",
  "a process's onAnnouncement",
  "a host's report",
  "a process's onExit",
];
const script = join(import.meta.dirname, "../../support/throwing_listeners.ts");

test("the server survives a listener that throws", async (context) => {
  const { stdout, stderr, exitCode } = await execa(process.execPath, [script], { reject: false });
  const told = stdout.split(/^(?=.* throws$)/m);
  const names = told.map((text) => text.slice(0, text.indexOf(" throws")));
  assert.deepEqual(names, listeners);
  assert.deepEqual([exitCode, stderr], [0, ""]);
  for (const [index, text] of told.entries())
    await context.test(`that is ${names[index]}`, () => {
      assert.ok(text.includes(`\nreported: the fault of ${names[index]}\n`));
      assert.match(text, /^it goes on$/m);
    });
});
