import assert from "node:assert/strict";
import { it } from "node:test";
import { type ProcessExit, spawnEngine } from "../../../src/engine/process.ts";
import { descriptorTaker } from "../../support/descriptors.ts";

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
  const takeAll = await descriptorTaker();
  if (!takeAll) return context.skip("This machine has no prlimit.");
  const giveBack = takeAll();
  const { time, ...exit } = await exitOf("true", giveBack);
  assert.deepEqual(exit, { code: 127, message: "The engine could not be run (EMFILE)", starved: "EMFILE" });
});
