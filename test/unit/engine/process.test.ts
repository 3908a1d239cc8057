import assert from "node:assert/strict";
import { closeSync, openSync } from "node:fs";
import { it } from "node:test";
import { execa } from "execa";
import { type ProcessExit, spawnEngine } from "../../../src/engine/process.ts";

/** The exit that a spawned process is told to have; the first use of `setpriv` is looked for before. */
function exitOf(path: string, during: () => void = () => {}): Promise<ProcessExit> {
  return new Promise((resolve) => {
    const options = { cwd: "/", config: "", source: "ENGINE" } as const;
    spawnEngine(path, [], options, { onEntry() {}, onAnnouncement() {}, onExit: resolve });
    during();
  });
}

it("tells how a process ended", async () => {
  const { time, ...exit } = await exitOf("false");
  assert.deepEqual(exit, { code: 1, message: "The engine exited with code 1" });
});

it("tells of one that no descriptors were left for, that this was why", async (context) => {
  await exitOf("true");
  const prlimit = await execa("prlimit", [`--pid=${process.pid}`, "--nofile=100:"], { reject: false });
  if (prlimit.exitCode !== 0) return context.skip("This machine has no prlimit.");
  const held: number[] = [];
  assert.throws(() => {
    for (;;) held.push(openSync("/dev/null", "r"));
  }, /EMFILE/);
  const { time, ...exit } = await exitOf("true", () => {
    for (const descriptor of held) closeSync(descriptor);
  });
  assert.deepEqual(exit, { code: 127, message: "The engine could not be run (EMFILE)", starved: true });
});
