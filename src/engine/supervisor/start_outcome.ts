/** What an engine is started with, and what a caller that waits for it is told of how that came out. */
import type { Feed } from "../../async/feed.ts";
import { crashLoop, engineExited, stoppedMeanwhile } from "../../errors/engine.ts";
import { ControlError } from "../../model/control_error.ts";
import type { EngineExit } from "../../model/engine_exit.ts";
import type { RecentLog } from "../process/recent_log.ts";
import { outcome } from "./lifecycle.ts";
import type { Snapshot } from "./snapshot.ts";
import type { Failure } from "./states.ts";

export interface StartOptions {
  readonly signal: AbortSignal;
  /** Milliseconds for the whole call; undefined: as long as preparing takes, then `--start-timeout`. */
  readonly timeout?: number | undefined;
  /** The scene to boot into, instead of the one that was last proved. */
  readonly scene?: string | undefined;
}

/**
 * The snapshot, once the awaited run, or a later one, is ready; undefined while that is not known.
 * @throws the cause of a failed start, `engineExited` or `stoppedMeanwhile`
 */
export function whenReady(snapshot: Snapshot, awaited: number, log: RecentLog): Snapshot | undefined {
  const found = outcome(snapshot.model, awaited);
  switch (found?.kind) {
    case undefined:
      return undefined;
    case "ready":
      return snapshot;
    case "failed":
      throw failureOf(found.cause, log);
    case "exited":
      throw engineExited(found.exit, log.tail(found.exit.run));
    case "stopped":
      throw stoppedMeanwhile();
  }
}

/** The error that a state of `failed` means. */
export const failureOf = (cause: Failure, log: RecentLog): ControlError =>
  cause.kind === "crash loop" ? crashLoop(cause.lastExit, log.tail(cause.lastExit.run)) : cause.error;

/** Whether the engine ended because of a scene other than this one. */
export function isDueToAnother(error: unknown, scene: string): boolean {
  const cause = error instanceof ControlError ? error.exit?.scene : undefined;
  return cause !== undefined && cause !== scene;
}

/** How a run ended; rejects with the signal's reason where that comes first. */
export const exitOf = (feed: Feed<Snapshot>, run: number, signal: AbortSignal): Promise<EngineExit> =>
  feed.until(({ model: { lastExit } }) => (lastExit && lastExit.run >= run ? lastExit : undefined), signal);
