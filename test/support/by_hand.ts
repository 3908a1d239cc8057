/** A Godot that a person starts, whose project may have the addon installed. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import type { TestContext } from "node:test";
import { fileURLToPath } from "node:url";
import { execa } from "execa";
import { realEngine } from "./engine.ts";

const main = fileURLToPath(new URL("../../src/main.ts", import.meta.url));

/** `godot-control addon install`, or `remove`. */
export const changeAddon = (action: "install" | "remove", project: string) =>
  execa(process.execPath, [main, "addon", action, project]);

/** Starts Godot as a person does; ended with the test, if not before. */
export async function startByHand(
  context: Pick<TestContext, "after">,
  project: string,
  args: readonly string[] = [],
  env: NodeJS.ProcessEnv = process.env,
) {
  const { path } = await realEngine();
  const godot = spawn(path, ["--headless", "--path", project, ...args], {
    stdio: ["ignore", "pipe", "ignore"],
    env,
  });
  const exited = once(godot, "exit");
  const isAlive = () => godot.exitCode === null && godot.signalCode === null;
  const kill = async () => {
    if (isAlive()) godot.kill("SIGKILL");
    await exited;
  };
  context.after(kill);
  const { promise: answering, resolve } = Promise.withResolvers<number>();
  createInterface({ input: godot.stdout }).on("line", (line) => {
    const [, port] = /^godot_control answers on http:\/\/127\.0\.0\.1:(\d+)$/.exec(line) ?? [];
    if (port !== undefined) resolve(Number(port));
  });
  return {
    pid: godot.pid,
    kill,
    isAlive,
    exited,
    /** The port of its installed addon, once that says it. */
    answering,
  };
}
