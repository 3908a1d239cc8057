/** Owns the one engine process: nothing else starts, stops or kills one. All watchers read its feed. */
import { Awake } from "../../async/awake.ts";
import { deadline } from "../../async/deadline.ts";
import { Feed } from "../../async/feed.ts";
import { Timers } from "../../async/timers.ts";
import type { Config } from "../../config/config.ts";
import { engineNotOwned, startTimeout } from "../../errors/engine.ts";
import { shuttingDown } from "../../errors/server.ts";
import type { ControlError } from "../../model/control_error.ts";
import type { ProcessExit } from "../../model/engine_exit.ts";
import { Attachment } from "../link/attachment.ts";
import { type Link, unreachable, type View } from "../link/link.ts";
import { RecentLog } from "../process/recent_log.ts";
import type { Project } from "../project/project.ts";
import { BootScene } from "./boot_scene.ts";
import { blame, standingStill } from "./exit_blame.ts";
import { awaitedRun, isActive, isOtherScene, mayStart, next } from "./lifecycle.ts";
import { Preparations } from "./preparations.ts";
import { Run } from "./run.ts";
import { nothingKnown, type Snapshot } from "./snapshot.ts";
import { failureOf, isDueToAnother, type StartOptions, whenReady } from "./start_outcome.ts";
import type { Effect, Event, Failure, Policy, Timer } from "./states.ts";

export class Supervisor {
  readonly feed = new Feed<Snapshot>(nothingKnown);
  readonly log = new RecentLog();
  readonly bootScene = new BootScene();
  readonly #config: Config;
  readonly #preparations: Preparations;
  readonly #policy: Policy;
  readonly #timers = new Timers<Timer>();
  readonly #attachment: Attachment | undefined;
  readonly #awake = new Awake();
  #run: Run | undefined;
  /** Why the engine is being killed: its exit alone would not say. */
  #killCause: string | undefined;
  #closed = false;

  constructor(config: Config, project: Project) {
    this.#config = config;
    this.#preparations = new Preparations(config, project);
    this.#policy = { ...config, restart: config.monitor };
    if (!config.autostart) this.#attachment = new Attachment(config, () => this.#showAttached());
  }

  /** Begins to look for a Godot that was started elsewhere, where this server starts none unasked. */
  begin(): void {
    this.#attachment?.begin();
  }

  /** What drives the engine that is ready now; undefined while none is. */
  get link(): Link | undefined {
    return this.feed.value.attached ? this.#attachment?.link : this.#run?.link;
  }

  /** Whether our engine has said goodbye, and its process is still there. */
  get isLeaving(): boolean {
    return this.#run?.isLeaving ?? false;
  }

  /**
   * Looks for a Godot that was started elsewhere (`--no-autostart`); true where one is driven now.
   * @throws the signal's reason, or `shuttingDown`
   */
  async attach(signal: AbortSignal): Promise<boolean> {
    if (this.feed.value.model.state.kind !== "stopped") return false;
    return (await this.#attachment?.probe(signal)) ?? false;
  }

  /**
   * Starts the engine if need be; resolves when it is ready.
   * @throws the cause of a failed start, `engineExited`, `stoppedMeanwhile`, `startTimeout`, or the signal's reason
   */
  start(options: StartOptions): Promise<Snapshot> {
    return this.#begin("start", options);
  }

  /** Stops the engine if it runs, starts it, resolves when the new run is ready. Throws as `start` does. */
  restart(options: StartOptions): Promise<Snapshot> {
    return this.#begin("restart", options);
  }

  async #begin(kind: "start" | "restart", { scene, signal, timeout }: StartOptions): Promise<Snapshot> {
    if (this.#closed) throw shuttingDown();
    if (this.#attachment) await this.attach(signal);
    if (this.feed.value.attached) {
      if (kind === "restart") throw engineNotOwned("restarted");
      return this.feed.value;
    }
    if (scene === undefined) this.bootScene.forgive();
    const limit = deadline(timeout, signal, () =>
      startTimeout(timeout ?? 0, this.feed.value.activity, this.log.tail(this.feed.value.model.run)),
    );
    try {
      for (let event = kind, again = false; ; event = "start", again = true) {
        if (scene !== undefined) this.bootScene.want(scene);
        this.#apply({
          kind: event,
          otherScene: scene !== undefined && isOtherScene(this.feed.value.model, scene),
        });
        const awaited = awaitedRun(this.feed.value.model);
        try {
          return await this.feed.until((snapshot) => whenReady(snapshot, awaited, this.log), limit.signal);
        } catch (error) {
          // The run that was under way booted into another scene, which ended it: the next one is this caller's.
          if (again || scene === undefined || !isDueToAnother(error, scene) || !this.mayStartFor(scene))
            throw error;
        }
      }
    } finally {
      limit.clear();
      if (scene !== undefined) this.bootScene.unwant(scene);
    }
  }

  /** Whether a load of this scene may start an engine where none is running. */
  mayStartFor(scene: string): boolean {
    const { model } = this.feed.value;
    return isActive(model) || (this.#config.autostart && mayStart(model, scene));
  }

  /** Stops the engine; resolves when no process of it is left. False where none was running. */
  async stop(options: { signal: AbortSignal; timeout?: number | undefined }): Promise<boolean> {
    if (this.feed.value.attached) throw engineNotOwned("stopped");
    const { run, state } = this.feed.value.model;
    if (state.kind === "stopped" || state.kind === "failed") {
      this.#apply({ kind: "stop" });
      return false;
    }
    this.#apply({ kind: "stop", ...(options.timeout !== undefined && { timeout: options.timeout }) });
    await this.feed.until(({ model }) => model.run > run || !isActive(model) || undefined, options.signal);
    if (!isActive(this.feed.value.model)) await this.#preparations.over;
    return true;
  }

  /** This scene runs: the next run boots into it, and it is not what ended a run before. */
  proved(scene: string): void {
    this.bootScene.verified(scene);
    this.#apply({ kind: "proved", scene });
  }

  /** Whether the main loop has stood still for so many seconds, of which this server was awake to see each. */
  hasHung(seconds: number): boolean {
    return this.feed.value.view.stuckSeconds >= seconds && this.#awake.time >= seconds * 1000;
  }

  /** It stands still or does not answer, and is not waited for any longer; with `--no-monitor` it is left alone. */
  killHung(run: number, cause: string): void {
    if (!this.#config.monitor || run !== this.feed.value.model.run || !this.#run) return;
    this.#killCause = cause;
    this.#apply({ kind: "hung", run });
  }

  /** Stops everything for good, within this many ms where they are given; resolves when no process is left. */
  async close(timeout?: number): Promise<void> {
    this.#closed = true;
    this.#attachment?.close();
    if (isActive(this.feed.value.model)) await this.stop({ signal: new AbortController().signal, timeout });
    this.#timers.clear();
    this.#awake.end();
  }

  /** The error that a state of `failed` means. */
  failure(cause: Failure): ControlError {
    return failureOf(cause, this.log);
  }

  #apply(event: Event): void {
    const step = next(this.feed.value.model, event, this.#policy);
    if (step.model !== this.feed.value.model) this.#set({ model: step.model });
    for (const effect of step.effects) this.#do(effect);
  }

  /** An engine that was started elsewhere is shown while there is none of our own. */
  #showAttached(): void {
    if (this.feed.value.model.state.kind !== "stopped" || !this.#attachment) return;
    const { view, run, problem: linkProblem } = this.#attachment;
    const port = view.reachable ? this.#config.godotPort : undefined;
    this.#set({ view, run, attached: view.reachable, port, linkProblem });
  }

  #set(change: Partial<Snapshot>): void {
    this.feed.set({ ...this.feed.value, ...change });
  }

  #do(effect: Effect): void {
    const { run } = this.feed.value.model;
    switch (effect.kind) {
      case "prepare":
        this.#prepare(run);
        break;
      case "cancelPrepare":
        this.#preparations.cancel();
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
    this.#apply({ kind: "timer", run, timer });
  }

  #prepare(run: number): void {
    this.#preparations.begin({
      onActivity: (activity) => {
        if (run === this.feed.value.model.run) this.#set({ activity });
      },
      onEntry: (entry) => this.log.add(run, entry),
      onPrepared: (prepared) => {
        this.bootScene.initial =
          (this.#config.autoLoadScene ? this.#config.scenePath : undefined) ?? prepared.settings.mainScene;
        this.#set({ prepared });
        this.#apply({ kind: "prepared", run });
      },
      onFailed: (error) => this.#apply({ kind: "unprepared", run, error }),
      onStarved: (exit) => this.#onExit(run, exit),
    });
  }

  #spawn(run: number): void {
    const { prepared } = this.feed.value;
    if (!prepared) return;
    this.#killCause = undefined;
    this.#run = new Run(run, prepared, this.#config, this.bootScene.take(), {
      onEntry: (entry) => this.log.add(run, entry),
      onHearing: (unheard) => this.#set({ unheard }),
      onView: (view, port) => this.#onView(run, port, view),
      onLost: (linkProblem) => this.#onLost(run, linkProblem),
      onSilent: (seconds) => this.killHung(run, `its HTTP side was silent for ${seconds} s (--hang-timeout)`),
      onExit: (exit, scene) => this.#onExit(run, exit, scene),
    });
    this.#set({ run, activity: `Starting Godot ${prepared.engine.version}`, spawnTime: Date.now() });
    this.#apply({ kind: "spawned", run, pid: this.#run.pid });
  }

  #onView(run: number, port: number, view: View): void {
    const { model } = this.feed.value;
    if (run !== model.run) return;
    if (view.ready && model.state.kind === "starting") {
      this.#set({ view, port, activity: "", linkProblem: undefined });
      if (view.scene) this.proved(view.scene.path);
      else this.bootScene.failed();
      this.#apply({ kind: "ready", run, port });
      return;
    }
    this.#set({ view, ...(view.ready && { linkProblem: undefined }) });
    if (this.hasHung(this.#config.hangTimeout / 1000))
      this.killHung(run, `its main loop stood still for ${view.stuckSeconds} s (--hang-timeout)`);
  }

  #onLost(run: number, linkProblem: ControlError): void {
    if (run === this.feed.value.model.run) this.#set({ linkProblem });
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
    this.#set({
      view: unreachable,
      port: undefined,
      activity: "",
      spawnTime: undefined,
      linkProblem: undefined,
    });
    this.#apply({ kind: "exited", run, exit, at: performance.now() });
    this.#showAttached();
  }
}
