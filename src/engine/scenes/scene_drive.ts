/** One load, driven to its end inside an engine, and believed only where the engine proves it. */
import type { Config } from "../../config/config.ts";
import { stoppedMeanwhile } from "../../errors/engine.ts";
import { ControlError } from "../../model/control_error.ts";
import { type LoadOutcome, noIssues, type Progress } from "../link/link.ts";
import type { Project } from "../project/project.ts";
import { inRun } from "../supervisor/in_run.ts";
import type { Snapshot } from "../supervisor/snapshot.ts";
import { isDueToAnother } from "../supervisor/start_outcome.ts";
import type { Supervisor } from "../supervisor/supervisor.ts";
import { withCauses } from "./causes.ts";
import { type FailedLoad, FailedLoads, type Outcome } from "./failed_load.ts";
import { type FreshEngine, FreshEngines } from "./fresh_engine.ts";
import { withPlaces } from "./issue_places.ts";
import type { Load, LoadResult } from "./load.ts";

/** An engine that the scene before ended, then one that was not new enough, then one that is. */
const mostTries = 3;

export class SceneDrive {
  readonly #config: Config;
  readonly #supervisor: Supervisor;
  readonly #project: Project;
  readonly #engines: FreshEngines;
  readonly #failed: FailedLoads;
  #driven: Load | undefined;

  constructor(config: Config, project: Project, supervisor: Supervisor) {
    this.#config = config;
    this.#supervisor = supervisor;
    this.#project = project;
    this.#engines = new FreshEngines(project, supervisor);
    this.#failed = new FailedLoads(config, supervisor);
    supervisor.excuse(() => this.#driven?.signal.aborted === false);
  }

  /** Whether the engine is busy with this load. */
  isDriven(load: Load): boolean {
    return load === this.#driven;
  }

  /**
   * Loads the scene and proves it. What does not come about is told rather than thrown: it may be tried once more.
   * @param before the scene to put back where an engine that was started for this load cannot load its scene
   * @param queued the project was last looked at before the wait
   */
  async load(
    load: Load,
    before: string | undefined,
    queued: boolean,
  ): Promise<Omit<LoadResult, "newerOnDisk"> | FailedLoad> {
    const { path } = load;
    const { readied, outcome } = await this.#driveToEnd(load, queued);
    const { snapshot, action, reason } = readied;
    const imported = action !== "KEPT" && snapshot.prepared?.imported !== undefined;
    const all = outcome.kind === "not found" ? noIssues : withCauses(outcome, snapshot, imported);
    const issues = snapshot.attached ? all : await withPlaces(all, this.#supervisor.log);
    const scene = outcome.kind === "loaded" ? outcome.scene : undefined;
    if (!scene || (scene.path !== path && scene.uid !== path))
      return this.#failed.of({
        path,
        outcome,
        issues,
        before: action === "KEPT" ? undefined : before,
        kept: action === "KEPT" ? snapshot.view.scene : undefined,
      });
    this.#supervisor.proved(path);
    return {
      scene,
      run: snapshot.run,
      issues,
      action,
      actionReason: reason,
      imported,
    };
  }

  /**
   * Where the scene before ends the engine while this one is loaded, or where only a new engine tells all that is
   * wrong, that engine boots into this one.
   */
  async #driveToEnd(load: Load, queued: boolean): Promise<{ readied: FreshEngine; outcome: Outcome }> {
    let readied = await this.#engines.get(load, queued);
    for (let tries = 1; ; tries += 1) {
      const isLast = tries === mostTries;
      try {
        const outcome = await this.#driveIn(readied, load, !isLast);
        if (outcome.kind !== "stale") return { readied, outcome };
        const reason = `${outcome.script} is broken, and only a new engine reports all that follows from that`;
        readied = await this.#engines.restart(load, reason);
      } catch (error) {
        if (isLast || !this.#mayBeDueToAnother(error, readied, load.path)) throw error;
        readied = await this.#engines.get(load, true);
      }
    }
  }

  /**
   * Whether the scene before may have ended the engine, as it left or by what it left behind: then a new engine shows
   * which of the two it was. What a signal from outside ends is neither.
   */
  #mayBeDueToAnother(error: unknown, { action }: FreshEngine, path: string): boolean {
    if (!(error instanceof ControlError) || !error.exit || !this.#supervisor.mayStartFor(path)) return false;
    const { signal = "", asked, killed } = error.exit;
    const isFromOutside = asked || (!killed && (signal === "SIGKILL" || signal === "SIGTERM"));
    return isDueToAnother(error, path) || (action === "KEPT" && !isFromOutside);
  }

  async #driveIn({ action, snapshot }: FreshEngine, load: Load, restartable: boolean): Promise<LoadOutcome> {
    load.countFromHere();
    const { scene: booted, bootErrors: issues, unimported } = snapshot.view;
    if (action === "KEPT") return this.#drive(load, snapshot, restartable);
    if (booted?.path === load.path) return { kind: "loaded", scene: booted, issues, unimported };
    // It booted into nothing, and has said why; a second try in the same engine would be told less.
    if (!booted && issues.count > 0)
      return (await this.#isThere(load.path))
        ? { kind: "failed", issues, unimported }
        : { kind: "not found" };
    return this.#drive(load, snapshot, restartable);
  }

  /** Whether the scene is still there: it may have been removed since the load began. */
  async #isThere(path: string): Promise<boolean> {
    try {
      await this.#project.resolveScene(path);
      return true;
    } catch (error) {
      if (error instanceof ControlError && error.reason === "SCENE_NOT_FOUND") return false;
      throw error;
    }
  }

  /**
   * The load inside the engine. Of our own, its end is awaited however long the caller does; one that was started
   * elsewhere is not ours to end, so that only the caller's patience bounds it.
   */
  async #drive(
    load: Load,
    { attached, model: { run } }: Snapshot,
    restartable: boolean,
  ): Promise<LoadOutcome> {
    const { path, signal, onProgress } = load;
    const { link, bootScene } = this.#supervisor;
    if (!link) throw stoppedMeanwhile();
    onProgress?.({ stage: "LOADING", percent: 0, message: "" });
    const tell =
      onProgress &&
      (({ stage, percent }: Progress) =>
        onProgress({ stage: stage === "loading" ? "LOADING" : "VERIFYING", percent, message: "" }));
    if (attached) return link.load(path, { signal, onProgress: tell, restartable: false });
    bootScene.loading(path);
    this.#driven = load;
    try {
      return await inRun(this.#supervisor, run, this.#config.hangTimeout, (over) => {
        const loading = link.load(path, { signal: over, onProgress: tell, restartable });
        this.#project.lookAtMounts();
        return loading;
      });
    } finally {
      this.#driven = undefined;
    }
  }
}
