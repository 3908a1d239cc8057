/** What a listener throws is reported, and ends neither what it listens to nor the process. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { execa } from "execa";

const script = join(import.meta.dirname, "../../support/throwing_listeners.ts");

for (const listener of [
  "a feed's follower",
  "a timer",
  "an addon link's onView",
  "an addon link's onLost",
  "an addon link's onProgress",
  "a plain link's onView",
  "a plain link's onLost",
  "a process's onEntry",
  "a process's onAnnouncement",
  "a process's onExit",
  "a host's report",
])
  test(`the server survives ${listener} that throws`, async () => {
    const { stdout, stderr, exitCode } = await execa(process.execPath, [script, listener], { reject: false });
    assert.deepEqual([exitCode, stderr], [0, ""]);
    assert.match(stdout, /^reported: a listener's fault$/m);
    assert.match(stdout, /^it goes on$/m);
  });
