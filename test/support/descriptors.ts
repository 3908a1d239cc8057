/** A process of a test that has used up what it may open. */
import assert from "node:assert/strict";
import { closeSync, openSync } from "node:fs";
import { execa } from "execa";

/** What takes every descriptor that is left, and returns what gives them back; undefined where no limit can be set. */
export async function descriptorTaker(): Promise<(() => () => void) | undefined> {
  const prlimit = await execa("prlimit", [`--pid=${process.pid}`, "--nofile=100:"], { reject: false });
  if (prlimit.exitCode !== 0) return undefined;
  return () => {
    const held: number[] = [];
    assert.throws(() => {
      for (;;) held.push(openSync("/dev/null", "r"));
    }, /EMFILE/);
    return () => {
      for (const descriptor of held) closeSync(descriptor);
    };
  };
}
