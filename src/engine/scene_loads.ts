/** Loads scenes, one at a time, and believes only what the engine proves. */
import type { Config } from "../config.ts";
import {
  ControlError,
  engineExited,
  engineNotRunning,
  type LogEntry,
  playerMissing,
  queueFull,
  sceneBroken,
  sceneHung,
  sceneNotFound,
  scenePending,
  sceneReplaced,
  stoppedMeanwhile,
} from "../errors.ts";
import { deadline, unlessAborted } from "./deadline.ts";
import type { LoadOutcome, Progress, SceneInfo } from "./link.ts";
import type { Change } from "./project/files.ts";
import type { Project } from "./project/project.ts";
import { checkScenePath } from "./project/scenes.ts";
import type { Snapshot } from "./snapshot.ts";
import type { Supervisor } from "./supervisor.ts";

export interface LoadResult {
  readonly scene: SceneInfo;
  readonly run: number;
  readonly issues: readonly LogEntry[];
  readonly action: "KEPT" | "STARTED" | "RESTARTED";
  readonly actionReason: string;
  readonly imported: boolean;
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
interface Load {
  readonly path: string;
  /** Aborted when the caller leaves or its time is over. */
  readonly signal: AbortSignal;
  /** The server's own time limit counts from now on. */
  readonly onProgress: LoadOptions["onProgress"];
  countFromHere(): void;
}

const loadOver = new Error("The load is over.");
const logTail = 50;
const longestQueue = 100;
/** A main loop that stands still for so long when the deadline comes is hung; before, it may be only slow. */
const hungAfterSeconds = 5;

export class SceneLoads {
  readonly #config: Config;
  readonly #project: Project;
  readonly #supervisor: Supervisor;
  #last: Promise<void> = Promise.resolve();
  #waiting = 0;

  constructor(config: Config, project: Project, supervisor: Supervisor) {
    this.#config = config;
    this.#project = project;
    this.#supervisor = supervisor;
  }

  /**
   * Loads a scene and proves that it runs.
   * @throws the errors that SceneService.LoadScene documents, or the signal's reason
   */
  async load(given: string, { signal, timeout, onProgress }: LoadOptions): Promise<LoadResult> {
    const path = await this.#resolve(given, signal);
    const time = timeout ?? this.#config.loadTimeout;
    const limit = deadline(timeout, signal, () => this.#overdue(path, time));
    const load: Load = { path, signal: limit.signal, onProgress, countFromHere: () => limit.begin(time) };
    try {
      // When the caller's time is over, the load goes on and keeps its turn: the engine is not done with it.
      return await unlessAborted(this.#inTurn(load), limit.signal);
    } finally {
      limit.clear();
    }
  }

  /** Somebody else's engine may run another project than the one that this server would. */
  async #resolve(given: string, signal: AbortSignal): Promise<string> {
    const attached = !this.#config.autostart && (await this.#supervisor.attach(signal));
    if (!attached) return this.#project.resolveScene(given);
    checkScenePath(given);
    return given;
  }

  async #inTurn(load: Load): Promise<LoadResult> {
    if (this.#waiting >= longestQueue) throw queueFull(longestQueue);
    const before = this.#waiting;
    this.#waiting += 1;
    if (before > 0) load.onProgress?.({ stage: "QUEUED", percent: 0, message: `${before} before this` });
    const turn = this.#last;
    const over = Promise.withResolvers<void>();
    this.#last = turn.then(() => over.promise);
    try {
      // Who leaves while he waits gives up his place at once.
      await unlessAborted(turn, load.signal);
      return await this.#load(load, before > 0);
    } finally {
      this.#waiting -= 1;
      over.resolve();
    }
  }

  /** @param queued the project was last looked at before the wait */
  async #load(load: Load, queued: boolean): Promise<LoadResult> {
    const { path, signal, countFromHere } = load;
    const { snapshot, action, reason } = await this.#engineFor(load, queued);
    countFromHere();
    const { run } = snapshot.model;
    const { scene: booted, bootErrors } = snapshot.view;
    // Who had the engine started is the first to hear what its start raised.
    const startIssues = action === "KEPT" ? [] : bootErrors;
    const outcome: LoadOutcome =
      action !== "KEPT" && booted?.path === path
        ? { kind: "loaded", scene: booted, issues: [] }
        : await this.#drive(load, snapshot);
    const issues = [...startIssues, ...("issues" in outcome ? outcome.issues : [])];
    const scene = this.#prove(path, outcome, issues);
    this.#supervisor.bootScene.verified(path);
    await this.#untilPlayer(path, signal);
    return {
      scene,
      run,
      issues,
      action,
      actionReason: reason,
      imported: action !== "KEPT" && snapshot.prepared?.imported !== undefined,
    };
  }

  /** An engine that is ready, and has nothing in memory that is older than what is on disk. */
  async #engineFor({ path, signal, onProgress }: Load, queued: boolean) {
    const supervisor = this.#supervisor;
    const { model, attached } = supervisor.feed.value;
    if (attached) return { snapshot: supervisor.feed.value, action: "KEPT" as const, reason: "" };
    if (!this.#config.autostart && model.state.kind === "stopped")
      throw engineNotRunning(this.#config.godotPort);
    // What a start has to prepare may be sound by now; a crash loop, or a start that was forbidden, is not tried.
    if (model.state.kind === "failed" && (model.state.cause === "crash loop" || !this.#config.autostart))
      throw supervisor.failure(model.state.cause);
    const tell = (message: string) => onProgress?.({ stage: "STARTING_ENGINE", percent: 0, message });
    if (model.state.kind !== "running") {
      tell(supervisor.feed.value.activity || "Starting Godot");
      const snapshot = await supervisor.start({ signal, scene: path });
      return { snapshot, action: "STARTED" as const, reason: "the engine was not running" };
    }
    const changes = queued ? await this.#project.changesSinceBoot() : this.#project.knownChanges;
    if (changes.length === 0) return { snapshot: supervisor.feed.value, action: "KEPT" as const, reason: "" };
    const reason = describeChanges(changes);
    tell(`Restarting Godot: ${reason}`);
    const snapshot = await supervisor.restart({ signal, scene: path });
    return { snapshot, action: "RESTARTED" as const, reason };
  }

  /**
   * The load inside the engine. Of our own, its end is awaited however long the caller does; somebody else's
   * engine is not ours to end, so that only the caller's patience bounds it.
   */
  async #drive(
    { path, signal, onProgress }: Load,
    { attached, model: { run } }: Snapshot,
  ): Promise<LoadOutcome> {
    const { link, bootScene } = this.#supervisor;
    if (!link) throw stoppedMeanwhile();
    onProgress?.({ stage: "LOADING", percent: 0, message: "" });
    const tell =
      onProgress &&
      (({ stage, percent }: Progress) =>
        onProgress({ stage: stage === "loading" ? "LOADING" : "VERIFYING", percent, message: "" }));
    if (attached) return link.load(path, signal, tell);
    bootScene.loading(path);
    const over = new AbortController();
    const { log } = this.#supervisor;
    const since = log.newest.value;
    const ended = this.#supervisor
      .exitOf(run, over.signal)
      .then((exit) => Promise.reject(engineExited(exit, log.after(since, logTail).entries)));
    try {
      const loading = link.load(path, over.signal, tell);
      return await Promise.race([ended, loading.catch((error) => this.#explain(error, ended))]);
    } finally {
      over.abort(loadOver);
      ended.catch(() => {});
    }
  }

  /** A connection that breaks is the first sign of an engine that ends: its end says why. */
  async #explain(error: unknown, ended: Promise<never>): Promise<never> {
    if (!(error instanceof ControlError) || error.reason !== "ENGINE_UNRESPONSIVE") throw error;
    const limit = deadline(1000, new AbortController().signal, () => error);
    try {
      return await unlessAborted(ended, limit.signal);
    } finally {
      limit.clear();
    }
  }

  #prove(path: string, outcome: LoadOutcome, issues: readonly LogEntry[]): SceneInfo {
    const scene = outcome.kind === "loaded" ? outcome.scene : undefined;
    if (scene && (scene.path === path || scene.uid === path)) return scene;
    // What ends the engine from now on is not this load.
    this.#supervisor.bootScene.failed();
    switch (outcome.kind) {
      case "not found":
        throw sceneNotFound(path, undefined);
      case "failed":
        throw sceneBroken(path, issues);
      case "loaded":
        throw sceneReplaced(path, scene?.path ?? "", issues);
    }
  }

  async #untilPlayer(path: string, signal: AbortSignal): Promise<void> {
    const { requirePlayer, playerTimeout } = this.#config;
    if (!requirePlayer) return;
    const limit = deadline(playerTimeout, signal, () => playerMissing(path, playerTimeout));
    try {
      await this.#supervisor.feed.until(({ view }) => view.player.exists || undefined, limit.signal);
    } finally {
      limit.clear();
    }
  }

  /** What it means that the time is over: the engine is slow, or it hangs and is not waited for. */
  #overdue(path: string, time: number): ControlError {
    const { view, model, attached } = this.#supervisor.feed.value;
    if (attached || view.stuckSeconds < hungAfterSeconds || !this.#config.monitor)
      return scenePending(path, time);
    const error = sceneHung(path, time, this.#supervisor.log.tail(model.run));
    this.#supervisor.killHung(
      model.run,
      `its main loop stood still for ${view.stuckSeconds} s while ${path} was loaded`,
    );
    return error;
  }
}

function describeChanges(changes: readonly Change[]): string {
  const [first, ...others] = new Map(changes.map((change) => [change.path, change])).values();
  if (!first) return "";
  return `res://${first.path} was ${first.kind}${others.length > 0 ? `, and ${others.length} more` : ""}`;
}
