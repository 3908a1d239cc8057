import assert from "node:assert/strict";
import { userInfo } from "node:os";
import { it } from "node:test";
import { spawnEngine } from "../../../../src/engine/process/process.ts";
import type { ProcessExit } from "../../../../src/model/engine_exit.ts";
import { descriptorTaker } from "../../../support/descriptors.ts";
import { gone, openDescriptors } from "../../../support/process_figures.ts";

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

/** The entries and the end of a shell that does this, and its descriptors afterwards. */
async function ran(script: string): Promise<{ messages: string[]; exit: ProcessExit }> {
  const messages: string[] = [];
  const exit = await new Promise<ProcessExit>((resolve) => {
    const options = { cwd: "/", config: "", source: "ENGINE" } as const;
    spawnEngine("/bin/sh", ["-c", script], options, {
      onEntry: ({ message }) => messages.push(message),
      onAnnouncement() {},
      onExit: resolve,
    });
  });
  return { messages, exit };
}

it("has a HOME, though the server has none", { skip: process.platform === "win32" }, async (context) => {
  const { HOME } = process.env;
  delete process.env.HOME;
  context.after(() => {
    if (HOME !== undefined) process.env.HOME = HOME;
  });
  assert.deepEqual((await ran('echo "$HOME"')).messages, [userInfo().homedir]);
});

for (const [what, start] of [
  ["in its group", "sleep 1000 & echo $!"],
  ["in a session of its own", "setsid sleep 1000 & echo $!"],
] as const) {
  it(`leaves no child behind ${what}`, { skip: process.platform !== "linux" }, async () => {
    const { messages, exit } = await ran(`${start}; exit 3`);
    assert.equal(exit.code, 3);
    await gone(Number(messages[0]));
  });
}

it("costs no descriptors, though a child with an environment of its own holds its pipes", {
  skip: process.platform !== "linux",
}, async (context) => {
  await ran("true");
  const before = await openDescriptors(process.pid);
  const { messages } = await ran("env -i setsid sleep 1000 & echo $!; exit 0");
  const child = Number(messages[0]);
  context.after(() => process.kill(child, "SIGKILL"));
  assert.equal(process.kill(child, 0), true);
  assert.equal(await openDescriptors(process.pid), before);
});
