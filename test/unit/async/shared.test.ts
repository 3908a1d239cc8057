import assert from "node:assert/strict";
import { test } from "node:test";
import { shared } from "../../../src/async/shared.ts";

test("those who come while work is done share what begins after it", async () => {
  const begun: PromiseWithResolvers<number>[] = [];
  const work = shared(() => {
    const one = Promise.withResolvers<number>();
    begun.push(one);
    return one.promise;
  });
  const first = work();
  await Promise.resolve();
  const [second, third] = [work(), work()];
  assert.equal(begun.length, 1, "One at a time.");
  begun[0]?.resolve(1);
  assert.equal(await first, 1);
  await new Promise(setImmediate);
  begun[1]?.resolve(2);
  assert.deepEqual(await Promise.all([second, third]), [2, 2]);
  assert.equal(begun.length, 2);
});

test("work that fails fails for those who share it, and for nobody else", async () => {
  let times = 0;
  const work = shared(async () => {
    times += 1;
    if (times === 1) throw new Error("It failed.");
    return times;
  });
  const results = await Promise.allSettled([work(), work()]);
  assert.deepEqual(
    results.map(({ status }) => status),
    ["rejected", "rejected"],
  );
  assert.equal(await work(), 2);
});
