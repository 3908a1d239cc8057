/** The preparations of one server's runs: one at a time, and a cancelled one ends before the next begins. */
import type { Config } from "../../config/config.ts";
import { stoppedMeanwhile } from "../../errors/engine.ts";
import { cannotPrepare } from "../../errors/project.ts";
import { ControlError } from "../../model/control_error.ts";
import type { ProcessExit } from "../../model/engine_exit.ts";
import { starvedBy } from "../process/starved.ts";
import type { Project } from "../project/project.ts";
import { type Prepared, prepare } from "./preparation.ts";
import type { PreparationListener } from "./preparation_listener.ts";

/** Of the three ends, one comes; none where the preparation was cancelled. */
export interface PreparationsListener extends PreparationListener {
  onPrepared(prepared: Prepared): void;
  onFailed(cause: ControlError): void;
  /** The machine lacked something that it may have again soon. */
  onStarved(exit: ProcessExit): void;
}

export class Preparations {
  readonly #config: Config;
  readonly #project: Project;
  #preparing: AbortController | undefined;
  #over: Promise<void> = Promise.resolve();

  constructor(config: Config, project: Project) {
    this.#config = config;
    this.#project = project;
  }

  /** Settled when no importer is left of any, however they ended. */
  get over(): Promise<void> {
    return this.#over;
  }

  begin(listener: PreparationsListener): void {
    this.#over = this.#prepare(this.#over, listener);
  }

  cancel(): void {
    this.#preparing?.abort(stoppedMeanwhile());
  }

  async #prepare(before: Promise<void>, listener: PreparationsListener): Promise<void> {
    const controller = new AbortController();
    this.#preparing = controller;
    await before;
    try {
      const prepared = await prepare(this.#config, this.#project, controller.signal, listener);
      if (!controller.signal.aborted) listener.onPrepared(prepared);
    } catch (error) {
      if (controller.signal.aborted) return;
      const starved = starvedBy(error);
      if (starved) listener.onStarved(starved);
      else listener.onFailed(error instanceof ControlError ? error : cannotPrepare(error as Error));
    }
  }
}
