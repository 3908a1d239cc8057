/**
 * Drives a Godot whose HTTP side is not ours: a godottpd with the predecessor's four routes. It has no
 * events, so it is asked; each request is one packet on a connection of its own.
 */
import { setTimeout as wait } from "node:timers/promises";
import { engineUnresponsive, type LogEntry } from "../errors.ts";
import { HttpClient } from "./http_client.ts";
import type { Link, LoadOutcome, Player, Progress, SceneInfo, View } from "./link.ts";
import { unreachable } from "./link.ts";

const askEvery = 2_000;
const askEveryWhileLoading = 50;
/** So many questions in a row without an answer mean that it is gone. */
const patience = 2;
const answerTimeout = 2_000;

export interface PlainLinkOptions {
  readonly port: number;
  readonly run: number;
  readonly onView: (view: View) => void;
  readonly onLost: (problem: string) => void;
}

export class PlainLink implements Link {
  readonly port: number;
  readonly headers = {};
  readonly #options: PlainLinkOptions;
  readonly #client: HttpClient;
  readonly #closing = new AbortController();

  constructor(options: PlainLinkOptions) {
    this.#options = options;
    this.port = options.port;
    // It announces "Connection: close" and leaves the socket open: it has to be told the same.
    this.#client = new HttpClient(options.port, { Connection: "close" });
    void this.#keepAsking();
  }

  async load(
    path: string,
    signal: AbortSignal,
    onProgress: (progress: Progress) => void,
  ): Promise<LoadOutcome> {
    onProgress({ stage: "loading", percent: 0 });
    const answer = await this.#client.call("POST", "/scene/load", signal, { scene_path: path });
    if (answer.status === 404) return { kind: "not found" };
    if (answer.status !== 200 && answer.status !== 202)
      return { kind: "failed", issues: [this.#issue(answer)] };
    onProgress({ stage: "verifying", percent: 0 });
    for (;;) {
      const scene = await this.#readScene(signal);
      if (scene?.path === path) {
        await this.#ask(signal);
        return { kind: "loaded", scene, issues: [] };
      }
      await wait(askEveryWhileLoading, undefined, { signal }).catch(() => signal.throwIfAborted());
    }
  }

  quit(): void {}

  close(): void {
    this.#closing.abort(new Error("closed"));
    this.#client.close();
  }

  async #keepAsking(): Promise<void> {
    const { signal } = this.#closing;
    for (let failures = 0; failures < patience && !signal.aborted; ) {
      try {
        await this.#ask(AbortSignal.any([signal, AbortSignal.timeout(answerTimeout)]));
        failures = 0;
      } catch {
        failures += 1;
      }
      await wait(askEvery, undefined, { signal, ref: false }).catch(() => {});
    }
    if (!signal.aborted) this.#options.onLost("it does not answer any longer");
  }

  async #ask(signal: AbortSignal): Promise<void> {
    const [scene, player] = await Promise.all([this.#readScene(signal), this.#readPlayer(signal)]);
    this.#options.onView({ ...unreachable, reachable: true, ready: true, scene, player });
  }

  async #readPlayer(signal: AbortSignal): Promise<Player> {
    const { body } = await this.#client.call("GET", "/state/player", signal);
    return { exists: (body as { exists?: unknown } | undefined)?.exists === true };
  }

  async #readScene(signal: AbortSignal): Promise<SceneInfo | undefined> {
    const { status, body } = await this.#client.call("GET", "/state/scene", signal);
    if (status !== 200 || typeof body !== "object" || body === null) return undefined;
    return toScene(body as Record<string, unknown>);
  }

  #issue({ status, body }: { status: number; body: unknown }): LogEntry {
    const said = (body as { message?: unknown; error?: unknown } | undefined) ?? {};
    const message = `It answered ${status}: ${said.message ?? said.error ?? "without a reason"}`;
    if (status >= 500 && said.message === undefined && said.error === undefined)
      throw engineUnresponsive(message);
    return {
      cursor: 0,
      time: Date.now(),
      severity: "ERROR",
      source: "ENGINE",
      message,
      backtrace: [],
      run: this.#options.run,
    };
  }
}

/** The keys that projects built on godottpd are known to use, the most telling first. */
function toScene(state: Record<string, unknown>): SceneInfo | undefined {
  const text = (...keys: string[]) =>
    keys.map((key) => state[key]).find((value): value is string => typeof value === "string" && value !== "");
  const path = text("scene_path", "scene_file_path", "path", "current_scene", "scene");
  const name = text("scene_name", "name", "root_name") ?? path?.replace(/^.*\//, "").replace(/\.\w+$/, "");
  if (name === undefined) return undefined;
  const count = state.node_count;
  return {
    path: path?.startsWith("res://") ? path : "",
    name,
    rootName: text("root_name", "name") ?? "",
    rootType: text("root_type", "type") ?? "",
    nodeCount: typeof count === "number" ? count : 0,
  };
}
