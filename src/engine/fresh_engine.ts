/** The engine that a scene is loaded into: it runs, and what it has in memory is what is on disk. */
import type { Config } from "../config.ts";
import { engineNotRunning } from "../errors.ts";
import type { Load, LoadResult } from "./load.ts";
import { describeChanges } from "./project/files.ts";
import type { Project } from "./project/project.ts";
import type { Snapshot } from "./snapshot.ts";
import type { Supervisor } from "./supervisor.ts";

/** The engine, and what was done to it first. */
export interface FreshEngine {
  readonly snapshot: Snapshot;
  readonly action: LoadResult["action"];
  readonly reason: string;
}

const startOver = new Error("The start is over.");

export class FreshEngines {
  readonly #config: Config;
  readonly #project: Project;
  readonly #supervisor: Supervisor;

  constructor(config: Config, project: Project, supervisor: Supervisor) {
    this.#config = config;
    this.#project = project;
    this.#supervisor = supervisor;
  }

  /**
   * Starts or restarts the engine where need be.
   * @param queued the project was last looked at before the wait
   * @throws as `Supervisor.start` does, or what keeps an engine from being started
   */
  async get({ path, signal, onProgress }: Load, queued: boolean): Promise<FreshEngine> {
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
        isOver.abort(startOver);
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
      if (reason !== startOver) throw reason;
    }
  }
}
