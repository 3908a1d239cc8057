/** One run of the engine: its process and, once that listens, the link to the addon inside. */
import { isolated } from "../../async/isolated.ts";
import type { Config } from "../../config/config.ts";
import type { ControlError } from "../../model/control_error.ts";
import type { ProcessExit } from "../../model/engine_exit.ts";
import type { LogEntry } from "../../model/log_entry.ts";
import { AddonLink } from "../link/addon/addon_link.ts";
import { type Link, unreachable, type View } from "../link/link.ts";
import type { RawEntry } from "../process/log_parser.ts";
import { type EngineProcess, spawnEngine } from "../process/process.ts";
import { type Launch, launch } from "./launch.ts";
import type { Prepared } from "./preparation.ts";

/** Milliseconds from a lost connection to the next try. */
const reconnectAfter = 250;

export interface RunListener {
  onEntry(entry: RawEntry): LogEntry;
  /** The addon hears what the engine raises from now on. Before, it raised these errors of the project. */
  onHearing(unheard: readonly LogEntry[]): void;
  /** @param port of the engine's HTTP side */
  onView(view: View, port: number): void;
  /** The link was lost again, for this reason, before the engine could be asked once more. */
  onLost(problem: ControlError): void;
  /** Its HTTP side could not be reached again, or not be read, for as long as a hang may last. */
  onSilent(seconds: number): void;
  /**
   * Once, after everything else.
   * @param scene the one that was put in place last, where the engine could still say so
   */
  onExit(exit: ProcessExit, scene: string | undefined): void;
}

export class Run {
  readonly #number: number;
  readonly #launch: Launch;
  readonly #listener: RunListener;
  readonly #hangTimeout: number;
  readonly #process: EngineProcess;
  #link: AddonLink | undefined;
  #reconnect: NodeJS.Timeout | undefined;
  #silence: NodeJS.Timeout | undefined;
  #hasBooted = false;
  #isLeaving = false;
  #isHeard = false;
  readonly #unheard: LogEntry[] = [];
  #lastScene: string | undefined;

  /** @param scene what to boot into; undefined: nothing */
  constructor(
    number: number,
    { engine, importIssues }: Prepared,
    config: Config,
    scene: string | undefined,
    listener: RunListener,
  ) {
    this.#number = number;
    const unimported = importIssues.flatMap(({ file }) => file ?? []);
    this.#launch = launch(config, scene, [...new Set(unimported)]);
    this.#listener = listener;
    this.#hangTimeout = config.hangTimeout;
    this.#process = spawnEngine(
      engine.path,
      this.#launch.args,
      { cwd: config.projectPath, config: this.#launch.config, source: "ENGINE" },
      {
        onEntry: (raw) => {
          const entry = listener.onEntry(raw);
          if (!this.#isHeard && isOfProject(entry)) this.#unheard.push(entry);
        },
        onAnnouncement: (announcement) => {
          if (announcement.nonce !== this.#launch.nonce) return;
          if (announcement.event === "hearing") {
            this.#isHeard = true;
            return listener.onHearing(this.#unheard);
          }
          if (announcement.event === "listening") {
            this.#hasBooted = true;
            return this.#connect(announcement.port);
          }
          this.#isLeaving = true;
          this.#lastScene = announcement.scene || undefined;
          this.#process.release();
        },
        onExit: (exit) => {
          clearTimeout(this.#reconnect);
          this.#endSilence();
          this.#link?.close();
          this.#link = undefined;
          listener.onExit(exit, this.#lastScene);
        },
      },
    );
  }

  /** 0 where the process could not be spawned. */
  get pid(): number {
    return this.#process.pid;
  }

  get link(): Link | undefined {
    return this.#link;
  }

  /** Whether the project was loaded, and the engine was about to boot into its first scene. */
  get hasBooted(): boolean {
    return this.#hasBooted;
  }

  /** Whether it has said goodbye, or its process has ended: what is left is that its exit is told. */
  get isLeaving(): boolean {
    return this.#isLeaving || this.#process.hasEnded;
  }

  /** Asks the project to end by itself. */
  quit(): void {
    this.#link?.quit();
  }

  signal(signal: "SIGTERM" | "SIGKILL"): void {
    this.#process.signal(signal);
  }

  #endSilence(): void {
    clearTimeout(this.#silence);
    this.#silence = undefined;
  }

  #connect(port: number): void {
    this.#link?.close();
    this.#link = new AddonLink({
      port,
      secret: this.#launch.secret,
      nonce: this.#launch.nonce,
      pid: this.pid,
      run: this.#number,
      onView: (view) => {
        // After a loss, it is well again when its state could be read.
        if (this.#silence && !view.ready) return;
        this.#endSilence();
        this.#listener.onView(view, port);
      },
      onLost: (problem) => {
        this.#listener.onView(unreachable, port);
        // The first loss is mostly the sign of an exit that is on its way, and that says more.
        if (this.#silence) this.#listener.onLost(problem);
        this.#silence ??= setTimeout(
          () => isolated(() => this.#listener.onSilent(this.#hangTimeout / 1000)),
          this.#hangTimeout,
        );
        // Mostly its exit is on the way; an engine that lives may only have dropped a slow listener.
        this.#reconnect = setTimeout(() => this.#connect(port), reconnectAfter);
      },
    });
  }
}

/** A driver's complaint is none: it is this machine's. */
const isOfProject = ({ severity, message }: LogEntry) =>
  severity === "ERROR" && /res:\/\/|project\.godot|\.gdextension/.test(message);
