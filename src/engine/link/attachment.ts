/** A Godot that was started elsewhere: found on its port, driven as it is, never stopped. */
import { randomBytes } from "node:crypto";
import { deadline, unlessAborted } from "../../async/deadline.ts";
import type { Config } from "../../config/config.ts";
import { addonIncompatible, addonUnauthenticated, engineUnresponsive } from "../../errors/engine.ts";
import { shuttingDown } from "../../errors/server.ts";
import type { ControlError } from "../../model/control_error.ts";
import { Said } from "../process/said.ts";
import { AddonLink, protocol } from "./addon/addon_link.ts";
import { toProtocol } from "./addon/addon_messages.ts";
import { isProof, readAddonToken } from "./addon/addon_token.ts";
import { HttpClient } from "./http_client.ts";
import { type Link, unreachable, type View } from "./link.ts";
import { PlainLink } from "./plain/plain_link.ts";

/** A Godot that was started by hand does not announce itself: it is looked for, also after it went. */
const lookEvery = 2_000;
const probeTimeout = 1_000;
/** How long one that was found may take until its first scene runs. */
const readyTimeout = 30_000;

type AttachmentConfig = Pick<Config, "godotPort" | "godotTokenFile">;

/** What holds the port: neither a kind nor a problem where that is no Godot. */
interface Found {
  readonly kind?: "addon" | "plain";
  /** Why a Godot that is there cannot be driven. */
  readonly problem?: ControlError;
  /** What an addon has proved that it knows. */
  readonly secret?: string;
}

export class Attachment {
  readonly #port: number;
  readonly #tokenFile: string | undefined;
  readonly #onView: () => void;
  readonly #patience: number;
  readonly #closing = new AbortController();
  #timer: NodeJS.Timeout | undefined;
  #probing: Promise<boolean> | undefined;
  #link: Link | undefined;
  #view: View = unreachable;
  /** Runs count engines, as they do for our own. */
  #run = 0;
  #problem: ControlError | undefined;

  /**
   * @param onView is called when `view` has changed
   * @param patience how long what holds the port may take to say what it is, in ms
   */
  constructor({ godotPort, godotTokenFile }: AttachmentConfig, onView: () => void, patience = probeTimeout) {
    this.#port = godotPort;
    this.#tokenFile = godotTokenFile;
    this.#onView = onView;
    this.#patience = patience;
  }

  /** Looks now, and again for as long as no Godot is driven. */
  begin(): void {
    // Port 0 is any port for a listener, and none for a client.
    if (this.#port === 0) return;
    const look = () => void this.probe(this.#closing.signal).catch(() => {});
    this.#timer = setInterval(look, lookEvery).unref();
    look();
  }

  get link(): Link | undefined {
    return this.#link;
  }

  get view(): View {
    return this.#view;
  }

  /** The number of the engine that is, or was last, driven. */
  get run(): number {
    return this.#run;
  }

  /** Why the Godot that was found last is not driven; undefined while one is, or none was found. */
  get problem(): ControlError | undefined {
    return this.#problem;
  }

  /**
   * Whether one is driven, after a look if there was none.
   * @throws the signal's reason, or `shuttingDown`
   */
  async probe(signal: AbortSignal): Promise<boolean> {
    const both = AbortSignal.any([signal, this.#closing.signal]);
    both.throwIfAborted();
    // A link that is still to become ready is no link yet.
    if (!this.#probing && (this.#link || this.#port === 0)) return this.#link !== undefined;
    // One look serves all callers that wait; none of them ends it for the others.
    this.#probing ??= this.#look().finally(() => {
      this.#probing = undefined;
    });
    return unlessAborted(this.#probing, both);
  }

  close(): void {
    clearInterval(this.#timer);
    this.#closing.abort(shuttingDown());
    this.#link?.close();
  }

  #set(view: View, problem: ControlError | undefined): void {
    this.#view = view;
    this.#problem = problem;
    this.#onView();
  }

  async #look(): Promise<boolean> {
    const { kind, problem, secret } = await this.#identify();
    if (problem) this.#set(unreachable, problem);
    else if (!kind && this.#problem) this.#set(unreachable, undefined);
    if (!kind || this.#closing.signal.aborted) return false;
    return this.#drive(kind, this.#run + 1, secret);
  }

  /** What answers: another program may hold the port, and answer 200 to everything. */
  async #identify(): Promise<Found> {
    const client = new HttpClient(this.#port, { Connection: "close" });
    const limit = deadline(this.#patience, this.#closing.signal, () => engineUnresponsive("no answer"));
    const ask = async (path: string): Promise<{ server?: unknown; proof?: unknown } | undefined> => {
      const { status, body } = await client.call("GET", path, limit.signal);
      return status === 200 && isObject(body) ? body : undefined;
    };
    try {
      const health = await ask("/health");
      if (health?.server === "godot_control") {
        // One of before says it only in its events.
        const spoken = toProtocol(new Said(health)) ?? protocol;
        if (spoken !== protocol) return { problem: addonIncompatible(spoken, protocol) };
        const secret = await readAddonToken(this.#tokenFile, this.#port);
        if (secret === undefined) return { kind: "addon" };
        // The token is shown to no other program that holds the port.
        const challenge = randomBytes(16).toString("hex");
        const answer = await ask(`/health?challenge=${challenge}`);
        return isProof(answer?.proof, secret, challenge, this.#port)
          ? { kind: "addon", secret }
          : { problem: addonUnauthenticated(this.#port) };
      }
      // Many servers describe their health in JSON; a scene that runs is Godot's alone.
      return health && (await ask("/state/scene")) ? { kind: "plain" } : {};
    } catch {
      return {};
    } finally {
      limit.clear();
      client.close();
    }
  }

  /** Resolves when the link knows how the engine is: true where it can be driven. */
  async #drive(kind: "addon" | "plain", run: number, secret: string | undefined): Promise<boolean> {
    const { promise, resolve } = Promise.withResolvers<boolean>();
    let isReachable = false;
    let wasReady = false;
    const drop = (problem: ControlError) => {
      resolve(false);
      if (this.#link !== link) return;
      link.close();
      this.#link = undefined;
      // One that was driven has gone; one that never could be is there, and says why.
      this.#set(unreachable, wasReady ? undefined : problem);
    };
    const options = {
      port: this.#port,
      run,
      ...(secret !== undefined && { secret }),
      onView: (view: View) => {
        // What was asked before the loss may be answered after it.
        if (this.#link !== link) return;
        isReachable = view.reachable;
        this.#run = run;
        this.#set(view, undefined);
        if (!view.ready) return;
        wasReady = true;
        resolve(true);
      },
      onLost: drop,
    };
    const link: Link = kind === "addon" ? new AddonLink(options) : new PlainLink(options);
    this.#link = link;
    const timer = setTimeout(
      () => (isReachable ? resolve(true) : drop(engineUnresponsive("it never said how it is"))),
      readyTimeout,
    ).unref();
    try {
      return await promise;
    } finally {
      clearTimeout(timer);
    }
  }
}

const isObject = (value: unknown): value is object =>
  typeof value === "object" && value !== null && !Array.isArray(value);
