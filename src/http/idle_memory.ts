/**
 * Gives memory back when no requests come: V8 collects what a burst of calls, or the start, has left only
 * when it needs the room, and a server mostly waits.
 */
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

/**
 * In ms after the last request. A pause within a burst is no idleness: for the heap to grow again costs a
 * third more processor time for some seconds.
 */
const idleAfter = 15_000;

type Collect = (options: { type: "major"; execution: "sync"; flavor: "last-resort" }) => void;

/** @returns what is to be called at each request */
export function collectWhenIdle(): () => void {
  setFlagsFromString("--expose-gc");
  const collect = runInNewContext("gc") as Collect;
  const timer = setTimeout(
    () => collect({ type: "major", execution: "sync", flavor: "last-resort" }),
    idleAfter,
  ).unref();
  return () => void timer.refresh();
}
