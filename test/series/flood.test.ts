/** A game that prints for half a minute as fast as a disk is written. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { untilLogged } from "../support/expect.ts";
import { residentMemory } from "../support/process_figures.ts";
import { serverOf } from "../support/scripted_server.ts";
import { series } from "../support/series.ts";

const mb = 1_000_000;

test("a flood of output, 7 MB a second, leaves the server answering, in bounded memory", async (context) => {
  const lines = series({ short: 30_000, whole: 210_000 });
  // 7 MB a second at Godot's 145 frames a second: 48 lines of 1 KB a frame.
  const test = await serverOf(
    context,
    `var _line: String = "x".repeat(1023)\nvar _left: int = ${lines}\n\nfunc _process(_delta: float) -> void:\n\tfor line: int in mini(48, _left):\n\t\tprint(_line)\n\t_left -= 48\n\tif _left <= 0:\n\t\tprint("the flood is over")\n\t\tset_process(false)\n`,
  );
  const before = await residentMemory(test.pid);
  let highest = 0;
  let slowest = 0;
  const over = new AbortController();
  const asking = (async () => {
    while (!over.signal.aborted) {
      const began = performance.now();
      const { health } = await test.godot.getHealth({});
      assert.equal(health?.process?.run, 1n);
      slowest = Math.max(slowest, performance.now() - began);
      highest = Math.max(highest, await residentMemory(test.pid));
    }
  })();
  await untilLogged(test, (message) => message === "the flood is over");
  over.abort();
  await asking;
  context.diagnostic(
    `${lines / 1000} MB of output: ${((highest - before) / mb).toFixed(0)} MB more at most, GetHealth ${slowest.toFixed(0)} ms at most`,
  );
  assert.ok(highest - before < 300 * mb, `${(highest - before) / mb} MB more`);
  const { entries } = await test.godot.listLogs({});
  assert.equal(entries.at(-1)?.message, "the flood is over");
});
