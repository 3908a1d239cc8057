/** What a listener of the port throws is reported, and ends its own connection or call: nothing else. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { execa } from "execa";

const script = join(import.meta.dirname, "../../../support/throwing_port.ts");

for (const listener of [
  "connection",
  "first bytes",
  "request of HTTP/1.1",
  "request of HTTP/2",
  "session",
  "stream",
  "listener of requests, HTTP/1.1",
  "listener of requests, HTTP/2",
  "error of the port",
])
  test(`the port survives a fault: ${listener}`, async () => {
    const { stdout, stderr, exitCode } = await execa(process.execPath, [script, listener], { reject: false });
    assert.deepEqual([exitCode, stderr], [0, ""]);
    assert.equal(stdout, "reported: a listener's fault\nreported: a listener's fault\nit goes on");
  });
