/**
 * Every error that a caller can get. A fault that has a name gets it here, and nowhere else:
 * each sentence says what happened, why, and what to do next.
 */

/** The gRPC status codes in use, by their canonical names (google.rpc.Code). */
export type ErrorCode =
  | "INVALID_ARGUMENT"
  | "NOT_FOUND"
  | "FAILED_PRECONDITION"
  | "UNAVAILABLE"
  | "DEADLINE_EXCEEDED"
  | "RESOURCE_EXHAUSTED"
  | "ABORTED"
  | "INTERNAL";

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
  | "RESOURCE_SHORTAGE";

/** One thing the engine said; the domain's form of `LogEntry` in log.proto. */
export interface LogEntry {
  /** Place in the server's log; 0 where it is no part of it. */
  readonly cursor: number;
  /** Milliseconds since the epoch. */
  readonly time: number;
  readonly severity: "INFO" | "WARN" | "ERROR";
  readonly source: "ENGINE" | "SCRIPT" | "SHADER" | "IMPORT";
  readonly message: string;
  readonly file?: string;
  readonly line?: number;
  readonly function?: string;
  readonly backtrace: readonly StackFrame[];
  readonly run: number;
}

export interface StackFrame {
  readonly function: string;
  readonly file: string;
  readonly line: number;
}

/** How a run of the engine ended. Exactly one of `code` and `signal` is set. */
export interface EngineExit {
  readonly run: number;
  readonly code?: number;
  readonly signal?: string;
  /** A Stop or Restart wanted it to end. */
  readonly asked: boolean;
  /** The code (errno.h) of why no process came to be, where that was something that the machine may have again soon. */
  readonly starved?: string;
  /** Milliseconds since the epoch. */
  readonly time: number;
  readonly message: string;
}

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

/** An entry in one line, as it stands in messages: `res://a.gd:3: Parse Error: …`. */
export function inOneLine(entry: LogEntry): string {
  const place = entry.file ? `${entry.file}${entry.line ? `:${entry.line}` : ""}: ` : "";
  return place + entry.message.replaceAll(/\s*\n\s*/g, " ");
}

/** What the engine itself says of the cause, appended to a sentence; empty when it said nothing of weight. */
export function theEngineSays(log: readonly LogEntry[]): string {
  const errors = log.filter((entry) => entry.severity === "ERROR").map(inOneLine);
  if (errors.length === 0) return "";
  const shown = errors.slice(0, 3).join(" | ");
  return ` The engine says: ${shown}${errors.length > 3 ? ` | and ${errors.length - 3} more` : ""}`;
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

export const sceneBroken = (path: string, log: readonly LogEntry[]) =>
  new ControlError(
    "FAILED_PRECONDITION",
    "SCENE_BROKEN",
    `${path} could not be loaded; the scene before it stays current.${theEngineSays(log)}`,
    { metadata: { scene_path: path }, logTail: log },
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

/** What nobody foresaw: a disk that is full, a folder that cannot be read. */
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

export const engineNotOwned = (verb: string) =>
  new ControlError(
    "FAILED_PRECONDITION",
    "ENGINE_NOT_OWNED",
    `This Godot was started by somebody else, and will not be ${verb} from here (--no-autostart).`,
  );
