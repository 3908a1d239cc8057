/** Is this file a Godot that will do? Answered by running it once with `--version`. */
import { constants } from "node:fs";
import { access, realpath, stat } from "node:fs/promises";
import { resolve } from "node:path";
import { execa } from "execa";
import { engineUnusable } from "../../errors/engine.ts";
import { isShortage } from "../../errors/shortage.ts";
import { isSupported, parseVersion } from "./version.ts";

/** A Godot that was run once and will do. */
export interface Engine {
  /** Absolute. */
  readonly path: string;
  /** "4.6.3.stable". */
  readonly version: string;
}

/** A real one takes 60 ms; from a cold disk, seconds. In milliseconds. */
const usualLimit = 5_000;

/** Versions by file identity, so that the same file is run only once. */
const known = new Map<string, string>();

/**
 * @param limit how long the program may take, in milliseconds
 * @throws {ControlError} ENGINE_UNUSABLE saying what is wrong with the file; the signal's reason when aborted
 */
export async function checkCandidate(
  path: string,
  signal?: AbortSignal,
  limit: number = usualLimit,
): Promise<Engine> {
  signal?.throwIfAborted();
  const absolute = resolve(path);
  const identity = await identify(absolute);
  const version = known.get(identity) ?? (await askVersion(absolute, signal, limit));
  known.set(identity, version);
  return { path: absolute, version };
}

async function identify(path: string): Promise<string> {
  const real = await realpath(path).catch((error: NodeJS.ErrnoException) => {
    if (isShortage(error)) throw error;
    throw engineUnusable(
      path,
      error.code === "ENOENT" ? "there is no such file" : `it cannot be reached (${error.code})`,
    );
  });
  const file = await stat(real);
  if (file.isDirectory()) throw engineUnusable(path, "it is a folder; name the executable in it");
  await access(real, constants.X_OK).catch(() => {
    throw engineUnusable(path, "it is not executable");
  });
  return `${real}\n${file.mtimeMs}\n${file.size}`;
}

async function askVersion(path: string, signal: AbortSignal | undefined, limit: number): Promise<string> {
  signal?.throwIfAborted();
  const child = execa(path, ["--version"], {
    stdin: "ignore",
    reject: false,
    maxBuffer: 65_536,
    // A group of its own: a wrapper script's child would otherwise outlive it and hold its output open.
    detached: true,
  });
  const kill = () => {
    try {
      if (child.pid) process.kill(-child.pid, "SIGKILL");
    } catch {} // it has ended by itself
  };
  let late = false;
  const timer = setTimeout(() => {
    late = true;
    kill();
  }, limit);
  signal?.addEventListener("abort", kill, { once: true });
  const result = await child.finally(() => {
    clearTimeout(timer);
    signal?.removeEventListener("abort", kill);
  });
  signal?.throwIfAborted();

  if (isShortage(result)) throw result;
  if (late) throw engineUnusable(path, `it did not answer to --version within ${limit / 1000} s`);
  // execa's own sentence names the folder.
  if (result.code !== undefined && result.exitCode === undefined)
    throw engineUnusable(path, `it cannot be run (${result.code})`);
  const version = parseVersion(result.stdout);
  if (!version) throw engineUnusable(path, `its --version is not that of a Godot: ${saying(result)}`);
  if (!isSupported(version)) throw engineUnusable(path, `it is Godot ${version.text}`, version.text);
  return version.text;
}

interface Run {
  readonly stdout: string;
  readonly stderr: string;
  readonly exitCode?: number | undefined;
  readonly shortMessage?: string | undefined;
}

function saying({ stdout, stderr, exitCode, shortMessage }: Run): string {
  const words = `${stdout}\n${stderr}`.trim().split("\n")[0]?.slice(0, 120);
  if (words) return `it says ${JSON.stringify(words)}`;
  return exitCode === undefined ? (shortMessage ?? "it did not run") : "it says nothing";
}
