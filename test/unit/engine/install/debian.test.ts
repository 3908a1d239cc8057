import assert from "node:assert/strict";
import { test } from "node:test";
import { fetchProgress } from "../../../../src/engine/install/debian.ts";
import { layoutOf } from "../../../../src/engine/install/relocate.ts";

test("what apt-get prints becomes lines for a person", () => {
  const lines: string[] = [];
  const onLine = fetchProgress("1:4.6.3+ds-2", (line) => lines.push(line));
  for (const line of [
    "Reading package lists...",
    "0 upgraded, 122 newly installed, 0 to remove and 0 not upgraded.",
    "Need to get 157 MB of archives.",
    "Get:1 http://a.example.org/debian forky/main amd64 libc6 amd64 2.42-1 [1,800 kB]",
    "Fetched 157 MB in 2s (78.5 MB/s)",
  ])
    onLine(line);
  assert.deepEqual(lines, [
    "Fetching Debian's godot 4.6.3 and 121 packages it needs (157 MB)",
    "Fetching (1/122)",
  ]);
});

test("each architecture has its folder and loader", () => {
  assert.equal(layoutOf("amd64")?.loader, "usr/lib/x86_64-linux-gnu/ld-linux-x86-64.so.2");
  assert.equal(layoutOf("arm64")?.loader, "usr/lib/aarch64-linux-gnu/ld-linux-aarch64.so.1");
  assert.equal(layoutOf("s390x"), undefined);
});
