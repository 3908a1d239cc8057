/**
 * Every error that a caller can get. A fault that has a name gets it here, and nowhere else:
 * each sentence says what happened, why, and what to do next.
 */

import type { ErrorReason as Reasons } from "#gen/error_pb.js";
import { type EngineExit, inOneLine, type LogEntry, theEngineSays } from "./model.ts";

/**
 * Why, for a program: the names of `ErrorReason` in error.proto, without their prefix. Each has its status there, in an
 * annotation.
 */
export type ErrorReason = keyof typeof Reasons;

interface Circumstances {
  readonly metadata?: Readonly<Record<string, string>>;
  readonly logTail?: readonly LogEntry[];
  readonly exit?: EngineExit | undefined;
  /** The status where it is not that of the reason. */
  readonly status?: "DeadlineExceeded" | "Unimplemented" | undefined;
}

export class ControlError extends Error {
  override readonly name = "ControlError";
  readonly reason: ErrorReason;
  readonly metadata: Readonly<Record<string, string>>;
  readonly logTail: readonly LogEntry[];
  readonly exit: EngineExit | undefined;
  readonly status: Circumstances["status"];

  constructor(reason: ErrorReason, message: string, circumstances: Circumstances = {}) {
    super(message);
    this.reason = reason;
    this.metadata = circumstances.metadata ?? {};
    this.logTail = circumstances.logTail ?? [];
    this.exit = circumstances.exit;
    this.status = circumstances.status;
  }
}

const seconds = (ms: number) => `${Number((ms / 1000).toFixed(3))} s`;

export const invalidField = (field: string, problem: string) =>
  new ControlError("INVALID_FIELD", `${field}: ${problem}`, { metadata: { field } });

export const invalidScenePath = (path: string, problem: string) =>
  new ControlError(
    "INVALID_SCENE_PATH",
    `scene_path ${JSON.stringify(path)} ${problem}. Give the path of a scene in the project, such as "res://main.tscn", or its "uid://…".`,
    { metadata: { scene_path: path } },
  );

export const sceneNotFound = (path: string, similar: string | undefined) =>
  new ControlError(
    "SCENE_NOT_FOUND",
    `No scene ${path} in the project.${similar ? ` Did you mean ${similar}?` : ""} SceneService.ListScenes (GET /scenes) lists those there are.`,
    { metadata: { scene_path: path } },
  );

/**
 * @param now what runs instead, as the end of a sentence
 * @param hint what may be the cause, in sentences; empty where nothing is known
 */
export const sceneBroken = (path: string, now: string, hint: string, log: readonly LogEntry[]) =>
  new ControlError(
    "SCENE_BROKEN",
    `${path} could not be loaded; ${now}.${hint && ` ${hint}`}${theEngineSays(log)}`,
    { metadata: { scene_path: path }, logTail: log },
  );

/** The same error, of a load during which files changed: it may be due to a mixture. */
export const whileFilesChanged = ({ reason, message, ...more }: ControlError, newerOnDisk: string) =>
  new ControlError(
    reason,
    `${message} Files changed meanwhile (${newerOnDisk}), so that it may have read some of them old and some new: load it again.`,
    { ...more, metadata: { ...more.metadata, newer_on_disk: newerOnDisk } },
  );

export const scenePending = (path: string, ms: number) =>
  new ControlError(
    "SCENE_PENDING",
    `${path} was not verified within ${seconds(ms)}; the load goes on. Ask GetCurrentScene later, or allow a longer timeout.`,
    { metadata: { scene_path: path } },
  );

export const loadTimeout = (path: string, ms: number, kept: string) =>
  new ControlError(
    "LOAD_TIMEOUT",
    `The load of ${path} had not begun within ${seconds(ms)}, and was given up: ${kept}. Try again, or allow a longer timeout.`,
    { metadata: { scene_path: path } },
  );

export const playerMissing = (path: string, ms: number) =>
  new ControlError(
    "PLAYER_MISSING",
    `${path} runs, but no player appeared within ${seconds(ms)} (--require-player). The player is a node in --player-group or named --player-name.`,
    { metadata: { scene_path: path } },
  );

export const sceneHung = (path: string, ms: number, logTail: readonly LogEntry[]) =>
  new ControlError(
    "SCENE_HUNG",
    `${path} was not verified within ${seconds(ms)} because the engine's main loop hangs; the engine is being restarted. Look for an endless loop in a _ready() or _init() of the scene.`,
    { metadata: { scene_path: path }, logTail },
  );

export const sceneReplaced = (path: string, current: string, log: readonly LogEntry[]) =>
  new ControlError(
    "SCENE_REPLACED",
    `${path} was loaded, but before it had been through one frame the game ${current ? `changed to ${current}` : "removed it"}.`,
    { metadata: { scene_path: path, current_scene_path: current }, logTail: log },
  );

export const noScene = () =>
  new ControlError("NO_SCENE", "No scene is loaded. Load one with LoadScene first.");

export const sceneWithoutFile = () =>
  new ControlError(
    "NO_SCENE",
    "The scene that runs was built by a script, and has no file to load again. Load one with LoadScene.",
  );

export const queueFull = (limit: number) =>
  new ControlError(
    "QUEUE_FULL",
    `${limit} scene loads are waiting already. Try again when some of them are done.`,
  );

export const engineNotFound = (problem: string) =>
  new ControlError(
    "ENGINE_NOT_FOUND",
    `No Godot was found, and none could be installed: ${problem}. Install Godot 4.5 or newer and name it with --godot-path.`,
  );

/** @param path of the executable, of which only the file's name is told */
export const engineUnusable = (path: string, problem: string, version?: string) =>
  new ControlError(
    "ENGINE_UNUSABLE",
    `${path.replace(/^.*[/\\]/, "")} cannot be used: ${problem}. Godot 4.5 or newer is required; name one with --godot-path.`,
    version === undefined ? {} : { metadata: { engine_version: version } },
  );

export const projectInvalid = (problem: string) =>
  new ControlError(
    "PROJECT_INVALID",
    `The project cannot be run: ${problem}. Name a folder with a sound project.godot with --project-path.`,
  );

/** The same error, of a call that came while an engine was running: nothing was to be started. */
export const whileEngineRuns = ({ reason, message, ...more }: ControlError) =>
  new ControlError(
    reason,
    `${message} The engine that was started before runs on, with what it has read.`,
    more,
  );

export const importFailed = (problem: string, logTail: readonly LogEntry[]) =>
  new ControlError("IMPORT_FAILED", `Importing the project failed: ${problem}.${theEngineSays(logTail)}`, {
    logTail,
  });

/** Unforeseen: a disk that is full, a folder that cannot be read. */
export const cannotPrepare = (cause: NodeJS.ErrnoException) =>
  new ControlError(
    "IMPORT_FAILED",
    `The start could not be prepared: ${cause.code ?? cause.message}${cause.syscall ? ` in ${cause.syscall}` : ""}. Look at the disk, and at the rights of the project and cache folders.`,
  );

export const engineNotRunning = (port: number) =>
  new ControlError(
    "ENGINE_NOT_RUNNING",
    `No Godot answers on 127.0.0.1:${port}, and --no-autostart forbids starting one unasked. Start yours, or call Start (POST /start).`,
  );

export const startTimeout = (ms: number, activity: string, logTail: readonly LogEntry[]) =>
  new ControlError(
    "START_TIMEOUT",
    `The engine was not ready within ${seconds(ms)}${activity && ` (${activity})`}.${theEngineSays(logTail)}`,
    { logTail },
  );

export const engineExited = (exit: EngineExit, logTail: readonly LogEntry[]) => {
  if (exit.asked) return stoppedMeanwhile();
  return exit.code === 0
    ? new ControlError(
        "PROJECT_QUIT",
        `The project quit by itself: ${exit.message}. Look for get_tree().quit() in its scripts.${lastWords(logTail)}`,
        { exit, logTail },
      )
    : new ControlError("ENGINE_EXITED", `${exit.message}.${theEngineSays(logTail)}`, {
        exit,
        logTail,
      });
};

/** A project that quits by choice prints its reason as often as it raises it. */
const lastWords = (log: readonly LogEntry[]) =>
  theEngineSays(log) ||
  (log.length > 0 ? ` It printed last: ${log.slice(-3).map(inOneLine).join(" | ")}` : "");

export const crashLoop = (exit: EngineExit, logTail: readonly LogEntry[]) =>
  new ControlError(
    "CRASH_LOOP",
    `The engine ended too often and is left alone; last: ${exit.message}. Mend the cause, then call Start (POST /start).${theEngineSays(logTail)}`,
    { exit, logTail },
  );

export const stoppedMeanwhile = () =>
  new ControlError("STOPPED", "The engine was stopped by another call meanwhile.");

export const engineUnresponsive = (problem: string) =>
  new ControlError("ENGINE_UNRESPONSIVE", `The engine's HTTP side failed: ${problem}.`);

export const shuttingDown = () =>
  new ControlError("SHUTTING_DOWN", "The server is shutting down. Try again once it is back.");

export const addonIncompatible = (spoken: number, needed: number) =>
  new ControlError(
    "ADDON_INCOMPATIBLE",
    `The addon in this Godot speaks version ${spoken} of its protocol, and this server version ${needed}. Install the addon that comes with this server (godot-control addon install PROJECT), and start the game again.`,
  );

export const addonUnauthenticated = (port: number) =>
  new ControlError(
    "ADDON_UNAUTHENTICATED",
    `The game on port ${port} has the addon installed, and answers only a server that shows its token. Run this server as the user who runs the game, or name the token's file: --godot-token-file here, godot_control/token_file in the game's project settings.`,
  );

export const engineNotOwned = (verb: string) =>
  new ControlError(
    "ENGINE_NOT_OWNED",
    `This Godot was started by somebody else, and will not be ${verb} from here (--no-autostart).`,
  );
