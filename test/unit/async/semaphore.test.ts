import assert from "node:assert/strict";
import { test } from "node:test";
import { Semaphore } from "../../../src/async/semaphore.ts";

const full = new Error("full");
const never = new AbortController().signal;

test("places are given in the order in which they were asked for", async () => {
  const places = new Semaphore(1, 2, () => full);
  const giveBack = await places.take(never);
  const order: number[] = [];
  const turns = [1, 2].map(async (turn) => {
    const done = await places.take(never);
    order.push(turn);
    done();
  });
  giveBack();
  await Promise.all(turns);
  assert.deepEqual(order, [1, 2]);
});

test("a full queue takes no more, and a free place needs no queue", async () => {
  const places = new Semaphore(1, 0, () => full);
  const giveBack = await places.take(never);
  await assert.rejects(places.take(never), full);
  giveBack();
  await places.take(never);
});

test("a caller that leaves the queue frees its place in it", async () => {
  const places = new Semaphore(1, 1, () => full);
  const giveBack = await places.take(never);
  const leaving = new AbortController();
  const left = places.take(leaving.signal);
  leaving.abort(new Error("left"));
  await assert.rejects(left, { message: "left" });
  const next = places.take(never);
  giveBack();
  await next;
});

test("a place that is given to a caller in the moment in which it leaves is not lost", async () => {
  const places = new Semaphore(1, 2, () => full);
  const giveBack = await places.take(never);
  const leaving = new AbortController();
  const left = places.take(leaving.signal);
  const next = places.take(never);
  leaving.abort(new Error("left"));
  giveBack();
  await assert.rejects(left, { message: "left" });
  await next;
});

test("a caller that has left already takes nothing", async () => {
  const places = new Semaphore(1, 0, () => full);
  await assert.rejects(places.take(AbortSignal.abort(new Error("left"))), { message: "left" });
  await places.take(never);
});
