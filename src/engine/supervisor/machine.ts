/** Applies the life cycle: does what it asks for, and tells it what came of that. Nothing else runs an engine. */
import { Awake } from "../../async/awake.ts";
import { Feed } from "../../async/feed.ts";
import { Timers } from "../../async/timers.ts";
import type { Config } from "../../config/config.ts";
import type { ControlError } from "../../model/control_error.ts";
import type { ProcessExit } from "../../model/engine_exit.ts";
import { unreachable, type View } from "../link/link.ts";
import { RecentLog } from "../process/recent_log.ts";
import type { Project } from "../project/project.ts";
import { BootScene } from "./boot_scene.ts";
import { blame, standingStill } from "./exit_blame.ts";
import { next } from "./lifecycle.ts";
import { Preparations } from "./preparations.ts";
import { Run } from "./run.ts";
import { nothingKnown, type Snapshot } from "./snapshot.ts";
import type { Effect, Event, Policy, Timer } from "./states.ts";

export class Machine {
  readonly feed = new Feed<Snapshot>(nothingKnown);
  readonly log = new RecentLog();
  readonly bootScene = new BootScene();
  readonly preparations: Preparations;
  readonly #config: Config;
  readonly #policy: Policy;
  readonly #onExited: () => void;
  readonly #timers = new Timers<Timer>();
  readonly #awake = new Awake();
  #run: Run | undefined;
  /** Whether a caller waits for the scene that is being read: it may take as long as that one will wait. */
  isAwaited: () => boolean = () => false;
  /** Why the engine is being killed: its exit alone would not say. */
  #killCause: string | undefined;

  /** @param onExited after each end of an engine */
  constructor(config: Config, project: Project, onExited: () => void) {
    this.#config = config;
    this.preparations = new Preparations(config, project);
    this.#policy = { ...config, restart: config.monitor };
    this.#onExited = onExited;
  }

  /** The launch that is under way, or was the last to begin; undefined once it has ended. */
  get run(): Run | undefined {
    return this.#run;
  }

  apply(event: Event): void {
    const step = next(this.feed.value.model, event, this.#policy);
    if (step.model !== this.feed.value.model) this.show({ model: step.model });
    for (const effect of step.effects) this.#do(effect);
  }

  show(change: Partial<Snapshot>): void {
    this.feed.set({ ...this.feed.value, ...change });
  }

  /** This scene runs: the next run boots into it, and it is not what ended a run before. */
  proved(scene: string): void {
    this.bootScene.verified(scene);
    this.apply({ kind: "proved", scene });
  }

  /** Whether the main loop has stood still for this many seconds, and this server was awake all the while. */
  hasHung(seconds: number): boolean {
    return this.feed.value.view.stuckSeconds >= seconds && this.#awake.time >= seconds * 1000;
  }

  /** It stands still or does not answer, and is not waited for any longer; with `--no-monitor` it is left alone. */
  killHung(run: number, cause: string): void {
    if (!this.#config.monitor || run !== this.feed.value.model.run || !this.#run) return;
    this.#killCause = cause;
    this.apply({ kind: "hung", run });
  }

  /** Nothing is waited for any more. */
  end(): void {
    this.#timers.clear();
    this.#awake.end();
  }

  #do(effect: Effect): void {
    const { run } = this.feed.value.model;
    switch (effect.kind) {
      case "prepare":
        this.#prepare(run);
        break;
      case "cancelPrepare":
        this.preparations.cancel();
        break;
      case "spawn":
        this.#spawn(run);
        break;
      case "quit":
        this.#run?.quit();
        break;
      case "signal":
        this.#run?.signal(effect.signal);
        break;
      case "arm": {
        // A little disorder keeps many servers on one machine from restarting in step.
        const ms = effect.timer === "backoff" ? effect.ms * (0.75 + Math.random() / 2) : effect.ms;
        this.#timers.arm(effect.timer, ms, () => this.#onTimer(effect.timer, run));
      }
    }
  }

  #onTimer(timer: Timer, run: number): void {
    const { model } = this.feed.value;
    if (timer === "start" && run === model.run && model.state.kind === "starting")
      this.#killCause = `it was not ready within ${this.#config.startTimeout / 1000} s (--start-timeout)${standingStill(this.feed.value.view)}`;
    this.apply({ kind: "timer", run, timer });
  }

  #prepare(run: number): void {
    this.preparations.begin({
      onActivity: (activity) => {
        if (run === this.feed.value.model.run) this.show({ activity });
      },
      onEntry: (entry) => this.log.add(run, entry),
      onPrepared: (prepared) => {
        this.bootScene.initial =
          (this.#config.autoLoadScene ? this.#config.scenePath : undefined) ?? prepared.settings.mainScene;
        this.show({ prepared });
        this.apply({ kind: "prepared", run });
      },
      onFailed: (error) => this.apply({ kind: "unprepared", run, error }),
      onStarved: (exit) => this.#onExit(run, exit),
    });
  }

  #spawn(run: number): void {
    const { prepared } = this.feed.value;
    if (!prepared) return;
    this.#killCause = undefined;
    this.#run = new Run(run, prepared, this.#config, this.bootScene.take(), {
      onEntry: (entry) => this.log.add(run, entry),
      onHearing: (unheard) => this.show({ unheard }),
      onView: (view, port) => this.#onView(run, port, view),
      onLost: (linkProblem) => this.#onLost(run, linkProblem),
      onSilent: (seconds) => this.killHung(run, `its HTTP side was silent for ${seconds} s (--hang-timeout)`),
      onExit: (exit, scene) => this.#onExit(run, exit, scene),
    });
    this.show({ run, activity: `Starting Godot ${prepared.engine.version}`, spawnTime: Date.now() });
    this.apply({ kind: "spawned", run, pid: this.#run.pid });
  }

  #onView(run: number, port: number, view: View): void {
    const { model } = this.feed.value;
    if (run !== model.run) return;
    if (view.ready && model.state.kind === "starting") {
      this.show({ view, port, activity: "", linkProblem: undefined });
      if (view.scene) this.proved(view.scene.path);
      else this.bootScene.failed();
      this.apply({ kind: "ready", run, port });
      return;
    }
    this.show({ view, ...(view.ready && { linkProblem: undefined }) });
    if (this.hasHung(this.#config.hangTimeout / 1000) && !(view.isReading && this.isAwaited()))
      this.killHung(run, `its main loop stood still for ${view.stuckSeconds} s (--hang-timeout)`);
  }

  #onLost(run: number, linkProblem: ControlError): void {
    if (run === this.feed.value.model.run) this.show({ linkProblem });
  }

  /** @param inPlace the scene that was put in place last, where the engine itself could say so */
  #onExit(run: number, bare: ProcessExit, inPlace?: string): void {
    if (run !== this.feed.value.model.run) return;
    const { model, view, linkProblem } = this.feed.value;
    const exit = blame(bare, {
      run,
      asked: model.state.kind === "stopping",
      killCause: this.#killCause,
      linkProblem,
      inPlace,
      onItsWay: this.#run?.hasBooted ? this.bootScene.onItsWay : undefined,
      current: view.scene?.path ?? this.bootScene.lastVerified,
    });
    this.#timers.clear();
    this.#run = undefined;
    if (!exit.asked) this.bootScene.crashed(exit.scene);
    this.show({
      view: unreachable,
      port: undefined,
      activity: "",
      spawnTime: undefined,
      linkProblem: undefined,
    });
    this.apply({ kind: "exited", run, exit, at: performance.now() });
    this.#onExited();
  }
}
