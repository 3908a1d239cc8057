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

export interface IdleMemory {
  /** To be called at each request. */
  busy(): void;
  end(): void;
}

/** Sets a flag of V8 for the whole process, and is its entry's to begin. */
export function collectWhenIdle(collect: Collect = exposed()): IdleMemory {
  const timer = setTimeout(
    () => collect({ type: "major", execution: "sync", flavor: "last-resort" }),
    idleAfter,
  ).unref();
  return {
    busy: () => void timer.refresh(),
    end: () => clearTimeout(timer),
  };
}

function exposed(): Collect {
  setFlagsFromString("--expose-gc");
  return runInNewContext("gc") as Collect;
}
