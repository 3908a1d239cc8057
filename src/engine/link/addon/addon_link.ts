/** Drives a Godot through our addon: calls with proofs, and one stream of events. */
import { isolated } from "../../../async/isolated.ts";
import { addonIncompatible, addonUnauthenticated, engineUnresponsive } from "../../../errors/engine.ts";
import { invalidScenePath, queueFull } from "../../../errors/scene.ts";
import { ControlError } from "../../../model/control_error.ts";
import { longestMessage, shorten } from "../../bounds.ts";
import { Said } from "../../process/said.ts";
import { Channel } from "../channel.ts";
import { HttpClient } from "../http_client.ts";
import type { Link, LinkLoadOptions, LoadOutcome, Progress, SceneInfo, Told, View } from "../link.ts";
import { unreachable } from "../link.ts";
import {
  toHello,
  toIssues,
  toMainLoop,
  toPaths,
  toPlayer,
  toProgress,
  toScene,
  toState,
} from "./addon_messages.ts";
import { readServerSentEvents, type ServerSentEvent } from "./server_sent_events.ts";

/** What control.gd must say that it speaks. */
export const protocol = 3;

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
  /** The event stream ended: the engine went, is another one, or sent what cannot be read. */
  readonly onLost: (problem: ControlError) => void;
}

export class AddonLink implements Link {
  readonly port: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly #options: AddonLinkOptions;
  readonly #events: HttpClient;
  readonly #channel: Channel;
  readonly #closing = new AbortController();
  #view: View = unreachable;
  /** What the engine says of its main loop; of a process that was stopped from outside, it says nothing. */
  #mainLoop: Pick<View, "stuckSeconds" | "isReading"> = unreachable;
  #lastHeard = performance.now();
  #listening: NodeJS.Timeout | undefined;
  #loads = 0;
  /** Gets the progress of the newest load; an event of the load before may come late. */
  #onProgress: { readonly id: string; tell(progress: Progress): void } | undefined;

  constructor(options: AddonLinkOptions) {
    this.#options = options;
    this.port = options.port;
    this.headers = options.secret ? { Authorization: `Bearer ${options.secret}` } : {};
    this.#events = new HttpClient(options.port, this.headers);
    this.#channel = new Channel(options.port, this.headers);
    void this.#listen();
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
      const { status, body } = await this.#channel.post(
        "/scene/load",
        { scene_path: path, wait: true, id, restartable },
        signal,
      );
      return this.#toOutcome(path, status, new Said(body));
    } finally {
      this.#onProgress = undefined;
    }
  }

  #toOutcome(path: string, status: number, said: Said): LoadOutcome {
    const text = (name: string) => said.field(name).optional((value) => value.text(longestMessage));
    const told = () => ({
      issues: toIssues(said, this.#options.run),
      unimported: said.field("unimported").optional(toPaths) ?? [],
    });
    return readable(`an answer ${status} to POST /scene/load`, () => {
      if (status === 200) return this.#loaded(said, told());
      if (status === 422) return this.#failed(said, told());
      const script = text("script");
      if (status === 409 && script !== undefined) return { kind: "stale", script };
      const reason = text("reason");
      if (reason === "SCENE_NOT_FOUND") return { kind: "not found" };
      if (reason === "INVALID_SCENE_PATH")
        throw invalidScenePath(path, "is not the path of a scene in the project");
      if (reason === "QUEUE_FULL") throw queueFull(100);
      const message = text("message") ?? "without a reason";
      throw engineUnresponsive(`it answered ${status}: ${message.replace(/\.$/, "")}`);
    });
  }

  // The event that says what is current may come after the answer to a load; the next caller shall see it already.

  #loaded(said: Said, told: Told): LoadOutcome {
    const scene = said.field("scene").optional(toScene);
    const player = said.field("player").optional(toPlayer);
    const faults = told.issues.entries.filter(
      ({ source, severity }) => source === "SCRIPT" && severity === "ERROR",
    );
    if (!this.#isTold(scene))
      this.#set({ scene, faults, faultCount: faults.length, ...(player && { player }) });
    return { kind: "loaded", scene, ...told };
  }

  #failed(said: Said, told: Told): LoadOutcome {
    const scene = said.field("scene").optional(toScene);
    if (scene && !this.#isOld(scene)) this.#set({ scene });
    return { kind: "failed", ...told };
  }

  /** Events and answers come on two connections, and may overtake each other. */
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
    this.#channel.post("/quit", {}, this.#closing.signal).catch(() => {});
  }

  close(): void {
    clearInterval(this.#listening);
    this.#closing.abort(new Error("closed"));
    this.#channel.close();
    this.#events.close();
  }

  async #listen(): Promise<void> {
    const { signal } = this.#closing;
    try {
      const response = await this.#events.open("GET", "/events", signal);
      if (response.statusCode === 401) throw addonUnauthenticated(this.port);
      if (response.statusCode !== 200) throw new Error(`it answered ${response.statusCode} to GET /events`);
      this.#listening = setInterval(() => setImmediate(() => this.#checkSilence()), 1000).unref();
      for await (const message of readServerSentEvents(response)) this.#read(message);
      throw new Error("it closed the event stream");
    } catch (error) {
      if (signal.aborted) return;
      clearInterval(this.#listening);
      this.#view = unreachable;
      const problem = error as Error;
      const named = problem instanceof ControlError ? problem : engineUnresponsive(problem.message);
      isolated(() => this.#options.onLost(named));
    }
  }

  /** @throws where the event cannot be read, or the engine is not the one that was started */
  #read({ event, data }: ServerSentEvent): void {
    readable(`an event "${shorten(event, 100)}"`, () => this.#onEvent(event, new Said(JSON.parse(data))));
  }

  /** Beats come twice a second (control.gd): without one, the whole process stands still. */
  #checkSilence(): void {
    const silent = Math.floor((performance.now() - this.#lastHeard) / 1000);
    const reported = this.#mainLoop.stuckSeconds;
    const stuckSeconds = silent >= silentAfter ? Math.max(silent, reported) : reported;
    if (stuckSeconds !== this.#view.stuckSeconds && !this.#closing.signal.aborted)
      this.#set({ stuckSeconds });
  }

  #onEvent(event: string, said: Said): void {
    const { run } = this.#options;
    this.#lastHeard = performance.now();
    switch (event) {
      case "hello": {
        const { nonce, pid, protocol: spoken } = toHello(said);
        const { nonce: wantedNonce = nonce, pid: wantedPid = pid } = this.#options;
        if (nonce !== wantedNonce || pid !== wantedPid)
          throw engineUnresponsive("it is not the engine that was started");
        if (spoken !== protocol) throw addonIncompatible(spoken, protocol);
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

/** @throws `engineUnresponsive`, saying what was sent and what of it cannot be right */
function readable<T>(what: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (error instanceof ControlError) throw error;
    throw engineUnresponsive(`it sent ${what} that cannot be read: ${(error as Error).message}`);
  }
}
