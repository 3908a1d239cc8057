/** A server in a process of its own, as its users run it: for what happens to it from outside. */
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { TestContext } from "node:test";
import { execa } from "execa";
import { realEngine } from "./engine.ts";
import { temporaryFolder } from "./project.ts";

/** What Node runs for a server: the sources, or what `npm start` and the published package run. */
const sources = ["src/main.ts"];
export const builtServer = ["dist/main.js"];

interface SpawnOptions {
  readonly entry?: readonly string[];
  readonly flags?: readonly string[];
  /** A program, and its arguments, that runs the server in circumstances of its own. */
  readonly wrapper?: readonly string[];
}

/**
 * On any port, and Godot on any; the first lines of its standard output say which. The process is handed over
 * in an object: by itself it would be a promise of its own end.
 */
export async function spawnServer(project: string, cache: string, options: SpawnOptions = {}) {
  const { entry = sources, flags = [], wrapper = [] } = options;
  const { path } = await realEngine();
  const [program, ...args] = [
    ...wrapper,
    process.execPath,
    ...entry,
    "--port=0",
    "--godot-port=0",
    `--godot-path=${path}`,
    `--project-path=${project}`,
    `--cache-dir=${cache}`,
    ...flags,
  ] as [string, ...string[]];
  return {
    server: execa(program, args, {
      cwd: join(import.meta.dirname, "../.."),
      reject: false,
      buffer: false,
    }),
  };
}

/** A server in a process of its own, once it has said this; `found` is what the pattern found. */
export async function serverThatSaid(
  context: Pick<TestContext, "after">,
  project: string,
  said: RegExp,
  options: SpawnOptions = {},
) {
  const { server } = await spawnServer(project, await temporaryFolder(context), options);
  context.after(() => server.kill("SIGKILL"));
  let baseUrl = "";
  for await (const line of createInterface({ input: server.stdout })) {
    baseUrl ||= /Listening on (\S+)/.exec(line)?.[1] ?? "";
    const found = said.exec(line);
    // What it says afterwards is nobody's, and must not fill the pipe.
    if (found) {
      server.stdout.resume();
      return { server, baseUrl, found };
    }
  }
  throw new Error("The server ended.");
}
