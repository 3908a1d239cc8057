/** Drives a Godot through our addon: calls with proofs, and one stream of events. */
import {
  addonIncompatible,
  ControlError,
  engineUnresponsive,
  invalidScenePath,
  queueFull,
} from "../errors.ts";
import {
  type AddonIssue,
  type AddonState,
  type LoadAnswer,
  toEntry,
  toIssues,
  toPlayer,
  toScene,
} from "./addon_messages.ts";
import { Channel } from "./channel.ts";
import { HttpClient } from "./http_client.ts";
import type { Link, LinkLoadOptions, LoadOutcome, Progress, View } from "./link.ts";
import { unreachable } from "./link.ts";
import { readServerSentEvents } from "./server_sent_events.ts";

/** What control.gd must say that it speaks. */
const protocol = 2;

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
  #reportedStuck = 0;
  #lastHeard = performance.now();
  #listening: NodeJS.Timeout | undefined;
  #loads = 0;
  /** Who hears of the newest load; an event of the one before may come late. */
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
    // Without an id, the engine tells no progress: nobody wants it, and it costs time.
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
      return this.#toOutcome(path, status, (body ?? {}) as LoadAnswer);
    } finally {
      this.#onProgress = undefined;
    }
  }

  #toOutcome(path: string, status: number, body: LoadAnswer): LoadOutcome {
    const told = {
      issues: toIssues(body.issues, body.issue_count, this.#options.run),
      unimported: body.unimported ?? [],
    };
    if (status === 200) {
      const scene = toScene(body.scene);
      const faults = told.issues.entries.filter(
        ({ source, severity }) => source === "SCRIPT" && severity === "ERROR",
      );
      // The event that says so may come after this answer; the next caller shall see it already.
      this.#set({
        scene,
        faults,
        faultCount: faults.length,
        ...(body.player && { player: toPlayer(body.player) }),
      });
      return { kind: "loaded", scene, ...told };
    }
    if (status === 422) return { kind: "failed", ...told };
    if (status === 409 && body.script !== undefined) return { kind: "stale", script: body.script };
    const { reason, message = "without a reason" } = body;
    if (reason === "SCENE_NOT_FOUND") return { kind: "not found" };
    if (reason === "INVALID_SCENE_PATH")
      throw invalidScenePath(path, "is not the path of a scene in the project");
    if (reason === "QUEUE_FULL") throw queueFull(100);
    throw engineUnresponsive(`it answered ${status}: ${message.replace(/\.$/, "")}`);
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
      if (response.statusCode !== 200) throw new Error(`it answered ${response.statusCode} to GET /events`);
      this.#listening = setInterval(() => setImmediate(() => this.#checkSilence()), 1000).unref();
      for await (const message of readServerSentEvents(response)) this.#read(message);
      throw new Error("it closed the event stream");
    } catch (error) {
      if (signal.aborted) return;
      clearInterval(this.#listening);
      this.#view = unreachable;
      const problem = error as Error;
      this.#options.onLost(problem instanceof ControlError ? problem : engineUnresponsive(problem.message));
    }
  }

  /** @throws where the event cannot be read, or the engine is not the one that was started */
  #read({ event, data }: { event: string; data: string }): void {
    try {
      this.#onEvent(event, JSON.parse(data));
    } catch (error) {
      if (error instanceof ControlError) throw error;
      throw engineUnresponsive(
        `it sent an event "${event}" that cannot be read: ${(error as Error).message}`,
      );
    }
  }

  /** Beats come twice a second (control.gd): without one, the whole process stands still. */
  #checkSilence(): void {
    const silent = Math.floor((performance.now() - this.#lastHeard) / 1000);
    const stuckSeconds = silent >= silentAfter ? Math.max(silent, this.#reportedStuck) : this.#reportedStuck;
    if (stuckSeconds !== this.#view.stuckSeconds && !this.#closing.signal.aborted)
      this.#set({ stuckSeconds });
  }

  #onEvent(event: string, data: unknown): void {
    this.#lastHeard = performance.now();
    switch (event) {
      case "hello": {
        const {
          nonce,
          pid,
          protocol: spoken = 1,
        } = data as { nonce: string; pid: number; protocol?: number };
        const { nonce: wantedNonce = nonce, pid: wantedPid = pid } = this.#options;
        if (nonce !== wantedNonce || pid !== wantedPid)
          throw engineUnresponsive("it is not the engine that was started");
        if (spoken !== protocol) throw addonIncompatible(spoken, protocol);
        this.#set({ reachable: true, pid });
        break;
      }
      case "state": {
        const state = data as AddonState;
        // The answer to a load may have overtaken a state of before.
        if (
          (state.scene.generation ?? 0) < (this.#view.scene?.generation ?? 0) &&
          state.scene.scene_path !== undefined
        )
          break;
        this.#set({
          ready: state.ready,
          scene: toScene(state.scene),
          player: toPlayer(state.player),
          faults: state.faults.map((issue) => toEntry(issue, this.#options.run)),
          faultCount: state.fault_count,
          missingAutoloads: state.missing_autoloads,
          unimported: state.unimported,
        });
        break;
      }
      case "boot": {
        // It comes before the state of an engine that is ready, and is told with that.
        const { issues, issue_count } = data as { issues: AddonIssue[]; issue_count: number };
        this.#view = { ...this.#view, bootErrors: toIssues(issues, issue_count, this.#options.run) };
        break;
      }
      case "main_loop":
        this.#reportedStuck = (data as { stuck_seconds: number }).stuck_seconds;
        this.#set({ stuckSeconds: this.#reportedStuck });
        break;
      case "progress": {
        const { id, ...progress } = data as Progress & { id: string };
        if (id === this.#onProgress?.id) this.#onProgress.tell(progress);
      }
    }
  }

  #set(change: Partial<View>): void {
    this.#view = { ...this.#view, ...change };
    this.#options.onView(this.#view);
  }
}
