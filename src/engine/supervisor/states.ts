/**
 * The engine's life cycle as data: its states, what happens to it, and what is then to be done. State names follow
 * supervisord's subprocess states.
 */
import type { ControlError } from "../../model/control_error.ts";
import type { EngineExit } from "../../model/engine_exit.ts";

/** Why the engine is left alone. */
export type Failure =
  | { readonly kind: "unprepared"; readonly error: ControlError }
  | { readonly kind: "crash loop"; readonly lastExit: EngineExit };

export type State =
  | { readonly kind: "stopped" }
  /** The engine is being found or installed, the project checked and imported: no process yet. */
  | { readonly kind: "preparing" }
  | { readonly kind: "starting"; readonly pid: number }
  | { readonly kind: "running"; readonly pid: number; readonly port: number }
  | { readonly kind: "stopping"; readonly pid: number; readonly thenStart: boolean }
  | { readonly kind: "backoff"; readonly delay: number }
  | { readonly kind: "failed"; readonly cause: Failure };

export interface Model {
  readonly state: State;
  /** The number of the newest run; an event of another run is stale. */
  readonly run: number;
  /** The recent runs that ended unasked. */
  readonly exits: readonly UnaskedExit[];
  /** How many restarts in a row have not led to a healthy stretch. */
  readonly attempt: number;
  readonly restarts: number;
  /** The last run's end, unasked or not. */
  readonly lastExit: EngineExit | undefined;
}

export interface UnaskedExit {
  /** Monotonic, in ms. */
  readonly at: number;
  /** The scene that was in place or on its way; undefined where there was none. */
  readonly scene: string | undefined;
  /** The one before it, where `scene` was still on its way: either may be the cause. */
  readonly before?: string | undefined;
}

export type Timer = "start" | "stop" | "terminate" | "backoff" | "healthy";

export type Event =
  /** `otherScene`: for a scene that `isOtherScene` of the ones that ended the engine; the series of exits goes on. */
  | { readonly kind: "start"; readonly otherScene?: boolean }
  /** `timeout`, in ms, is used instead of the policy's. */
  | { readonly kind: "stop"; readonly timeout?: number }
  | { readonly kind: "restart" }
  | { readonly kind: "prepared"; readonly run: number }
  | { readonly kind: "unprepared"; readonly run: number; readonly error: ControlError }
  | { readonly kind: "spawned"; readonly run: number; readonly pid: number }
  | { readonly kind: "ready"; readonly run: number; readonly port: number }
  | { readonly kind: "hung"; readonly run: number }
  | { readonly kind: "exited"; readonly run: number; readonly exit: EngineExit; readonly at: number }
  /** This scene was proved by a later run: of an exit with two possible causes, it was not the one. */
  | { readonly kind: "proved"; readonly scene: string }
  | { readonly kind: "timer"; readonly run: number; readonly timer: Timer };

export type Effect =
  | { readonly kind: "prepare" }
  | { readonly kind: "cancelPrepare" }
  | { readonly kind: "spawn" }
  | { readonly kind: "quit" }
  | { readonly kind: "signal"; readonly signal: "SIGTERM" | "SIGKILL" }
  | { readonly kind: "arm"; readonly timer: Timer; readonly ms: number };

/** Times are milliseconds. */
export interface Policy {
  readonly restart: boolean;
  readonly startTimeout: number;
  readonly stopTimeout: number;
}

export const initial: Model = {
  state: { kind: "stopped" },
  run: 0,
  exits: [],
  attempt: 0,
  restarts: 0,
  lastExit: undefined,
};
