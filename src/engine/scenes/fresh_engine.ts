/** The engine that a scene is loaded into: it runs, and what it has in memory is what is on disk. */
import { describeChanges } from "../project/files/change.ts";
import type { Project } from "../project/project.ts";
import type { Snapshot } from "../supervisor/snapshot.ts";
import type { Supervisor } from "../supervisor/supervisor.ts";
import type { Load, LoadResult } from "./load.ts";

/** The engine, and what was done to it first. */
export interface FreshEngine {
  readonly snapshot: Snapshot;
  readonly action: LoadResult["action"];
  readonly reason: string;
}

const startOver = new Error("The start is over.");

export class FreshEngines {
  readonly #project: Project;
  readonly #supervisor: Supervisor;

  constructor(project: Project, supervisor: Supervisor) {
    this.#project = project;
    this.#supervisor = supervisor;
  }

  /**
   * Starts or restarts the engine where need be.
   * @param queued the project was last looked at before the wait
   * @throws as `Supervisor.start` does, or what keeps an engine from being started
   */
  async get(load: Load, queued: boolean): Promise<FreshEngine> {
    const supervisor = this.#supervisor;
    const { model, attached } = supervisor.feed.value;
    if (attached) return { snapshot: supervisor.feed.value, action: "KEPT", reason: "" };
    if (!supervisor.mayStartFor(load.path)) {
      if (model.state.kind === "failed") throw supervisor.failure(model.state.cause);
      throw supervisor.missing;
    }
    if (model.state.kind === "starting") {
      // What it starts with may be older than what is on disk, and never become ready.
      const newer = await this.#project.changesSinceBoot();
      if (newer.length > 0) return this.restart(load, describeChanges(newer));
    }
    if (model.state.kind !== "running") {
      const message = supervisor.feed.value.activity || "Starting Godot";
      const snapshot = await this.#start("start", load, message);
      return { snapshot, action: "STARTED", reason: "the engine was not running" };
    }
    const changes = queued ? await this.#project.changesSinceBoot() : this.#project.knownChanges;
    if (changes.length === 0) return { snapshot: supervisor.feed.value, action: "KEPT", reason: "" };
    return this.restart(load, describeChanges(changes));
  }

  /** Starts the engine anew, for a reason that is told. Throws as `Supervisor.restart` does. */
  async restart(load: Load, reason: string): Promise<FreshEngine> {
    const snapshot = await this.#start("restart", load, `Restarting Godot: ${reason}`);
    return { snapshot, action: "RESTARTED", reason };
  }

  async #start(how: "start" | "restart", load: Load, message: string): Promise<Snapshot> {
    const { path: scene, signal, onProgress } = load;
    const tell =
      onProgress && ((text: string) => onProgress({ stage: "STARTING_ENGINE", percent: 0, message: text }));
    tell?.(message);
    const isOver = new AbortController();
    if (tell) void this.#tellActivity(tell, isOver.signal);
    try {
      return await this.#supervisor[how]({ signal, scene });
    } finally {
      isOver.abort(startOver);
    }
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
      if (reason !== startOver) throw reason;
    }
  }
}
