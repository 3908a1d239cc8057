/** What follows from a load that has failed: the scene before it may have to be put back, and the error says what is current. */
import type { Config } from "../../config/config.ts";
import { sceneBroken, sceneNotFound, sceneReplaced } from "../../errors/scene.ts";
import type { ControlError } from "../../model/control_error.ts";
import type { Issues, LoadOutcome, SceneInfo } from "../link/link.ts";
import type { Supervisor } from "../supervisor/supervisor.ts";

/** How a load has ended inside an engine that told all that is wrong. */
export type Outcome = Exclude<LoadOutcome, { kind: "stale" }>;

/** A load that the engine has ended without the scene in place. */
export interface FailedLoad {
  readonly reason: "SCENE_BROKEN" | "SCENE_NOT_FOUND" | "SCENE_REPLACED";
  /** Puts the scene before it back, where that went for this load, and makes the error that says what is current. */
  settle(): Promise<ControlError>;
}

export interface Failed {
  readonly path: string;
  readonly outcome: Outcome;
  readonly issues: Issues;
  /** The scene to put back, where the engine was started anew for this load; undefined: none. */
  readonly before: string | undefined;
  /** What was current as the load began, where the engine is the same. */
  readonly kept: SceneInfo | undefined;
}

export class FailedLoads {
  readonly #config: Config;
  readonly #supervisor: Supervisor;

  constructor(config: Config, supervisor: Supervisor) {
    this.#config = config;
    this.#supervisor = supervisor;
  }

  of({ path, outcome, issues, before, kept }: Failed): FailedLoad {
    // What ends the engine from now on is not this load.
    this.#supervisor.bootScene.failed();
    switch (outcome.kind) {
      case "loaded": {
        const replaced = sceneReplaced(path, outcome.scene, issues.entries);
        return { reason: "SCENE_REPLACED", settle: async () => replaced };
      }
      case "not found":
        return {
          reason: "SCENE_NOT_FOUND",
          settle: async () => {
            await this.#putBack(path, before);
            return sceneNotFound(path, undefined);
          },
        };
      case "failed":
        return {
          reason: "SCENE_BROKEN",
          settle: async () => {
            await this.#putBack(path, before);
            const { view, prepared } = this.#supervisor.feed.value;
            const current = whatIsCurrent(view.scene, kept);
            return sceneBroken(path, current, prepared?.versionWarning ?? "", issues.entries);
          },
        };
    }
  }

  /**
   * The engine that was current before had to be restarted: its scene is loaded again, where that is sound. What the
   * load that failed has found broken is not told again by this engine, so that the scene then gets one of its own.
   */
  async #putBack(failed: string, before: string | undefined): Promise<void> {
    if (before === undefined || before === failed) return;
    const { bootScene } = this.#supervisor;
    bootScene.loading(before);
    const signal = AbortSignal.timeout(this.#config.loadTimeout);
    const scene = await this.#loadAgain(before, signal).catch(() => undefined);
    if (scene?.path === before) this.#supervisor.proved(before);
    else bootScene.failed();
  }

  async #loadAgain(path: string, signal: AbortSignal): Promise<SceneInfo | undefined> {
    const outcome = await this.#supervisor.link?.load(path, { signal, restartable: true });
    if (outcome?.kind === "stale")
      return (await this.#supervisor.restart({ signal, scene: path })).view.scene;
    return outcome?.kind === "loaded" ? outcome.scene : undefined;
  }
}

/** The game may have changed the scene by itself meanwhile: then it is not the one that was `kept`. */
function whatIsCurrent(scene: SceneInfo | undefined, kept: SceneInfo | undefined): string {
  if (!scene) return "no scene is loaded now";
  const name = scene.path || scene.name;
  const stays = kept?.path === scene.path && kept.generation === scene.generation;
  return stays ? `the scene before it stays current (${name})` : `${name} is current`;
}
