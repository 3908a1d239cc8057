import assert from "node:assert/strict";
import { existsSync, writeFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { PassThrough, type Readable } from "node:stream";
import { test } from "node:test";
import { setImmediate as nextTurn } from "node:timers/promises";
import { execa } from "execa";
import { readOutput } from "../../../../src/engine/process/output.ts";
import { temporaryFolder } from "../../../support/project.ts";

/** What was read, each entry with the file that raised it. */
function reading(stdout: Readable, stderr: Readable) {
  const entries: [message: string, file: string | undefined][] = [];
  let told = () => {};
  const output = readOutput({ stdout, stderr }, "ENGINE", {
    onEntry({ message, file }) {
      entries.push([message, file]);
      told();
    },
    onAnnouncement() {},
  });
  const next = () =>
    new Promise<void>((resolve) => {
      told = resolve;
    });
  return { output, entries, next };
}

test("what is printed after an error comes after it, and the error is whole", async () => {
  const [stdout, stderr] = [new PassThrough(), new PassThrough()];
  const { entries } = reading(stdout, stderr);
  stdout.write("before\n");
  await nextTurn();
  // All this is there when the server comes to read it.
  stderr.write("ERROR: failed\n");
  stdout.write("after\n");
  stderr.write("   at: f (a.cpp:1)\n");
  stdout.write("and more\n");
  await nextTurn();
  await nextTurn();
  assert.deepEqual(entries, [
    ["before", undefined],
    ["failed", "a.cpp"],
    ["after", undefined],
    ["and more", undefined],
  ]);
});

test("an error after which nothing comes is given out too", async () => {
  const [stdout, stderr] = [new PassThrough(), new PassThrough()];
  const { entries, next } = reading(stdout, stderr);
  stderr.write("ERROR: failed\n");
  await next();
  assert.deepEqual(entries, [["failed", undefined]]);
});

test("what is left at the end is given out, in its order", async () => {
  const [stdout, stderr] = [new PassThrough(), new PassThrough()];
  const { output, entries } = reading(stdout, stderr);
  stderr.write("ERROR: failed\n");
  stderr.write("   at: f (a.cpp:1)");
  stdout.write("a line without an end");
  await Promise.resolve();
  await new Promise(process.nextTick);
  output.end();
  await output.done;
  assert.deepEqual(entries, [
    ["failed", "a.cpp"],
    ["a line without an end", undefined],
  ]);
});

test("an error is whole though the server is busy when the rest of it comes", async (context) => {
  const folder = await temporaryFolder(context);
  const [begun, go, written] = ["begun", "go", "written"].map((name) => join(folder, name)) as [
    string,
    string,
    string,
  ];
  await execa("mkfifo", [begun, go]);
  const script = `echo "USER WARNING: careful" >&2; echo > "$0"; cat "$1"; echo "   at: push_warning (a.cpp:1)" >&2; touch "$2"`;
  const shell = execa("/bin/sh", ["-c", script, begun, go, written], { buffer: false, reject: false });
  context.after(() => shell.kill("SIGKILL"));
  const { entries, next } = reading(shell.stdout, shell.stderr);
  await readFile(begun);
  await nextTurn(); // The first line is read, and then nothing for longer than a line is waited for.
  writeFileSync(go, "");
  while (!existsSync(written));
  const until = performance.now() + 150;
  while (performance.now() < until);
  await next();
  assert.deepEqual(entries, [["careful", "a.cpp"]]);
});
