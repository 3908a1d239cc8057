/** What a load of a scene is asked with, tells on its way, and comes to. */
import type { Issues, SceneInfo } from "../link/link.ts";

export interface LoadResult {
  readonly scene: SceneInfo;
  readonly run: number;
  readonly issues: Issues;
  readonly action: "KEPT" | "STARTED" | "RESTARTED";
  readonly actionReason: string;
  readonly imported: boolean;
  /** What changed on disk while it was loaded, for a person; empty where what runs is what is on disk. */
  readonly newerOnDisk: string;
}

export interface LoadProgress {
  readonly stage: "QUEUED" | "STARTING_ENGINE" | "LOADING" | "VERIFYING";
  readonly percent: number;
  readonly message: string;
}

export interface LoadOptions {
  readonly signal: AbortSignal;
  /** Milliseconds for the whole call; undefined: `--load-timeout`, not counting what a start has to prepare. */
  readonly timeout?: number | undefined;
  readonly onProgress?: (progress: LoadProgress) => void;
}

/** One call's load, on its way through the queue. */
export interface Load {
  readonly path: string;
  /** Aborted when the caller leaves or its time is over. */
  readonly signal: AbortSignal;
  readonly onProgress: LoadOptions["onProgress"];
  /** The server's own time limit counts from now on. */
  countFromHere(): void;
}
