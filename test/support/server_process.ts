/** A server in a process of its own, as its users run it: for what happens to it from outside. */
import { join } from "node:path";
import { execa } from "execa";
import { realEngine } from "./engine.ts";

/** What Node runs for a server: the sources, or what `npm start` and the published package run. */
const sources = ["src/main.ts"];
export const builtServer = ["dist/main.js"];

/**
 * On any port, and Godot on any; the first lines of its standard output say which. The process is handed over
 * in an object: by itself it would be a promise of its own end.
 */
export async function spawnServer(project: string, cache: string, entry: readonly string[] = sources) {
  const { path } = await realEngine();
  return {
    server: execa(
      process.execPath,
      [
        ...entry,
        "--port=0",
        "--godot-port=0",
        `--godot-path=${path}`,
        `--project-path=${project}`,
        `--cache-dir=${cache}`,
      ],
      { cwd: join(import.meta.dirname, "../.."), reject: false, buffer: false },
    ),
  };
}
