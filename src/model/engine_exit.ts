/** How the engine ends. */

/** How a run of the engine ended. Exactly one of `code` and `signal` is set. */
export interface EngineExit {
  readonly run: number;
  readonly code?: number;
  readonly signal?: string;
  /** A Stop or Restart wanted it to end. */
  readonly asked: boolean;
  /** This server has killed it, because it did not answer. */
  readonly killed?: true;
  /** The scene that was in place, or on its way, when it ended; absent where there was none. */
  readonly scene?: string | undefined;
  /** The scene before it, where that one was still on its way. */
  readonly sceneBefore?: string | undefined;
  /** The code (errno.h) of why no process came to be, where that was something that the machine may have again soon. */
  readonly starved?: string;
  /** Milliseconds since the epoch. */
  readonly time: number;
  readonly message: string;
}

/** How a process ended; whether that was wanted, others know. */
export type ProcessExit = Omit<EngineExit, "run" | "asked" | "killed" | "scene">;
