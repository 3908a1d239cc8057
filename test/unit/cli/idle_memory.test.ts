import assert from "node:assert/strict";
import { test } from "node:test";
import { collectWhenIdle } from "../../../src/cli/idle_memory.ts";

test("memory is given back after 15 s without a request, and not after the end", (t) => {
  t.mock.timers.enable({ apis: ["setTimeout"] });
  let collected = 0;
  const collect = () => {
    collected += 1;
  };
  collectWhenIdle(collect);
  t.mock.timers.tick(15_000);
  assert.equal(collected, 1);
  collectWhenIdle(collect).end();
  t.mock.timers.tick(15_000);
  assert.equal(collected, 1);
});
