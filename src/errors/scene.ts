/** What keeps a scene from being loaded, or from being proved. */
import { ControlError } from "../model/control_error.ts";
import { type LogEntry, theEngineSays } from "../model/log_entry.ts";
import { seconds } from "./seconds.ts";

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
    `${path} was not verified within ${seconds(ms)} because the engine's main loop hangs; the engine is being restarted. Look for an endless loop in a _ready() or _init() of the scene, or in an _exit_tree() of the scene before it.`,
    { metadata: { scene_path: path }, logTail },
  );

/** @param current what runs instead; undefined: nothing */
export const sceneReplaced = (
  path: string,
  current: { readonly path: string; readonly name: string } | undefined,
  log: readonly LogEntry[],
) => {
  const now = current?.path || (current && `${current.name}, which has no file`);
  return new ControlError(
    "SCENE_REPLACED",
    `${path} was loaded, but before it had been through one frame the game ${now ? `changed to ${now}` : "removed it"}.`,
    { metadata: { scene_path: path, current_scene_path: current?.path ?? "" }, logTail: log },
  );
};

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
