import assert from "node:assert/strict";
import { getEventListeners } from "node:events";
import { test } from "node:test";
import { DerivedFeed, Feed } from "../../../src/async/feed.ts";

const never = () => new AbortController().signal;

test("a watcher gets the present value first, then each change", async () => {
  const feed = new Feed("a");
  const watch = feed.watch(never());
  assert.equal((await watch.next()).value, "a");
  const second = watch.next();
  feed.set("b");
  assert.equal((await second).value, "b");
});

test("a slow reader skips to the latest value", async () => {
  const feed = new Feed(0);
  const watch = feed.watch(never());
  await watch.next();
  for (let value = 1; value <= 1000; value += 1) feed.set(value);
  assert.equal((await watch.next()).value, 1000);
  const following = watch.next();
  feed.set(1001);
  assert.equal((await following).value, 1001);
});

test("every watcher is woken by one change", async () => {
  const feed = new Feed(0);
  const watches = Array.from({ length: 100 }, () => feed.watch(never()));
  await Promise.all(watches.map((watch) => watch.next()));
  const all = Promise.all(watches.map((watch) => watch.next()));
  feed.set(1);
  assert.deepEqual(new Set((await all).map(({ value }) => value)), new Set([1]));
});

test("until is met by the present value", async () => {
  const feed = new Feed(3);
  assert.equal(await feed.until((value) => (value > 2 ? `got ${value}` : undefined), never()), "got 3");
});

test("until is met by a later value", async () => {
  const feed = new Feed(0);
  const met = feed.until((value) => (value > 2 ? value : undefined), never());
  for (const value of [1, 2]) {
    feed.set(value);
    await Promise.resolve();
  }
  feed.set(3);
  assert.equal(await met, 3);
});

test("until counts null, 0 and false as found", async () => {
  for (const found of [null, 0, false, ""])
    assert.equal(await new Feed(1).until(() => found, never()), found);
});

test("what until's test throws comes out of it", async () => {
  const feed = new Feed(0);
  const met = feed.until((value) => {
    if (value === 1) throw new Error("enough");
    return undefined;
  }, never());
  feed.set(1);
  await assert.rejects(met, /enough/);
});

test("an abort ends a wait with its reason", async () => {
  const feed = new Feed(0);
  const reason = new Error("the client left");
  const controller = new AbortController();
  const watch = feed.watch(controller.signal);
  await watch.next();
  const waits = [watch.next(), feed.until(() => undefined, controller.signal)];
  controller.abort(reason);
  for (const wait of waits) await assert.rejects(wait, (error) => error === reason);
});

test("a signal that is aborted already ends a wait at once, with its reason", async () => {
  const feed = new Feed(0);
  const reason = new Error("too late");
  const signal = AbortSignal.abort(reason);
  await assert.rejects(feed.watch(signal).next(), (error) => error === reason);
  await assert.rejects(
    feed.until(() => undefined, signal),
    (error) => error === reason,
  );
});

test("a thousand waits leave no listener behind, whether they are met or aborted", async () => {
  const feed = new Feed(0);
  const controller = new AbortController();
  const { signal } = controller;
  for (let value = 1; value <= 1000; value += 1) {
    const met = feed.until((now) => (now === value ? true : undefined), signal);
    assert.equal(getEventListeners(signal, "abort").length, 1);
    feed.set(value);
    await met;
  }
  assert.equal(getEventListeners(signal, "abort").length, 0);
  for (let count = 0; count < 1000; count += 1) {
    const own = new AbortController();
    const wait = feed.until(() => undefined, own.signal);
    own.abort(new Error("left"));
    await assert.rejects(wait);
    assert.equal(getEventListeners(own.signal, "abort").length, 0);
  }
});

test("a follower has been called when set returns, for each value, also for an equal one", () => {
  const feed = new Feed(0);
  const heard: number[] = [];
  feed.follow((value) => heard.push(value));
  assert.deepEqual(heard, []);
  feed.set(1);
  assert.deepEqual(heard, [1]);
  feed.set(1);
  feed.set(2);
  assert.deepEqual(heard, [1, 1, 2]);
});

test("a follower sees the new value in the feed", () => {
  const feed = new Feed(0);
  let seen = -1;
  feed.follow(() => {
    seen = feed.value;
  });
  feed.set(5);
  assert.equal(seen, 5);
});

/** A derived feed of the source's double, and how often it was computed. */
function doubled() {
  const source = new Feed(1);
  let computed = 0;
  const feed = new DerivedFeed(source, 2, (value: number, before: number) => {
    computed += 1;
    return value * 2 === before ? before : value * 2;
  });
  return { source, feed, count: () => computed };
}

test("a derived value is not computed before somebody asks for it, and then once", () => {
  const { source, feed, count } = doubled();
  source.set(2);
  source.set(3);
  assert.equal(count(), 0);
  assert.deepEqual([feed.value, feed.value], [6, 6]);
  assert.equal(count(), 1);
});

test("a derived value is computed once a change, however many watch it", async () => {
  const { source, feed, count } = doubled();
  const watches = Array.from({ length: 100 }, () => feed.watch(never()));
  await Promise.all(watches.map((watch) => watch.next()));
  const all = Promise.all(watches.map((watch) => watch.next()));
  source.set(4);
  assert.deepEqual(new Set((await all).map(({ value }) => value)), new Set([8]));
  assert.equal(count(), 1);
});

test("a change that makes no difference to the derived value wakes nobody", async () => {
  const source = new Feed({ shown: 1, hidden: 1 });
  const feed = new DerivedFeed(source, 1, ({ shown }) => shown);
  const watch = feed.watch(never());
  await watch.next();
  const second = watch.next();
  source.set({ shown: 1, hidden: 2 });
  source.set({ shown: 2, hidden: 2 });
  assert.equal((await second).value, 2);
});

test("a derived feed's watcher leaves with its signal, and is not kept", async () => {
  const { source, feed, count } = doubled();
  const controller = new AbortController();
  const watch = feed.watch(controller.signal);
  await watch.next();
  const waiting = watch.next();
  controller.abort(new Error("left"));
  await assert.rejects(waiting, /left/);
  source.set(5);
  assert.equal(count(), 0, "Nobody waits any more.");
});

test("those who watch a derived value that cannot be computed get the reason, and the source goes on", async () => {
  const source = new Feed(1);
  const feed = new DerivedFeed(source, 1, (value: number) => {
    if (value === 2) throw new Error("no 2");
    return value;
  });
  const watches = [feed.watch(never()), feed.watch(never())];
  await Promise.all(watches.map((watch) => watch.next()));
  const refused = watches.map((watch) => assert.rejects(watch.next(), /no 2/));
  source.set(2);
  await Promise.all(refused);
  assert.throws(() => feed.value, /no 2/);
  source.set(3);
  assert.equal(feed.value, 3);
});
