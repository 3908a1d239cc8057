/**
 * Drives a Godot whose HTTP side is not ours: a godottpd with the predecessor's four routes. It has no
 * events, so it is asked; each request is one packet on a connection of its own.
 */
import { setTimeout as wait } from "node:timers/promises";
import { isolated } from "../../../async/isolated.ts";
import { callUnsupported, engineUnresponsive } from "../../../errors/engine.ts";
import { scenePending } from "../../../errors/scene.ts";
import { ControlError } from "../../../model/control_error.ts";
import type { LogEntry } from "../../../model/log_entry.ts";
import { longestMessage, longestName, longestPath } from "../../bounds.ts";
import { isObject, Said } from "../../process/said.ts";
import { type Answer, HttpClient } from "../http_client.ts";
import type { Link, LinkLoadOptions, LoadOutcome, Player, Progress, SceneInfo, View } from "../link.ts";
import { noIssues, unreachable } from "../link.ts";

const askEvery = 2_000;
const askEveryWhileLoading = 50;
/** After a connection that was refused or broke: sooner, for it is the sign of one that went. */
const askAgain = 100;
/** The number of questions in a row without an answer that mean that it is gone. */
const patience = 2;
/** While it loads, its main loop may stand still, and nothing is answered: about a minute. */
const patienceWhileLoading = 15;
const answerTimeout = 2_000;
/** For so long it may go on to answer that another scene runs: nothing else tells that a load failed. */
const mostOldAnswers = 30_000 / askEveryWhileLoading;

export interface PlainLinkOptions {
  readonly port: number;
  readonly run: number;
  readonly onView: (view: View) => void;
  readonly onLost: (problem: ControlError) => void;
}

export class PlainLink implements Link {
  readonly port: number;
  readonly headers = {};
  readonly #options: PlainLinkOptions;
  readonly #client: HttpClient;
  readonly #closing = new AbortController();
  #loading = 0;
  /** The scene that was last proved: a Godot that tells only names has its path from here. */
  #proved: SceneInfo | undefined;
  #asked = 0;
  #told = 0;

  constructor(options: PlainLinkOptions) {
    this.#options = options;
    this.port = options.port;
    // It announces "Connection: close" and leaves the socket open: it has to be told the same.
    this.#client = new HttpClient(options.port, { Connection: "close" });
    void this.#keepAsking();
  }

  async load(path: string, { signal, onProgress }: LinkLoadOptions): Promise<LoadOutcome> {
    this.#loading += 1;
    try {
      return await this.#load(path, AbortSignal.any([signal, this.#closing.signal]), onProgress);
    } finally {
      this.#loading -= 1;
    }
  }

  async command(name: string): Promise<never> {
    throw callUnsupported(name);
  }

  quit(): void {}

  close(): void {
    this.#closing.abort(engineUnresponsive("it does not answer any longer"));
    this.#client.close();
  }

  async #load(
    path: string,
    signal: AbortSignal,
    onProgress?: (progress: Progress) => void,
  ): Promise<LoadOutcome> {
    onProgress?.({ stage: "loading", percent: 0 });
    const answer = await this.#client.call("POST", "/scene/load", signal, { scene_path: path });
    if (answer.status === 404 && isObject(answer.body)) return { kind: "not found" };
    if (answer.status !== 200 && answer.status !== 202)
      return { kind: "failed", issues: { entries: [this.#issue(answer)], count: 1 }, unimported: [] };
    onProgress?.({ stage: "verifying", percent: 0 });
    for (let answers = 0; answers < mostOldAnswers; answers += 1) {
      const scene = await this.#readScene(signal);
      if (scene && isOf(scene, path)) {
        this.#proved = { ...scene, path };
        await this.#ask(signal);
        return { kind: "loaded", scene: this.#proved, issues: noIssues, unimported: [] };
      }
      await wait(askEveryWhileLoading, undefined, { signal }).catch(() => signal.throwIfAborted());
    }
    throw scenePending(path, mostOldAnswers * askEveryWhileLoading);
  }

  async #keepAsking(): Promise<void> {
    const { signal } = this.#closing;
    const isLost = (failures: number) => failures >= (this.#loading > 0 ? patienceWhileLoading : patience);
    for (let failures = 0; !isLost(failures) && !signal.aborted; ) {
      let pause = askEvery;
      try {
        await this.#ask(AbortSignal.any([signal, AbortSignal.timeout(answerTimeout)]));
        failures = 0;
      } catch (error) {
        failures += 1;
        if (error instanceof ControlError) pause = askAgain;
      }
      await wait(pause, undefined, { signal, ref: false }).catch(() => {});
    }
    const problem = engineUnresponsive("it does not answer any longer");
    if (!signal.aborted) isolated(() => this.#options.onLost(problem));
  }

  async #ask(signal: AbortSignal): Promise<void> {
    this.#asked += 1;
    const turn = this.#asked;
    const [found, player] = await Promise.all([this.#readScene(signal), this.#readPlayer(signal)]);
    // Two questions may be under way: the answer to the older one is not news after the newer one's.
    if (turn < this.#told) return;
    this.#told = turn;
    const proved = this.#proved;
    const scene = found && proved && isOf(found, proved.path) ? { ...found, path: proved.path } : found;
    const view = { ...unreachable, reachable: true, ready: true, scene, player };
    isolated(() => this.#options.onView(view));
  }

  async #readPlayer(signal: AbortSignal): Promise<Player> {
    const { body } = await this.#client.call("GET", "/state/player", signal);
    return { exists: isObject(body) && body.exists === true };
  }

  /** @throws `engineUnresponsive` where the answer is no Godot's: a stranger may have taken the port */
  async #readScene(signal: AbortSignal): Promise<SceneInfo | undefined> {
    const { status, body } = await this.#client.call("GET", "/state/scene", signal);
    if (!isObject(body)) throw engineUnresponsive(`it answered ${status} to GET /state/scene, and no JSON`);
    return status === 200 ? toScene(body) : undefined;
  }

  #issue({ status, body }: Answer): LogEntry {
    const said = new Said(isObject(body) ? body : {});
    const [reason] = texts(said, longestMessage, "message", "error");
    if (reason === undefined && (status === 404 || status >= 500))
      throw engineUnresponsive(`it answered ${status} to POST /scene/load, without a reason`);
    return {
      cursor: 0,
      time: Date.now(),
      severity: "ERROR",
      source: "ENGINE",
      message: `It answered ${status}: ${reason ?? "without a reason"}`,
      backtrace: [],
      run: this.#options.run,
    };
  }
}

/** Whether the scene is that of the file; where its path is not told, its name has to do. */
const isOf = (scene: SceneInfo, path: string) =>
  scene.path === path || (scene.path === "" && scene.name === baseName(path));

const baseName = (path: string) => path.replace(/^.*\//, "").replace(/\.\w+$/, "");

/** Those of these fields that are texts and not empty, the first first: what is none says nothing. */
const texts = (said: Said, longest: number, ...names: string[]) =>
  names.flatMap((name) => {
    const value = said.field(name);
    return value.isText ? value.text(longest) || [] : [];
  });

/**
 * The keys that projects built on godottpd are known to use, the most telling first. Such a project answers as it
 * likes: what is of another kind is passed over.
 */
function toScene(state: Record<string, unknown>): SceneInfo | undefined {
  const said = new Said(state);
  const text = (...names: string[]) => texts(said, longestName, ...names)[0];
  const path = texts(said, longestPath, "scene_path", "scene_file_path", "path", "current_scene", "scene")[0];
  const name = text("scene_name", "name", "root_name") ?? (path && baseName(path));
  if (name === undefined) return undefined;
  const count = said.field("node_count");
  return {
    path: path?.startsWith("res://") ? path : "",
    name,
    rootName: text("root_name", "name") ?? "",
    rootType: text("root_type", "type") ?? "",
    generation: 0,
    nodeCount: count.isNumber ? count.number() : 0,
  };
}
