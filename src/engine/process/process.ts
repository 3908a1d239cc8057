/** One engine process: its standard streams, its group, its end. */
import type { Readable } from "node:stream";
import { execa } from "execa";
import { within } from "../../async/deadline.ts";
import { isolated } from "../../async/isolated.ts";
import type { ProcessExit } from "../../model/engine_exit.ts";
import { type Announcement, readAnnouncement } from "./announcement.ts";
import { endDescendants, marked } from "./descendants.ts";
import { Lines } from "./lines.ts";
import { LogParser, type RawEntry } from "./log_parser.ts";
import { dyingWithParent } from "./parent_death.ts";
import { couldNotRun } from "./starved.ts";

export interface ProcessListener {
  onEntry(entry: RawEntry): void;
  onAnnouncement(announcement: Announcement): void;
  /** Once, after the last entry. */
  onExit(exit: ProcessExit): void;
}

export interface EngineProcess {
  /** 0 where it could not be spawned; then `onExit` follows. */
  readonly pid: number;
  /** To the process and all it started. */
  signal(signal: "SIGTERM" | "SIGKILL"): void;
  /** Lets the addon's lifeline go, so that the engine can end in order. */
  release(): void;
}

/** How long output may still come after the exit: a grandchild can hold the pipes open for ever. */
const drainTime = 50;
/** In ms. An error has a write for each line, and a busy machine may keep the engine waiting between two of them. */
const flushTime = 100;

/**
 * @param config one line for the addon, on standard input: it is on no command line and in no environment
 * @param source whose output it is: the running game's, or the importer's
 */
export function spawnEngine(
  path: string,
  args: readonly string[],
  options: { cwd: string; config: string; source: RawEntry["source"] },
  listener: ProcessListener,
): EngineProcess {
  const [variable, run] = marked();
  const child = execa(...dyingWithParent(path, args), {
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

  const onEntry = (entry: RawEntry) => isolated(() => listener.onEntry(entry));
  const announce = (announcement: Announcement) => isolated(() => listener.onAnnouncement(announcement));
  const drained = [
    read(child.stdout, new LogParser("INFO", options.source, onEntry), announce),
    read(child.stderr, new LogParser("ERROR", options.source, onEntry), announce),
  ];
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
    await within(Promise.all(drained.map((stream) => stream.done)), drainTime);
    for (const stream of drained) stream.end();
    child.stdin.destroy();
    isolated(() => listener.onExit(exit));
  };
  child.nodeChildProcess.once("exit", (code, signal) => void end(describeExit(code, signal)));
  // Without free descriptors there is no process object; only the promise reports the failure.
  if (child.pid === undefined)
    void child.then(({ cause }) => end(couldNotRun(cause as NodeJS.ErrnoException)));

  return {
    pid: child.pid ?? 0,
    signal(name) {
      if (!ended) signal(name);
    },
    release() {
      child.stdin.end("\n");
    },
  };
}

interface Reading {
  readonly done: Promise<void>;
  /** Gives out what is left, and closes the stream. */
  end(): void;
}

function read(stream: Readable, parser: LogParser, announce: (announcement: Announcement) => void): Reading {
  const lines = new Lines((line) => {
    const announcement = readAnnouncement(line);
    if (!announcement) return parser.line(line);
    // What came before it is known first.
    parser.flush();
    announce(announcement);
  });
  let idle: NodeJS.Timeout | undefined;
  let flush: NodeJS.Immediate | undefined;
  stream.on("data", (bytes: Buffer) => {
    lines.write(bytes);
    clearTimeout(idle);
    clearImmediate(flush);
    // Where this process was busy, the rest may be there already: it is read before it counts as missing.
    idle = setTimeout(() => {
      flush = setImmediate(() => parser.flush());
    }, flushTime);
  });
  const done = new Promise<void>((resolve) => {
    stream.once("close", resolve);
    stream.once("error", () => resolve());
  });
  return {
    done,
    end() {
      stream.destroy();
      clearTimeout(idle);
      clearImmediate(flush);
      lines.end();
      parser.flush();
    },
  };
}

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
  return Object.fromEntries(
    Object.entries(env).filter(
      (pair): pair is [string, string] => allowed.test(pair[0]) && pair[1] !== undefined,
    ),
  );
}
