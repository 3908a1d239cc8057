/** One load, driven to its end inside an engine, and believed only where the engine proves it. */
import type { Config } from "../config.ts";
import {
  ControlError,
  engineExited,
  sceneBroken,
  sceneNotFound,
  sceneReplaced,
  stoppedMeanwhile,
} from "../errors.ts";
import { deadline, unlessAborted } from "./deadline.ts";
import { type FreshEngine, FreshEngines } from "./fresh_engine.ts";
import { withPlaces } from "./issue_places.ts";
import { type Issues, type LoadOutcome, noIssues, type Progress, type SceneInfo } from "./link.ts";
import type { Load, LoadResult } from "./load.ts";
import type { Project } from "./project/project.ts";
import type { Snapshot } from "./snapshot.ts";
import { exitOf, isDueToAnother } from "./start_outcome.ts";
import type { Supervisor } from "./supervisor.ts";

const loadOver = new Error("The load is over.");
const logTail = 50;

export class SceneDrive {
  readonly #config: Config;
  readonly #supervisor: Supervisor;
  readonly #engines: FreshEngines;
  #driven: Load | undefined;

  constructor(config: Config, project: Project, supervisor: Supervisor) {
    this.#config = config;
    this.#supervisor = supervisor;
    this.#engines = new FreshEngines(config, project, supervisor);
  }

  /** The load that the engine is busy with; undefined while it is with none. */
  get driven(): Load | undefined {
    return this.#driven;
  }

  /**
   * Loads the scene and proves it.
   * @param queued the project was last looked at before the wait
   */
  async load(load: Load, queued: boolean): Promise<Omit<LoadResult, "newerOnDisk">> {
    const { path } = load;
    const before = this.#supervisor.bootScene.lastVerified;
    const { readied, outcome } = await this.#driveToEnd(load, queued);
    const { snapshot, action, reason } = readied;
    const raised = outcome.kind === "not found" ? noIssues : outcome.issues;
    const all = this.#withCauses(raised, snapshot);
    const issues = snapshot.attached ? all : await withPlaces(all, this.#supervisor.log);
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
  async #driveToEnd(load: Load, queued: boolean): Promise<{ readied: FreshEngine; outcome: LoadOutcome }> {
    for (let again = false; ; again = true) {
      const readied = await this.#engines.get(load, queued);
      load.countFromHere();
      const { scene: booted, bootErrors } = readied.snapshot.view;
      if (readied.action !== "KEPT" && booted?.path === load.path)
        return { readied, outcome: { kind: "loaded", scene: booted, issues: bootErrors } };
      try {
        return { readied, outcome: await this.#drive(load, readied.snapshot) };
      } catch (error) {
        if (again || !isDueToAnother(error, load.path) || !this.#supervisor.mayStartFor(load.path))
          throw error;
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
    const { feed, log } = this.#supervisor;
    const since = log.newest.value;
    const ended = exitOf(feed, run, over.signal).then((exit) =>
      Promise.reject(engineExited(exit, log.after(since, logTail).entries)),
    );
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
}
