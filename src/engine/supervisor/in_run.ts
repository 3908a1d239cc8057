/** Work inside one run of the engine. */
import { within } from "../../async/deadline.ts";
import { engineExited } from "../../errors/engine.ts";
import { ControlError } from "../../model/control_error.ts";
import { exitOf } from "./start_outcome.ts";
import type { Supervisor } from "./supervisor.ts";

const isOver = new Error("The work is over.");
const logTail = 50;
/** Milliseconds from a connection that breaks until the engine is seen to end. */
const endTime = 1_000;

/**
 * What `work` gives. Where the engine ends meanwhile, how it ended is thrown instead.
 * @param hangTimeout how long one that has said goodbye may take to end, in ms
 * @param work gets a signal that is aborted when the run, or the work itself, is over
 */
export async function inRun<T>(
  supervisor: Supervisor,
  run: number,
  hangTimeout: number,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const over = new AbortController();
  const { feed, log } = supervisor;
  const since = log.newest.value;
  const ended = exitOf(feed, run, over.signal).then((exit) =>
    Promise.reject(engineExited(exit, log.after(since, logTail).entries)),
  );
  /** A connection that breaks is the first sign of an engine that ends: its end says why. */
  const explain = async (error: unknown): Promise<never> => {
    if (!(error instanceof ControlError) || error.reason !== "ENGINE_UNRESPONSIVE") throw error;
    await within(ended, endTime);
    // One that has said goodbye takes its time, until it counts as hung; so does what it has left behind.
    if (supervisor.isLeaving) await within(ended, hangTimeout);
    throw error;
  };
  try {
    return await Promise.race([ended, work(over.signal).catch(explain)]);
  } finally {
    over.abort(isOver);
    ended.catch(() => {});
  }
}
