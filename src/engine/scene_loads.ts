/** Loads scenes, one at a time, and believes only what the engine proves. */
import type { Config } from "../config.ts";
import {
  ControlError,
  engineExited,
  engineNotRunning,
  noScene,
  playerMissing,
  queueFull,
  sceneBroken,
  sceneHung,
  sceneNotFound,
  scenePending,
  sceneReplaced,
  stoppedMeanwhile,
  whileFilesChanged,
} from "../errors.ts";
import { deadline, unlessAborted } from "./deadline.ts";
import { type Issues, type LoadOutcome, noIssues, type Progress, type SceneInfo } from "./link.ts";
import type { Change } from "./project/files.ts";
import type { Project } from "./project/project.ts";
import { checkScenePath } from "./project/scenes.ts";
import type { Snapshot } from "./snapshot.ts";
import type { Supervisor } from "./supervisor.ts";

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
interface Load {
  readonly path: string;
  /** Aborted when the caller leaves or its time is over. */
  readonly signal: AbortSignal;
  readonly onProgress: LoadOptions["onProgress"];
  /** The server's own time limit counts from now on. */
  countFromHere(): void;
}

/** The engine that a load goes to, and what was done to it first. */
interface Readied {
  readonly snapshot: Snapshot;
  readonly action: LoadResult["action"];
  readonly reason: string;
}

const loadOver = new Error("The load is over.");
const logTail = 50;
const longestQueue = 100;
/** A load in which files change is done once more; where they still change, its answer says so. */
const mostTries = 2;
/** A main loop that stands still for so long when the deadline comes is hung; before, it may be only slow. */
const hungAfterSeconds = 5;

export class SceneLoads {
  readonly #config: Config;
  readonly #project: Project;
  readonly #supervisor: Supervisor;
  #last: Promise<void> = Promise.resolve();
  #waiting = 0;
  /** The load that the engine is busy with; undefined while it is with none. */
  #driven: Load | undefined;
  /** The scene that was asked for last. */
  #asked: string | undefined;

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
    const limit = deadline(timeout, signal, () => this.#overdue(load, time));
    const load: Load = { path, signal: limit.signal, onProgress, countFromHere: () => limit.begin(time) };
    this.#asked = path;
    try {
      // When the caller's time is over, the load goes on and keeps its turn: the engine is not done with it.
      return await unlessAborted(this.#inTurn(load), limit.signal);
    } finally {
      limit.clear();
    }
  }

  /**
   * Loads the current scene again or, where none is loaded, the one that was asked for last.
   * @throws `noScene` where there is neither, and as `load` does
   */
  reload(options: LoadOptions): Promise<LoadResult> {
    const path = this.#supervisor.feed.value.view.scene?.path || this.#asked;
    if (!path) throw noScene();
    return this.load(path, options);
  }

  /** An engine that was started elsewhere may run another project than the one that this server would. */
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
      // A caller that leaves the queue frees its place at once.
      await unlessAborted(turn, load.signal);
      return await this.#load(load, before > 0);
    } finally {
      this.#waiting -= 1;
      over.resolve();
    }
  }

  /**
   * Loads, and once more where files changed meanwhile: what was loaded may then be of both.
   * @param queued the project was last looked at before the wait
   */
  async #load(load: Load, queued: boolean): Promise<LoadResult> {
    for (let tries = 1; ; tries += 1) {
      const isLast = tries === mostTries;
      try {
        const result = await this.#loadOnce(load, queued || tries > 1);
        const newerOnDisk = await this.#newerOnDisk();
        if (newerOnDisk !== "" && !isLast) continue;
        await this.#untilPlayer(load.path, load.signal);
        return { ...result, newerOnDisk };
      } catch (error) {
        if (!(error instanceof ControlError) || error.reason !== "SCENE_BROKEN") throw error;
        const newerOnDisk = await this.#newerOnDisk();
        if (newerOnDisk === "") throw error;
        if (isLast) throw whileFilesChanged(error, newerOnDisk);
      }
    }
  }

  async #newerOnDisk(): Promise<string> {
    return this.#supervisor.feed.value.attached
      ? ""
      : describeChanges(await this.#project.changesSinceBoot());
  }

  async #loadOnce(load: Load, queued: boolean): Promise<Omit<LoadResult, "newerOnDisk">> {
    const { path } = load;
    const before = this.#supervisor.bootScene.lastVerified;
    const { readied, outcome } = await this.#driveToEnd(load, queued);
    const { snapshot, action, reason } = readied;
    const issues = this.#withCauses(outcome.kind === "not found" ? noIssues : outcome.issues, snapshot);
    const scene = await this.#prove(path, outcome, issues, action === "KEPT" ? undefined : before);
    this.#supervisor.bootScene.verified(path);
    return {
      scene,
      run: snapshot.run,
      issues,
      action,
      actionReason: reason,
      imported: action !== "KEPT" && snapshot.prepared?.imported !== undefined,
    };
  }

  /** Where the scene before ends the engine while this one is loaded, the next engine boots into this one. */
  async #driveToEnd(load: Load, queued: boolean): Promise<{ readied: Readied; outcome: LoadOutcome }> {
    for (let again = false; ; again = true) {
      const readied = await this.#engineFor(load, queued);
      load.countFromHere();
      const { scene: booted, bootErrors } = readied.snapshot.view;
      if (readied.action !== "KEPT" && booted?.path === load.path)
        return { readied, outcome: { kind: "loaded", scene: booted, issues: bootErrors } };
      try {
        return { readied, outcome: await this.#drive(load, readied.snapshot) };
      } catch (error) {
        if (again || !this.#supervisor.isDueToAnother(error, load.path)) throw error;
      }
    }
  }

  /** What the import could not import, and an engine too old for the project, come before what follows from it. */
  #withCauses({ entries, count }: Issues, { prepared, run }: Snapshot): Issues {
    const causes = [...(prepared?.importIssues ?? [])];
    const hasFailed = entries.some(({ severity }) => severity === "ERROR");
    if (hasFailed && prepared?.versionWarning)
      causes.unshift({
        cursor: 0,
        time: Date.now(),
        severity: "WARN",
        source: "ENGINE",
        message: prepared.versionWarning,
        backtrace: [],
        run,
      });
    return causes.length === 0
      ? { entries, count }
      : { entries: [...causes, ...entries], count: causes.length + count };
  }

  /** An engine that is ready, and has nothing in memory that is older than what is on disk. */
  async #engineFor({ path, signal, onProgress }: Load, queued: boolean): Promise<Readied> {
    const supervisor = this.#supervisor;
    const { model, attached, linkProblem } = supervisor.feed.value;
    if (attached) return { snapshot: supervisor.feed.value, action: "KEPT", reason: "" };
    if (!supervisor.mayStartFor(path)) {
      if (model.state.kind === "failed") throw supervisor.failure(model.state.cause);
      throw linkProblem?.reason === "ADDON_INCOMPATIBLE"
        ? linkProblem
        : engineNotRunning(this.#config.godotPort);
    }
    const start = async (how: "start" | "restart", message: string) => {
      const tell =
        onProgress && ((text: string) => onProgress({ stage: "STARTING_ENGINE", percent: 0, message: text }));
      tell?.(message);
      const isOver = new AbortController();
      if (tell) void this.#tellActivity(tell, isOver.signal);
      try {
        return await supervisor[how]({ signal, scene: path });
      } finally {
        isOver.abort(loadOver);
      }
    };
    if (model.state.kind !== "running") {
      const snapshot = await start("start", supervisor.feed.value.activity || "Starting Godot");
      return { snapshot, action: "STARTED", reason: "the engine was not running" };
    }
    const changes = queued ? await this.#project.changesSinceBoot() : this.#project.knownChanges;
    if (changes.length === 0) return { snapshot: supervisor.feed.value, action: "KEPT", reason: "" };
    const reason = describeChanges(changes);
    const snapshot = await start("restart", `Restarting Godot: ${reason}`);
    return { snapshot, action: "RESTARTED", reason };
  }

  /** Hands on what the engine's start is busy with, an import above all, until the signal ends it. */
  async #tellActivity(tell: (activity: string) => void, signal: AbortSignal): Promise<void> {
    let told = this.#supervisor.feed.value.activity;
    try {
      for await (const { activity } of this.#supervisor.feed.watch(signal)) {
        if (activity !== "" && activity !== told) tell(activity);
        told = activity;
      }
    } catch (reason) {
      if (reason !== loadOver) throw reason;
    }
  }

  /**
   * The load inside the engine. Of our own, its end is awaited however long the caller does; one that was started
   * elsewhere is not ours to end, so that only the caller's patience bounds it.
   */
  async #drive(load: Load, { attached, model: { run } }: Snapshot): Promise<LoadOutcome> {
    const { path, signal, onProgress } = load;
    const { link, bootScene } = this.#supervisor;
    if (!link) throw stoppedMeanwhile();
    onProgress?.({ stage: "LOADING", percent: 0, message: "" });
    const tell =
      onProgress &&
      (({ stage, percent }: Progress) =>
        onProgress({ stage: stage === "loading" ? "LOADING" : "VERIFYING", percent, message: "" }));
    if (attached) return link.load(path, signal, tell);
    bootScene.loading(path);
    this.#driven = load;
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
      this.#driven = undefined;
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

  /** @param before the scene to put back where the engine was started anew for this load; undefined: none */
  async #prove(
    path: string,
    outcome: LoadOutcome,
    issues: Issues,
    before: string | undefined,
  ): Promise<SceneInfo> {
    const scene = outcome.kind === "loaded" ? outcome.scene : undefined;
    if (scene && (scene.path === path || scene.uid === path)) return scene;
    // What ends the engine from now on is not this load.
    this.#supervisor.bootScene.failed();
    if (outcome.kind === "loaded") throw sceneReplaced(path, scene?.path ?? "", issues.entries);
    if (before !== undefined && before !== path) await this.#putBack(before);
    if (outcome.kind === "not found") throw sceneNotFound(path, undefined);
    const { view, prepared } = this.#supervisor.feed.value;
    const now = view.scene ? `${view.scene.path || view.scene.name} is current` : "no scene is loaded now";
    throw sceneBroken(path, now, prepared?.versionWarning ?? "", issues.entries);
  }

  /** The engine that was current before had to be restarted: its scene is loaded again, where that is sound. */
  async #putBack(path: string): Promise<void> {
    const { link, bootScene } = this.#supervisor;
    bootScene.loading(path);
    const outcome = await link
      ?.load(path, AbortSignal.timeout(this.#config.loadTimeout))
      .catch(() => undefined);
    if (outcome?.kind === "loaded" && outcome.scene?.path === path) bootScene.verified(path);
    else bootScene.failed();
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

  /** What it means that the time is over: the engine is slow, or it hangs over this load and is not waited for. */
  #overdue(load: Load, time: number): ControlError {
    const { path } = load;
    const { view, model, attached } = this.#supervisor.feed.value;
    const isHung = view.stuckSeconds >= hungAfterSeconds && load === this.#driven;
    if (attached || !isHung || !this.#config.monitor) return scenePending(path, time);
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
