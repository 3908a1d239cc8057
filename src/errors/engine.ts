/** What keeps the engine from running, or from answering. */
import { ControlError } from "../model/control_error.ts";
import type { EngineExit } from "../model/engine_exit.ts";
import { inOneLine, type LogEntry, theEngineSays } from "../model/log_entry.ts";
import { seconds } from "./seconds.ts";

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
    : new ControlError("ENGINE_EXITED", `${exit.message}.${whyItEnded(exit, logTail)}`, { exit, logTail });
};

/** Nothing that it said before leads to this signal. */
const whyItEnded = ({ signal, killed }: EngineExit, logTail: readonly LogEntry[]) =>
  signal === "SIGKILL" && !killed
    ? " A program has sent it that, perhaps the game itself by OS.kill(), or the system has, where memory ran out."
    : theEngineSays(logTail);

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

export const engineNotOwned = (verb: string) =>
  new ControlError(
    "ENGINE_NOT_OWNED",
    `This Godot was started by somebody else, and will not be ${verb} from here (--no-autostart).`,
  );

/** @param spoken undefined where it does not say */
export const addonIncompatible = (spoken: number | undefined, needed: number) =>
  new ControlError(
    "ADDON_INCOMPATIBLE",
    `The addon in this Godot speaks ${spoken === undefined ? "another version" : `version ${spoken}`} of its protocol, and this server version ${needed}. Install the addon that comes with this server (godot-control addon install PROJECT), and start the game again.`,
  );

export const addonUnauthenticated = (port: number) =>
  new ControlError(
    "ADDON_UNAUTHENTICATED",
    `The game on port ${port} has the addon installed, and answers only a server that shows its token. Run this server as the user who runs the game, or name the token's file: --godot-token-file here, godot_control/token_file in the game's project settings.`,
  );

export const engineStopped = () =>
  new ControlError(
    "ENGINE_NOT_RUNNING",
    "The engine is not running, and this call does not start it. Load a scene (POST /scene/load), or call Start (POST /start).",
  );

/** @param command of the addon */
export const callUnsupported = (command: string) =>
  new ControlError(
    "CALL_UNSUPPORTED",
    `This Godot has no addon of godot-control that knows ${command}. Install the one that comes with this server (godot-control addon install PROJECT), and start the game again.`,
  );

export const tooManyCalls = () =>
  new ControlError(
    "QUEUE_FULL",
    "Too many calls wait for the engine already. Try again when some of them are answered.",
  );

export const tooManyWatches = (limit: number) =>
  new ControlError(
    "QUEUE_FULL",
    `${limit} watches of nodes are open already. End some of them, or watch more properties with one.`,
  );

export const callTimeout = (ms: number, problem: string) =>
  new ControlError(
    "CALL_TIMEOUT",
    `The engine did not answer within ${seconds(ms)}${problem}. Look at its health (GET /health), then ask again.`,
  );
