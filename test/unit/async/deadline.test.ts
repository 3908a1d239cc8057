import assert from "node:assert/strict";
import { getEventListeners } from "node:events";
import { test } from "node:test";
import { deadline, unlessAborted } from "../../../src/async/deadline.ts";

const late = () => new Error("late");
const never = () => new AbortController().signal;

test("a deadline aborts with its error, when its time has come and not before", (t) => {
  t.mock.timers.enable({ apis: ["setTimeout"] });
  const { signal } = deadline(1000, never(), late);
  t.mock.timers.tick(999);
  assert.equal(signal.aborted, false);
  t.mock.timers.tick(1);
  assert.equal(signal.reason.message, "late");
});

test("the error is made at the deadline: it can tell what was reached", (t) => {
  t.mock.timers.enable({ apis: ["setTimeout"] });
  let reached = "nothing";
  const { signal } = deadline(1000, never(), () => new Error(reached));
  reached = "half";
  t.mock.timers.tick(1000);
  assert.equal(signal.reason.message, "half");
});

test("the signal before it aborts it with its own reason", () => {
  const before = new AbortController();
  const limit = deadline(1000, before.signal, late);
  before.abort(new Error("the client left"));
  assert.equal(limit.signal.reason.message, "the client left");
  limit.clear();
});

test("a cleared deadline never comes", (t) => {
  t.mock.timers.enable({ apis: ["setTimeout"] });
  const limit = deadline(1000, never(), late);
  limit.clear();
  t.mock.timers.tick(5000);
  assert.equal(limit.signal.aborted, false);
});

test("without a limit the signal before it ends it, with its reason", () => {
  const before = new AbortController();
  const reason = new Error("the client left");
  const limit = deadline(undefined, before.signal, late);
  before.abort(reason);
  assert.equal(limit.signal.reason, reason);
});

test("a limit that begins later counts from then, and only once", (t) => {
  t.mock.timers.enable({ apis: ["setTimeout"] });
  const limit = deadline(undefined, never(), late);
  t.mock.timers.tick(5000);
  limit.begin(100);
  limit.begin(10_000);
  t.mock.timers.tick(100);
  assert.equal(limit.signal.aborted, true);
});

test("cleared, it leaves no listener on the signal before it", () => {
  const before = never();
  const limit = deadline(1000, before, late);
  assert.equal(getEventListeners(before, "abort").length, 1);
  limit.clear();
  assert.equal(getEventListeners(before, "abort").length, 0);
});

test("work that is done first gives its value or its error, and leaves no listener", async () => {
  const signal = never();
  assert.equal(await unlessAborted(Promise.resolve(5), signal), 5);
  await assert.rejects(unlessAborted(Promise.reject(new Error("broken")), signal), /broken/);
  assert.equal(getEventListeners(signal, "abort").length, 0);
});

test("an abort comes before work that goes on, whose failure is then nobody's", async () => {
  const controller = new AbortController();
  const { promise, reject } = Promise.withResolvers<void>();
  const result = unlessAborted(promise, controller.signal);
  controller.abort(new Error("enough"));
  await assert.rejects(result, /enough/);
  reject(new Error("unheard"));
  await assert.rejects(promise, /unheard/);
});

test("with a signal that is aborted already, nothing is waited for", async () => {
  await assert.rejects(
    unlessAborted(new Promise(() => {}), AbortSignal.abort(new Error("before"))),
    /before/,
  );
});

test("work that has begun by then, and fails, is nobody's", async () => {
  const work = Promise.reject(new Error("unheard"));
  await assert.rejects(unlessAborted(work, AbortSignal.abort(new Error("before"))), /before/);
  // What nobody hears of would end the process now, and here the test.
  await new Promise(setImmediate);
});
