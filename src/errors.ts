/**
 * Every error that a caller can get. A fault that has a name gets it here, and nowhere else:
 * each sentence says what happened, why, and what to do next.
 */

import { type EngineExit, inOneLine, type LogEntry, theEngineSays } from "./model.ts";

/** The gRPC status codes in use, by their canonical names (google.rpc.Code). */
export type ErrorCode =
  | "INVALID_ARGUMENT"
  | "NOT_FOUND"
  | "FAILED_PRECONDITION"
  | "UNAVAILABLE"
  | "DEADLINE_EXCEEDED"
  | "RESOURCE_EXHAUSTED"
  | "ABORTED"
  | "INTERNAL"
  | "UNIMPLEMENTED"
  | "PERMISSION_DENIED"
  | "UNAUTHENTICATED";

/** Why, for a program: the names of `ErrorReason` in error.proto, without their prefix. */
export type ErrorReason =
  | "UNSPECIFIED"
  | "INVALID_FIELD"
  | "INVALID_SCENE_PATH"
  | "SCENE_NOT_FOUND"
  | "SCENE_BROKEN"
  | "SCENE_PENDING"
  | "SCENE_HUNG"
  | "SCENE_REPLACED"
  | "NO_SCENE"
  | "QUEUE_FULL"
  | "ENGINE_NOT_FOUND"
  | "ENGINE_UNUSABLE"
  | "PROJECT_INVALID"
  | "IMPORT_FAILED"
  | "ENGINE_NOT_RUNNING"
  | "START_TIMEOUT"
  | "ENGINE_EXITED"
  | "PROJECT_QUIT"
  | "CRASH_LOOP"
  | "STOPPED"
  | "ENGINE_UNRESPONSIVE"
  | "SHUTTING_DOWN"
  | "ENGINE_NOT_OWNED"
  | "PLAYER_MISSING"
  | "RESOURCE_SHORTAGE"
  | "ADDON_INCOMPATIBLE"
  | "UNAUTHENTICATED"
  | "FORBIDDEN"
  | "NO_SUCH_PATH"
  | "MALFORMED_REQUEST"
  | "REQUEST_TOO_LARGE"
  | "REQUEST_TOO_SLOW"
  | "ANSWER_INVALID"
  | "ADDON_UNAUTHENTICATED";

interface Circumstances {
  readonly metadata?: Readonly<Record<string, string>>;
  readonly logTail?: readonly LogEntry[];
  readonly exit?: EngineExit | undefined;
}

export class ControlError extends Error {
  override readonly name = "ControlError";
  readonly code: ErrorCode;
  readonly reason: ErrorReason;
  readonly metadata: Readonly<Record<string, string>>;
  readonly logTail: readonly LogEntry[];
  readonly exit: EngineExit | undefined;

  constructor(code: ErrorCode, reason: ErrorReason, message: string, circumstances: Circumstances = {}) {
    super(message);
    this.code = code;
    this.reason = reason;
    this.metadata = circumstances.metadata ?? {};
    this.logTail = circumstances.logTail ?? [];
    this.exit = circumstances.exit;
  }
}

const seconds = (ms: number) => `${Number((ms / 1000).toFixed(3))} s`;

export const invalidField = (field: string, problem: string) =>
  new ControlError("INVALID_ARGUMENT", "INVALID_FIELD", `${field}: ${problem}`, { metadata: { field } });

export const invalidScenePath = (path: string, problem: string) =>
  new ControlError(
    "INVALID_ARGUMENT",
    "INVALID_SCENE_PATH",
    `scene_path ${JSON.stringify(path)} ${problem}. Give the path of a scene in the project, such as "res://main.tscn", or its "uid://…".`,
    { metadata: { scene_path: path } },
  );

export const sceneNotFound = (path: string, similar: string | undefined) =>
  new ControlError(
    "NOT_FOUND",
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
    "FAILED_PRECONDITION",
    "SCENE_BROKEN",
    `${path} could not be loaded; ${now}.${hint && ` ${hint}`}${theEngineSays(log)}`,
    { metadata: { scene_path: path }, logTail: log },
  );

/** The same error, of a load during which files changed: it may be due to a mixture. */
export const whileFilesChanged = ({ code, reason, message, ...more }: ControlError, newerOnDisk: string) =>
  new ControlError(
    code,
    reason,
    `${message} Files changed meanwhile (${newerOnDisk}), so that it may have read some of them old and some new: load it again.`,
    { ...more, metadata: { ...more.metadata, newer_on_disk: newerOnDisk } },
  );

export const scenePending = (path: string, ms: number) =>
  new ControlError(
    "DEADLINE_EXCEEDED",
    "SCENE_PENDING",
    `${path} was not verified within ${seconds(ms)}; the load goes on. Ask GetCurrentScene later, or allow a longer timeout.`,
    { metadata: { scene_path: path } },
  );

export const playerMissing = (path: string, ms: number) =>
  new ControlError(
    "DEADLINE_EXCEEDED",
    "PLAYER_MISSING",
    `${path} runs, but no player appeared within ${seconds(ms)} (--require-player). The player is a node in --player-group or named --player-name.`,
    { metadata: { scene_path: path } },
  );

export const sceneHung = (path: string, ms: number, logTail: readonly LogEntry[]) =>
  new ControlError(
    "DEADLINE_EXCEEDED",
    "SCENE_HUNG",
    `${path} was not verified within ${seconds(ms)} because the engine's main loop hangs; the engine is being restarted. Look for an endless loop in a _ready() or _init() of the scene.`,
    { metadata: { scene_path: path }, logTail },
  );

export const sceneReplaced = (path: string, current: string, log: readonly LogEntry[]) =>
  new ControlError(
    "ABORTED",
    "SCENE_REPLACED",
    `${path} was loaded, but before it had been through one frame the game ${current ? `changed to ${current}` : "removed it"}.`,
    { metadata: { scene_path: path, current_scene_path: current }, logTail: log },
  );

export const noScene = () =>
  new ControlError("FAILED_PRECONDITION", "NO_SCENE", "No scene is loaded. Load one with LoadScene first.");

export const sceneWithoutFile = () =>
  new ControlError(
    "FAILED_PRECONDITION",
    "NO_SCENE",
    "The scene that runs was built by a script, and has no file to load again. Load one with LoadScene.",
  );

export const queueFull = (limit: number) =>
  new ControlError(
    "RESOURCE_EXHAUSTED",
    "QUEUE_FULL",
    `${limit} scene loads are waiting already. Try again when some of them are done.`,
  );

export const engineNotFound = (problem: string) =>
  new ControlError(
    "FAILED_PRECONDITION",
    "ENGINE_NOT_FOUND",
    `No Godot was found, and none could be installed: ${problem}. Install Godot 4.5 or newer and name it with --godot-path.`,
  );

/** @param path of the executable, of which only the file's name is told */
export const engineUnusable = (path: string, problem: string, version?: string) =>
  new ControlError(
    "FAILED_PRECONDITION",
    "ENGINE_UNUSABLE",
    `${path.replace(/^.*[/\\]/, "")} cannot be used: ${problem}. Godot 4.5 or newer is required; name one with --godot-path.`,
    version === undefined ? {} : { metadata: { engine_version: version } },
  );

export const projectInvalid = (problem: string) =>
  new ControlError(
    "FAILED_PRECONDITION",
    "PROJECT_INVALID",
    `The project cannot be run: ${problem}. Name a folder with a sound project.godot with --project-path.`,
  );

export const importFailed = (problem: string, logTail: readonly LogEntry[]) =>
  new ControlError(
    "FAILED_PRECONDITION",
    "IMPORT_FAILED",
    `Importing the project failed: ${problem}.${theEngineSays(logTail)}`,
    { logTail },
  );

/** Unforeseen: a disk that is full, a folder that cannot be read. */
export const cannotPrepare = (cause: NodeJS.ErrnoException) =>
  new ControlError(
    "FAILED_PRECONDITION",
    "IMPORT_FAILED",
    `The start could not be prepared: ${cause.code ?? cause.message}${cause.syscall ? ` in ${cause.syscall}` : ""}. Look at the disk, and at the rights of the project and cache folders.`,
  );

export const engineNotRunning = (port: number) =>
  new ControlError(
    "UNAVAILABLE",
    "ENGINE_NOT_RUNNING",
    `No Godot answers on 127.0.0.1:${port}, and --no-autostart forbids starting one unasked. Start yours, or call Start (POST /start).`,
  );

export const startTimeout = (ms: number, activity: string, logTail: readonly LogEntry[]) =>
  new ControlError(
    "DEADLINE_EXCEEDED",
    "START_TIMEOUT",
    `The engine was not ready within ${seconds(ms)}${activity && ` (${activity})`}.${theEngineSays(logTail)}`,
    { logTail },
  );

export const engineExited = (exit: EngineExit, logTail: readonly LogEntry[]) => {
  if (exit.asked) return stoppedMeanwhile();
  return exit.code === 0
    ? new ControlError(
        "UNAVAILABLE",
        "PROJECT_QUIT",
        `The project quit by itself: ${exit.message}. Look for get_tree().quit() in its scripts.${lastWords(logTail)}`,
        { exit, logTail },
      )
    : new ControlError("UNAVAILABLE", "ENGINE_EXITED", `${exit.message}.${theEngineSays(logTail)}`, {
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
    "UNAVAILABLE",
    "CRASH_LOOP",
    `The engine ended too often and is left alone; last: ${exit.message}. Mend the cause, then call Start (POST /start).${theEngineSays(logTail)}`,
    { exit, logTail },
  );

export const stoppedMeanwhile = () =>
  new ControlError("ABORTED", "STOPPED", "The engine was stopped by another call meanwhile.");

export const engineUnresponsive = (problem: string) =>
  new ControlError("UNAVAILABLE", "ENGINE_UNRESPONSIVE", `The engine's HTTP side failed: ${problem}.`);

export const shuttingDown = () =>
  new ControlError("UNAVAILABLE", "SHUTTING_DOWN", "The server is shutting down. Try again once it is back.");

export const addonIncompatible = (spoken: number, needed: number) =>
  new ControlError(
    "FAILED_PRECONDITION",
    "ADDON_INCOMPATIBLE",
    `The addon in this Godot speaks version ${spoken} of its protocol, and this server version ${needed}. Install the addon that comes with this server (godot-control addon install PROJECT), and start the game again.`,
  );

export const addonUnauthenticated = (port: number) =>
  new ControlError(
    "FAILED_PRECONDITION",
    "ADDON_UNAUTHENTICATED",
    `The game on port ${port} has the addon installed, and answers only a server that shows its token. Run this server as the user who runs the game, or name the token's file: --godot-token-file here, godot_control/token_file in the game's project settings.`,
  );

export const engineNotOwned = (verb: string) =>
  new ControlError(
    "FAILED_PRECONDITION",
    "ENGINE_NOT_OWNED",
    `This Godot was started by somebody else, and will not be ${verb} from here (--no-autostart).`,
  );
