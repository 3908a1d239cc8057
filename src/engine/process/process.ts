/** One engine process: its standard streams, its group, its end. */
import { userInfo } from "node:os";
import { execa } from "execa";
import { within } from "../../async/deadline.ts";
import { isolated } from "../../async/isolated.ts";
import type { ProcessExit } from "../../model/engine_exit.ts";
import { endDescendants, marked } from "./descendants.ts";
import type { RawEntry } from "./log_parser.ts";
import { type OutputListener, readOutput } from "./output.ts";
import { dyingWithParent } from "./parent_death.ts";
import { couldNotRun } from "./starved.ts";

export interface ProcessListener extends OutputListener {
  /** Once, after the last entry. */
  onExit(exit: ProcessExit): void;
}

export interface EngineProcess {
  /** 0 where it could not be spawned; then `onExit` follows. */
  readonly pid: number;
  /** Its exit may still be to be told: what it has left behind is ended first. */
  readonly hasEnded: boolean;
  /** To the process and all it started. */
  signal(signal: "SIGTERM" | "SIGKILL"): void;
  /** Lets the addon's lifeline go, so that the engine can end in order. */
  release(): void;
}

/** How long output may still come after the exit: a grandchild can hold the pipes open for ever. */
const drainTime = 50;

/**
 * @param config one line for the addon, on standard input: it is on no command line and in no environment
 * @param source whose output it is: the running game's, or the importer's
 * @param isOneStream whether the order of all that it writes counts: then, what it prints by `printerr` is no error
 */
export function spawnEngine(
  path: string,
  args: readonly string[],
  options: { cwd: string; config: string; source: RawEntry["source"]; isOneStream?: boolean },
  listener: ProcessListener,
): EngineProcess {
  const [variable, run] = marked();
  const command = options.isOneStream ? inOneStream(path, args) : ([path, args] as const);
  const child = execa(...dyingWithParent(...command), {
    cwd: options.cwd,
    env: { ...allowedEnvironment(process.env), [variable]: run },
    extendEnv: false,
    detached: true,
    cleanup: false,
    buffer: false,
    reject: false,
    stdin: "pipe",
    stdout: "pipe",
    stderr: "pipe",
  });
  child.stdin.on("error", () => {}); // It ended before it read: its exit says more.
  child.stdin.write(`${options.config}\n`);

  const heard: OutputListener = {
    onEntry: (entry) => isolated(() => listener.onEntry(entry)),
    onAnnouncement: (announcement) => isolated(() => listener.onAnnouncement(announcement)),
  };
  const output = readOutput(child, options.source, heard, options.isOneStream);
  const signal = (name: "SIGTERM" | "SIGKILL") => {
    try {
      if (child.pid !== undefined) process.kill(-child.pid, name);
    } catch {
      // Nothing is left of its group.
    }
  };
  let ended = false;
  const end = async (exit: ProcessExit) => {
    if (ended) return;
    ended = true;
    // What the game has started goes with it: it would hold the pipes open, and write into the log of later runs.
    signal("SIGKILL");
    await endDescendants(run);
    await within(output.done, drainTime);
    output.end();
    child.stdin.destroy();
    isolated(() => listener.onExit(exit));
  };
  child.nodeChildProcess.once("exit", (code, signal) => void end(describeExit(code, signal)));
  // Without free descriptors there is no process object; only the promise reports the failure.
  if (child.pid === undefined)
    void child.then(({ cause }) => end(couldNotRun(cause as NodeJS.ErrnoException)));

  return {
    pid: child.pid ?? 0,
    get hasEnded() {
      return ended;
    },
    signal(name) {
      if (!ended) signal(name);
    },
    release() {
      child.stdin.end("\n");
    },
  };
}

/** All of it on standard error: two pipes do not tell what was written first. */
const inOneStream = (path: string, args: readonly string[]) =>
  ["sh", ["-c", 'exec "$0" "$@" >&2', path, ...args]] as const;

function describeExit(code: number | null, signal: NodeJS.Signals | null): ProcessExit {
  const time = Date.now();
  if (signal) return { signal, time, message: `The engine was ended by ${signal}` };
  return { code: code ?? 0, time, message: `The engine exited with code ${code}` };
}

/**
 * A scene runs code, and may read its environment: only what a game needs to find its display, its sound
 * and its user's folders is handed on.
 */
function allowedEnvironment(env: NodeJS.ProcessEnv): Record<string, string> {
  const allowed =
    /^(PATH|HOME|USER|LOGNAME|LANG|LANGUAGE|LC_.*|TZ|TMPDIR|TEMP|TMP|DISPLAY|XAUTHORITY|WAYLAND_DISPLAY|XDG_.*|PULSE_SERVER|DBUS_SESSION_BUS_ADDRESS|LIBGL_.*|MESA_.*|GALLIUM_DRIVER|VK_.*|XR_.*|SystemRoot|APPDATA|LOCALAPPDATA|USERPROFILE)$/;
  const pairs = Object.entries(env).filter(
    (pair): pair is [string, string] => allowed.test(pair[0]) && pair[1] !== undefined,
  );
  return { ...Object.fromEntries(pairs), ...(env.HOME || process.platform === "win32" ? {} : homeOfUser()) };
}

/** A service of systemd may have no HOME; Godot would make its folders, `user://` among them, in the project then. */
function homeOfUser(): { HOME?: string } {
  try {
    return { HOME: userInfo().homedir };
  } catch {
    return {}; // The system knows no user of this id.
  }
}
