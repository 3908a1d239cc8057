/**
 * What the server asks of a Godot, whoever started it and whatever its HTTP side is. Two implementations:
 * addon_link.ts (our addon: events, proofs) and plain_link.ts (a godottpd, which can only be asked).
 */
import type { LogEntry } from "../errors.ts";

/** The scene that runs, as the engine itself reports it. */
export interface SceneInfo {
  readonly path: string;
  readonly name: string;
  readonly uid?: string;
  readonly rootName: string;
  readonly rootType: string;
  readonly nodeCount: number;
  /** Counts the scenes of a run; 0 where the engine does not say. */
  readonly generation: number;
  /** Milliseconds; absent where the engine does not say. */
  readonly loadTime?: number;
}

export interface Player {
  readonly exists: boolean;
  readonly nodePath?: string;
}

/** What is known of the inside of a running engine. */
export interface View {
  readonly reachable: boolean;
  /** The first frame is behind it. */
  readonly ready: boolean;
  readonly scene: SceneInfo | undefined;
  readonly player: Player;
  readonly bootErrors: readonly LogEntry[];
  /** For how many whole seconds the main loop has stood still. */
  readonly stuckSeconds: number;
  readonly pid: number | undefined;
}

export const unreachable: View = {
  reachable: false,
  ready: false,
  scene: undefined,
  player: { exists: false },
  bootErrors: [],
  stuckSeconds: 0,
  pid: undefined,
};

export interface Progress {
  readonly stage: "loading" | "verifying";
  readonly percent: number;
}

/** How a load ended inside the engine. */
export type LoadOutcome =
  | { readonly kind: "loaded"; readonly scene: SceneInfo | undefined; readonly issues: readonly LogEntry[] }
  | { readonly kind: "not found" }
  | { readonly kind: "failed"; readonly issues: readonly LogEntry[] };

export interface Link {
  readonly port: number;
  /**
   * Loads a scene and waits until it is proved.
   * @throws whatever `signal` is aborted with, or `engineUnresponsive`
   */
  load(path: string, signal: AbortSignal, onProgress?: (progress: Progress) => void): Promise<LoadOutcome>;
  /** Asks the project to end by itself; does not wait for the end. */
  quit(): void;
  /** The headers that the engine wants to see on a request that is passed on to it. */
  readonly headers: Readonly<Record<string, string>>;
  close(): void;
}
