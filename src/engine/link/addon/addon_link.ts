/** Drives a Godot through our addon: calls with proofs, and events. */
import { isolated } from "../../../async/isolated.ts";
import { addonIncompatible, addonUnauthenticated, engineUnresponsive } from "../../../errors/engine.ts";
import type { ControlError } from "../../../model/control_error.ts";
import { longestMessage, shorten } from "../../bounds.ts";
import { Said } from "../../process/said.ts";
import { Bus, Refusal } from "../bus/bus.ts";
import type {
  CommandOptions,
  Link,
  LinkLoadOptions,
  LoadOutcome,
  Progress,
  SceneInfo,
  Told,
  View,
} from "../link.ts";
import { unreachable } from "../link.ts";
import { fromPlain, toPlain } from "../variant/plain.ts";
import type { Variant } from "../variant/variant.ts";
import {
  toCommandFailure,
  toHello,
  toIssues,
  toLoadError,
  toMainLoop,
  toPaths,
  toPlayer,
  toProgress,
  toScene,
  toState,
} from "./addon_messages.ts";
import { call, readable, toControlError } from "./call.ts";

/** What control.gd must say that it speaks. */
export const protocol = 4;

/** Seconds; less may be a machine that is busy. */
const silentAfter = 2;

export interface AddonLinkOptions {
  readonly port: number;
  /** What this launch's engine was told to demand; none for one that runs by itself. */
  readonly secret?: string;
  /** What the engine must show to be the one that was started. */
  readonly nonce?: string;
  /** The process that must show it. */
  readonly pid?: number;
  readonly run: number;
  readonly onView: (view: View) => void;
  /** The connection ended: the engine went, is another one, or sent what cannot be read. */
  readonly onLost: (problem: ControlError) => void;
}

export class AddonLink implements Link {
  readonly port: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly #options: AddonLinkOptions;
  readonly #bus: Bus;
  readonly #closing = new AbortController();
  #view: View = unreachable;
  /** What the engine says of its main loop; of a process that was stopped from outside, it says nothing. */
  #mainLoop: Pick<View, "stuckSeconds" | "isReading"> = unreachable;
  #listening: NodeJS.Timeout | undefined;
  #loads = 0;
  /** Gets the progress of the newest load; an event of the load before may come late. */
  #onProgress: { readonly id: string; tell(progress: Progress): void } | undefined;

  constructor(options: AddonLinkOptions) {
    this.#options = options;
    this.port = options.port;
    this.headers = options.secret ? { Authorization: `Bearer ${options.secret}` } : {};
    this.#bus = new Bus({
      port: options.port,
      headers: this.headers,
      version: protocol,
      onEvent: (name, payload) => this.#read(name, payload),
      onLost: (problem) => this.#lose(problem),
    });
  }

  async load(path: string, { signal, onProgress, restartable }: LinkLoadOptions): Promise<LoadOutcome> {
    // Without an id, the engine sends no progress, which costs time.
    let id = "";
    if (onProgress) {
      this.#loads += 1;
      id = String(this.#loads);
      this.#onProgress = { id, tell: onProgress };
    }
    try {
      const payload = fromPlain({ scene_path: path, id, restartable });
      const { answer = null, failure } = await call(this.#bus, "scene.load", payload, { signal });
      return failure
        ? readable("a failure of scene.load", () => this.#notLoaded(path, failure))
        : readable("an answer to scene.load", () => this.#loaded(new Said(toPlain(answer))));
    } finally {
      this.#onProgress = undefined;
    }
  }

  async command(name: string, payload: Variant, options: CommandOptions): Promise<Variant> {
    const { answer = null, failure } = await call(this.#bus, name, payload, options);
    if (failure) throw readable(`a failure of ${name}`, () => toCommandFailure(failure, name));
    return answer;
  }

  #notLoaded(path: string, said: Said): LoadOutcome {
    const reason = said.field("reason").text();
    if (reason === "SCENE_FAILED") return this.#failed(said);
    if (reason === "STALE") return { kind: "stale", script: said.field("script").text(longestMessage) };
    if (reason === "SCENE_NOT_FOUND") return { kind: "not found" };
    throw toLoadError(said, path);
  }

  #told(said: Said): Told {
    return {
      issues: toIssues(said, this.#options.run),
      unimported: said.field("unimported").optional(toPaths) ?? [],
    };
  }

  // The event that says what is current may come after the answer to a load; the next caller shall see it already.

  #loaded(said: Said): LoadOutcome {
    const told = this.#told(said);
    const scene = said.field("scene").optional(toScene);
    const player = said.field("player").optional(toPlayer);
    const faults = told.issues.entries.filter(
      ({ source, severity }) => source === "SCRIPT" && severity === "ERROR",
    );
    if (!this.#isTold(scene))
      this.#set({ scene, faults, faultCount: faults.length, ...(player && { player }) });
    return { kind: "loaded", scene, ...told };
  }

  #failed(said: Said): LoadOutcome {
    const told = this.#told(said);
    const scene = said.field("scene").optional(toScene);
    if (scene && !this.#isOld(scene)) this.#set({ scene });
    return { kind: "failed", ...told };
  }

  /** An event that waits for a slow reader may be overtaken by an answer. */
  #isOld(scene: SceneInfo | undefined): boolean {
    return scene !== undefined && scene.generation < this.#generation;
  }

  /** An event has told of it already, and may know more than the answer: what a thread has raised since. */
  #isTold(scene: SceneInfo | undefined): boolean {
    return scene !== undefined && scene.generation <= this.#generation;
  }

  get #generation(): number {
    return this.#view.scene?.generation ?? 0;
  }

  quit(): void {
    // The exit is what counts, and it is seen elsewhere.
    this.#bus.call("godot_control.quit", fromPlain({}), this.#closing.signal).catch(() => {});
  }

  close(): void {
    clearInterval(this.#listening);
    this.#closing.abort(new Error("closed"));
    this.#bus.close();
  }

  #lose(problem: Error): void {
    clearInterval(this.#listening);
    this.#view = unreachable;
    const status = problem instanceof Refusal ? problem.status : undefined;
    // One of before has no bus at all.
    const isOther = status === 404 || status === 426;
    const refused = status === 401 ? addonUnauthenticated(this.port) : toControlError(problem);
    this.#options.onLost(isOther ? addonIncompatible(undefined, protocol) : refused);
  }

  /** @throws where the event cannot be read, or the engine is not the one that was started */
  #read(name: string, payload: Variant): void {
    readable(`an event "${shorten(name, 100)}"`, () => this.#onEvent(name, new Said(toPlain(payload))));
  }

  /** Beats come twice a second (control.gd): without one, the whole process stands still. */
  #checkSilence(): void {
    const silent = Math.floor(this.#bus.silence / 1000);
    const reported = this.#mainLoop.stuckSeconds;
    const stuckSeconds = silent >= silentAfter ? Math.max(silent, reported) : reported;
    if (stuckSeconds !== this.#view.stuckSeconds && !this.#closing.signal.aborted)
      this.#set({ stuckSeconds });
  }

  #onEvent(event: string, said: Said): void {
    const { run } = this.#options;
    switch (event) {
      case "hello": {
        const { nonce, pid, protocol: spoken } = toHello(said);
        const { nonce: wantedNonce = nonce, pid: wantedPid = pid } = this.#options;
        if (nonce !== wantedNonce || pid !== wantedPid)
          throw engineUnresponsive("it is not the engine that was started");
        if (spoken !== protocol) throw addonIncompatible(spoken, protocol);
        this.#listening ??= setInterval(() => setImmediate(() => this.#checkSilence()), 1000).unref();
        this.#set({ reachable: true, pid });
        break;
      }
      case "state": {
        const state = toState(said, run);
        const hadScene = this.#view.hadScene || state.scene !== undefined;
        if (!this.#isOld(state.scene)) this.#set({ ...state, hadScene });
        break;
      }
      case "boot":
        // It comes before the state of an engine that is ready, and is told with that.
        this.#view = { ...this.#view, bootErrors: toIssues(said, run) };
        break;
      case "main_loop":
        this.#mainLoop = toMainLoop(said);
        this.#set(this.#mainLoop);
        break;
      case "progress": {
        const { id, ...progress } = toProgress(said);
        const listener = this.#onProgress;
        if (id === listener?.id) isolated(() => listener.tell(progress));
      }
    }
  }

  #set(change: Partial<View>): void {
    this.#view = { ...this.#view, ...change };
    isolated(() => this.#options.onView(this.#view));
  }
}
