import { setImmediate as nextTurn } from "node:timers/promises";

/**
 * Lets one caller on in each turn of the event loop, in the order of their calls: what one of them sends is gone, or held
 * against its bounds, before the next one makes anything.
 */
export function turns(): () => Promise<void> {
  let last: Promise<void> = Promise.resolve();
  return () => {
    last = last.then(() => nextTurn());
    return last;
  };
}
