/** What is asked of the one engine: to start, to stop, to be there for a load. All watchers read its feed. */
import { deadline } from "../../async/deadline.ts";
import type { Feed } from "../../async/feed.ts";
import type { Config } from "../../config/config.ts";
import { engineNotOwned, engineNotRunning, engineStopped, startTimeout } from "../../errors/engine.ts";
import { shuttingDown } from "../../errors/server.ts";
import type { ControlError } from "../../model/control_error.ts";
import { Attachment } from "../link/attachment.ts";
import type { Link } from "../link/link.ts";
import type { RecentLog } from "../process/recent_log.ts";
import type { Project } from "../project/project.ts";
import type { BootScene } from "./boot_scene.ts";
import { awaitedRun, isActive, isOtherScene, mayStart } from "./lifecycle.ts";
import { Machine } from "./machine.ts";
import type { Snapshot } from "./snapshot.ts";
import { failureOf, isDueToAnother, type StartOptions, whenReady } from "./start_outcome.ts";
import type { Failure } from "./states.ts";

export class Supervisor {
  readonly #config: Config;
  readonly #machine: Machine;
  readonly #attachment: Attachment | undefined;
  #closed = false;

  constructor(config: Config, project: Project) {
    this.#config = config;
    this.#machine = new Machine(config, project, () => this.#showAttached());
    if (!config.autostart) this.#attachment = new Attachment(config, () => this.#showAttached());
  }

  /** What is known of the engine: the present, then each change. */
  get feed(): Feed<Snapshot> {
    return this.#machine.feed;
  }

  /** What the engines said, of every run. */
  get log(): RecentLog {
    return this.#machine.log;
  }

  get bootScene(): BootScene {
    return this.#machine.bootScene;
  }

  /** Begins to look for a Godot that was started elsewhere, where this server starts none unasked. */
  begin(): void {
    this.#attachment?.begin();
  }

  /** What drives the engine that is ready now; undefined while none is. */
  get link(): Link | undefined {
    return this.feed.value.attached ? this.#attachment?.link : this.#machine.run?.link;
  }

  /** Whether our engine has said goodbye, or its process has ended, and its exit is still to be told. */
  get isLeaving(): boolean {
    return this.#machine.run?.isLeaving ?? false;
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
      return await this.#untilReady(kind, scene, limit.signal);
    } finally {
      limit.clear();
      if (scene !== undefined) this.bootScene.unwant(scene);
    }
  }

  async #untilReady(
    kind: "start" | "restart",
    scene: string | undefined,
    signal: AbortSignal,
  ): Promise<Snapshot> {
    try {
      return await this.#ask(kind, scene, signal);
    } catch (error) {
      if (scene === undefined || !isDueToAnother(error, scene) || !this.mayStartFor(scene)) throw error;
      // The run that was under way booted into another scene, which ended it: the next one is this caller's.
      return this.#ask("start", scene, signal);
    }
  }

  #ask(kind: "start" | "restart", scene: string | undefined, signal: AbortSignal): Promise<Snapshot> {
    if (scene !== undefined) this.bootScene.want(scene);
    const otherScene = scene !== undefined && isOtherScene(this.feed.value.model, scene);
    this.#machine.apply({ kind, otherScene });
    const awaited = awaitedRun(this.feed.value.model);
    return this.feed.until((snapshot) => whenReady(snapshot, awaited, this.log), signal);
  }

  /** Whether a load of this scene may start an engine where none is running. */
  mayStartFor(scene: string): boolean {
    const { model } = this.feed.value;
    return isActive(model) || (this.#config.autostart && mayStart(model, scene));
  }

  /**
   * The engine that runs, once it is ready where it is being started.
   * @throws `engineStopped` or `engineNotRunning`, the cause of a failed start, `engineExited`, `stoppedMeanwhile`, or the signal's reason
   */
  async running(signal: AbortSignal): Promise<Snapshot> {
    if (this.#attachment) await this.attach(signal);
    const { attached, model } = this.feed.value;
    if (attached) return this.feed.value;
    if (model.state.kind === "failed") throw this.failure(model.state.cause);
    if (!isActive(model)) throw this.#attachment ? this.missing : engineStopped();
    const awaited = awaitedRun(model);
    return this.feed.until((snapshot) => whenReady(snapshot, awaited, this.log), signal);
  }

  /** Why none is driven where only an explicit start starts one. */
  get missing(): ControlError {
    const { linkProblem } = this.feed.value;
    // There is one, and it says what it needs.
    return linkProblem?.reason.startsWith("ADDON_") ? linkProblem : engineNotRunning(this.#config.godotPort);
  }

  /** Stops the engine; resolves when no process of it is left. False where none was running. */
  async stop(options: { signal: AbortSignal; timeout?: number | undefined }): Promise<boolean> {
    if (this.feed.value.attached) throw engineNotOwned("stopped");
    const { run, state } = this.feed.value.model;
    if (state.kind === "stopped" || state.kind === "failed") {
      this.#machine.apply({ kind: "stop" });
      return false;
    }
    this.#machine.apply({ kind: "stop", ...(options.timeout !== undefined && { timeout: options.timeout }) });
    await this.feed.until(({ model }) => model.run > run || !isActive(model) || undefined, options.signal);
    if (!isActive(this.feed.value.model)) await this.#machine.preparations.over;
    return true;
  }

  /** This scene runs: the next run boots into it, and it is not what ended a run before. */
  proved(scene: string): void {
    this.#machine.proved(scene);
  }

  /** @param isAwaited is asked before an engine is ended that has read a scene for `--hang-timeout` */
  excuse(isAwaited: () => boolean): void {
    this.#machine.isAwaited = isAwaited;
  }

  /** Whether the main loop has stood still for this many seconds, and this server was awake all the while. */
  hasHung(seconds: number): boolean {
    return this.#machine.hasHung(seconds);
  }

  /** It stands still or does not answer, and is not waited for any longer; with `--no-monitor` it is left alone. */
  killHung(run: number, cause: string): void {
    this.#machine.killHung(run, cause);
  }

  /** Stops everything for good, within this many ms where they are given; resolves when no process is left. */
  async close(timeout?: number): Promise<void> {
    this.#closed = true;
    this.#attachment?.close();
    if (isActive(this.feed.value.model)) await this.stop({ signal: new AbortController().signal, timeout });
    this.#machine.end();
  }

  /** The error that a state of `failed` means. */
  failure(cause: Failure): ControlError {
    return failureOf(cause, this.log);
  }

  /** An engine that was started elsewhere is shown while there is none of our own. */
  #showAttached(): void {
    if (this.feed.value.model.state.kind !== "stopped" || !this.#attachment) return;
    const { view, run, problem: linkProblem } = this.#attachment;
    const port = view.reachable ? this.#config.godotPort : undefined;
    this.#machine.show({ view, run, attached: view.reachable, port, linkProblem });
  }
}
