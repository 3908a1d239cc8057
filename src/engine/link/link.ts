/**
 * What the server asks of a Godot, however it was started and whatever its HTTP side is. Two implementations:
 * addon_link.ts (our addon: events, proofs) and plain_link.ts (a godottpd, which can only be asked).
 */
import type { LogEntry } from "../../model/log_entry.ts";
import type { Variant } from "./variant/variant.ts";

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

/** Errors and warnings, each once with its count, causes first. */
export interface Issues {
  readonly entries: readonly LogEntry[];
  /** How many were raised in all, repeats and those that are not among the entries included. */
  readonly count: number;
}

export const noIssues: Issues = { entries: [], count: 0 };

/** What is known of the inside of a running engine. */
export interface View {
  readonly reachable: boolean;
  /** The first frame is behind it. */
  readonly ready: boolean;
  readonly scene: SceneInfo | undefined;
  /** Whether there was one in this run: where none is now, the game has freed it. */
  readonly hadScene: boolean;
  readonly player: Player;
  /** What was raised until the first scene was in place. */
  readonly bootErrors: Issues;
  /** What of scripts is wrong now: with those of the current scene, and with the autoloads. */
  readonly faults: readonly LogEntry[];
  /** How many faults there are; `faults` may be cut. */
  readonly faultCount: number;
  /** The autoloads that could not be made: their paths, by name. */
  readonly missingAutoloads: Readonly<Record<string, string>>;
  /** The assets that could not be imported, and that the scene needs. */
  readonly unimported: readonly string[];
  /** For how many whole seconds the main loop has stood still. */
  readonly stuckSeconds: number;
  /** Whether it stands still because a scene is being read. */
  readonly isReading: boolean;
  readonly pid: number | undefined;
}

export const unreachable: View = {
  reachable: false,
  ready: false,
  scene: undefined,
  hadScene: false,
  player: { exists: false },
  bootErrors: noIssues,
  faults: [],
  faultCount: 0,
  missingAutoloads: {},
  unimported: [],
  stuckSeconds: 0,
  isReading: false,
  pid: undefined,
};

export interface Progress {
  readonly stage: "loading" | "verifying";
  readonly percent: number;
}

/** What is wrong with a scene, and why. */
export interface Told {
  readonly issues: Issues;
  /** The assets that could not be imported, and that the scene needs. */
  readonly unimported: readonly string[];
}

/** How a load ended inside the engine. */
export type LoadOutcome =
  | ({ readonly kind: "loaded"; readonly scene: SceneInfo | undefined } & Told)
  | { readonly kind: "not found" }
  /** Not loaded: only an engine that starts anew tells all that is wrong, because of this script. */
  | { readonly kind: "stale"; readonly script: string }
  | ({ readonly kind: "failed" } & Told);

export interface LinkLoadOptions {
  readonly signal: AbortSignal;
  readonly onProgress?: ((progress: Progress) => void) | undefined;
  /** Whether the engine may be started anew where only that tells all that is wrong. */
  readonly restartable: boolean;
}

/** Why a command of the addon has failed, in its own words. */
export class CommandFailure extends Error {
  override readonly name = "CommandFailure";
  /** The name of an `ErrorReason`, where the addon is not newer than this server. */
  readonly reason: string;
  readonly metadata: Readonly<Record<string, string>>;

  constructor(reason: string, message: string, metadata: Readonly<Record<string, string>>) {
    super(message);
    this.reason = reason;
    this.metadata = metadata;
  }
}

export interface CommandOptions {
  readonly signal: AbortSignal;
  /** Gets what the command tells before it answers. */
  readonly onMessage?: (message: Variant) => void;
}

export interface Link {
  readonly port: number;
  /**
   * Loads a scene and waits until it is proved.
   * @throws whatever `signal` is aborted with, `invalidScenePath`, `queueFull`, or `engineUnresponsive`
   */
  load(path: string, options: LinkLoadOptions): Promise<LoadOutcome>;
  /**
   * Calls a command of the addon.
   * @throws whatever `signal` is aborted with, `CommandFailure`, `callUnsupported`, or `engineUnresponsive`
   */
  command(name: string, payload: Variant, options: CommandOptions): Promise<Variant>;
  /** Asks the project to end by itself; does not wait for the end. */
  quit(): void;
  /** The headers that the engine wants to see on a request that is passed on to it. */
  readonly headers: Readonly<Record<string, string>>;
  close(): void;
}
