/** The queue of loads: one at a time, each with its own time limit, none at another's cost. */
import { deadline, unlessAborted } from "../../async/deadline.ts";
import type { Config } from "../../config/config.ts";
import { whileEngineRuns } from "../../errors/project.ts";
import {
  loadTimeout,
  noScene,
  playerMissing,
  queueFull,
  sceneHung,
  scenePending,
  sceneWithoutFile,
  whileFilesChanged,
} from "../../errors/scene.ts";
import { ControlError } from "../../model/control_error.ts";
import { type Change, describeChanges } from "../project/files/change.ts";
import type { Project } from "../project/project.ts";
import { checkScenePath } from "../project/scenes/scenes.ts";
import type { Supervisor } from "../supervisor/supervisor.ts";
import type { FailedLoad } from "./failed_load.ts";
import type { Load, LoadOptions, LoadResult } from "./load.ts";
import { SceneDrive } from "./scene_drive.ts";

const longestQueue = 100;
/** A load in which files change is done once more; where they still change, its answer says so. */
const mostTries = 2;
/** How many scenes are remembered for what they write. */
const mostWriters = 1_000;
/** The files that a scene is made of. Where one that runs is older than on disk, the answer says so, whatever wrote it. */
const isRun = /\.(gd|cs|gdshader|gdshaderinc|tscn|scn|tres|res|godot)$/i;
/** A main loop that stands still for so long when the deadline comes is hung; before, it may be only slow. */
const hungAfterSeconds = 5;

export class SceneLoads {
  readonly #config: Config;
  readonly #project: Project;
  readonly #supervisor: Supervisor;
  readonly #drive: SceneDrive;
  #last: Promise<void> = Promise.resolve();
  #waiting = 0;
  /** The files that a scene changes in the project itself whenever it is loaded, by its path. */
  readonly #written = new Map<string, ReadonlySet<string>>();
  /** The scene that could not be loaded last; undefined once one could. */
  #failed: string | undefined;

  constructor(config: Config, project: Project, supervisor: Supervisor) {
    this.#config = config;
    this.#project = project;
    this.#supervisor = supervisor;
    this.#drive = new SceneDrive(config, project, supervisor);
  }

  /**
   * Loads a scene and proves that it runs.
   * @throws the errors that SceneService.LoadScene documents, or the signal's reason
   */
  async load(given: string, { signal, timeout, onProgress }: LoadOptions): Promise<LoadResult> {
    const time = timeout ?? this.#config.loadTimeout;
    let kept = "the project's files were still being looked at";
    let begun: Load | undefined;
    const limit = deadline(timeout, signal, () =>
      begun ? this.#overdue(begun, time) : loadTimeout(given, time, kept),
    );
    try {
      const path = await unlessAborted(this.#resolve(given, limit.signal), limit.signal);
      kept = "other loads were before it";
      const load: Load = { path, signal: limit.signal, onProgress, countFromHere: () => limit.begin(time) };
      // When the caller's time is over, the load goes on and keeps its turn: the engine is not done with it.
      return await unlessAborted(
        this.#inTurn(load, () => {
          begun = load;
        }),
        limit.signal,
      );
    } finally {
      limit.clear();
    }
  }

  /**
   * Loads the current scene again or, where none is left after a load that failed, the one of that load.
   * @throws `noScene` where there is neither, `sceneWithoutFile` where a script built it, and as `load` does
   */
  reload(options: LoadOptions): Promise<LoadResult> {
    const { scene } = this.#supervisor.feed.value.view;
    if (scene && !scene.path) throw sceneWithoutFile();
    const path = scene?.path ?? this.#failed;
    if (!path) throw noScene();
    return this.load(path, options);
  }

  /** An engine that was started elsewhere may run another project than the one that this server would. */
  async #resolve(given: string, signal: AbortSignal): Promise<string> {
    const attached = !this.#config.autostart && (await this.#supervisor.attach(signal));
    if (!attached) return this.#project.resolveScene(given).catch((error) => this.#failToResolve(error));
    checkScenePath(given);
    return given;
  }

  /** The project's folder may go, or its settings break, while an engine runs, which does not look at them again. */
  #failToResolve(error: unknown): never {
    const isOfProject = error instanceof ControlError && error.reason === "PROJECT_INVALID";
    throw isOfProject && this.#supervisor.feed.value.view.ready ? whileEngineRuns(error) : error;
  }

  async #inTurn(load: Load, onTurn: () => void): Promise<LoadResult> {
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
      onTurn();
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
    const { feed, bootScene } = this.#supervisor;
    const before = feed.value.view.scene?.path || bootScene.lastVerified;
    let imported = false;
    for (let tries = 1; ; tries += 1) {
      const isLast = tries === mostTries;
      const outcome = await this.#drive.load(load, before, queued || tries > 1);
      if ("settle" in outcome && outcome.reason !== "SCENE_BROKEN") throw await this.#fail(load, outcome);
      const all = await this.#changedMeanwhile();
      const changes = this.#notItsOwn(all, load.path);
      if ("settle" in outcome) {
        if (changes.length > 0 && !isLast) continue;
        // To put another scene back takes time, and may take an engine that reads the files anew.
        const later = this.#project.noteChanges();
        const error = await this.#fail(load, outcome);
        const found = this.#notItsOwn([...changes, ...(await later())], load.path);
        if (found.length === 0) throw error;
        if (isLast) throw whileFilesChanged(error, describeChanges(found));
        continue;
      }
      imported ||= outcome.imported;
      if (changes.length > 0 && !isLast) continue;
      this.#failed = undefined;
      this.#noteWritten(load.path, all);
      await this.#untilPlayer(load.path, load.signal);
      return { ...outcome, imported, newerOnDisk: describeChanges(changes) };
    }
  }

  #fail({ path }: Load, failed: FailedLoad): Promise<ControlError> {
    if (failed.reason !== "SCENE_REPLACED") this.#failed = path;
    return failed.settle();
  }

  /** What changed on disk since the engine began to read. */
  async #changedMeanwhile(): Promise<readonly Change[]> {
    if (this.#supervisor.feed.value.attached) return [];
    return this.#project.changesWhileRead();
  }

  /** Without what this scene is known to write. */
  #notItsOwn(changes: readonly Change[], path: string): readonly Change[] {
    const written = this.#written.get(path);
    return changes.filter((change) => !written?.has(change.path));
  }

  /**
   * What changed both times that a scene was loaded, it has written itself, for as long as it changes each time: a user
   * may have saved it twice. What is run is never taken for that.
   */
  #noteWritten(path: string, changes: readonly Change[]): void {
    this.#written.delete(path);
    const written = changes.map((change) => change.path).filter((name) => !isRun.test(name));
    if (written.length === 0) return;
    if (this.#written.size >= mostWriters) this.#written.clear();
    this.#written.set(path, new Set(written));
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
    const isHung =
      this.#supervisor.hasHung(hungAfterSeconds) && this.#drive.isDriven(load) && !view.isReading;
    if (attached || !isHung || !this.#config.monitor) return scenePending(path, time);
    const error = sceneHung(path, time, this.#supervisor.log.tail(model.run));
    this.#supervisor.killHung(
      model.run,
      `its main loop stood still for ${view.stuckSeconds} s while ${path} was loaded`,
    );
    return error;
  }
}
