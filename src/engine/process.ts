/** One engine process: its standard streams, its group, its end. */
import { execa } from "execa";
import type { EngineExit } from "../model.ts";
import { within } from "./deadline.ts";
import { Lines } from "./lines.ts";
import { LogParser, type RawEntry } from "./log_parser.ts";
import { dyingWithParent } from "./parent_death.ts";
import { couldNotRun } from "./shortage.ts";

/** What the addon says of itself on standard output; see boot.gd. */
export type Announcement =
  | { readonly event: "listening"; readonly port: number; readonly pid: number; readonly nonce: string }
  /** `scene` is the one that was put in place last; empty where there was none. */
  | { readonly event: "goodbye"; readonly nonce: string; readonly scene: string };

/** How a process ended; whether that was wanted, others know. */
export type ProcessExit = Omit<EngineExit, "run" | "asked" | "scene">;

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

const mark = "@godot-control ";
/** How long output may still come after the exit: a grandchild can hold the pipes open for ever. */
const drainTime = 50;
/** An error's last lines come within one write or the next; then it is complete. */
const flushTime = 20;

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
  const child = execa(...dyingWithParent(path, args), {
    cwd: options.cwd,
    env: allowedEnvironment(process.env),
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

  const drained = [
    read(child.stdout, new LogParser("INFO", options.source, listener.onEntry), (line) =>
      line.startsWith(mark) ? announce(line.slice(mark.length), listener) : false,
    ),
    read(child.stderr, new LogParser("ERROR", options.source, listener.onEntry), () => false),
  ];
  let ended = false;
  const end = async (exit: ProcessExit) => {
    if (ended) return;
    ended = true;
    await within(Promise.all(drained.map((stream) => stream.done)), drainTime);
    for (const stream of drained) stream.flush();
    listener.onExit(exit);
  };
  child.nodeChildProcess.once("exit", (code, signal) => void end(describeExit(code, signal)));
  // For want of descriptors there is not even a process object that could say so: the promise does.
  if (child.pid === undefined)
    void child.then(({ cause }) => end(couldNotRun(cause as NodeJS.ErrnoException)));

  return {
    pid: child.pid ?? 0,
    signal(signal) {
      if (ended || child.pid === undefined) return;
      try {
        process.kill(-child.pid, signal);
      } catch {
        // Gone already: its exit is on the way.
      }
    },
    release() {
      child.stdin.end("\n");
    },
  };
}

function announce(json: string, listener: ProcessListener): boolean {
  try {
    listener.onAnnouncement(JSON.parse(json) as Announcement);
    return true;
  } catch {
    return false; // A game may print what it likes.
  }
}

interface Reading {
  readonly done: Promise<void>;
  flush(): void;
}

function read(stream: NodeJS.ReadableStream, parser: LogParser, take: (line: string) => boolean): Reading {
  const lines = new Lines((line) => {
    if (!take(line)) parser.line(line);
  });
  let idle: NodeJS.Timeout | undefined;
  stream.on("data", (bytes: Buffer) => {
    lines.write(bytes);
    clearTimeout(idle);
    idle = setTimeout(() => parser.flush(), flushTime);
  });
  const done = new Promise<void>((resolve) => {
    stream.once("close", resolve);
    stream.once("error", () => resolve());
  });
  return {
    done,
    flush() {
      clearTimeout(idle);
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
