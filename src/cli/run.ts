/** The command line: picks the command, and turns what goes wrong into one line and an exit code. */

import { parseFlags, UsageError } from "../config.ts";
import { ControlError } from "../errors.ts";
import { version } from "../version.ts";
import { addon } from "./addon.ts";
import { engine } from "./engine.ts";
import { help } from "./help.ts";
import { serve } from "./serve.ts";

/** Resolves to the exit code. */
export async function run(args: readonly string[]): Promise<number> {
  try {
    return await pick(args);
  } catch (error) {
    if (!(error instanceof UsageError) && !(error instanceof ControlError)) throw error;
    process.stderr.write(
      `godot-control: ${error.message}${error instanceof UsageError ? " (--help shows them all)" : ""}\n`,
    );
    return error instanceof UsageError ? 2 : 1;
  }
}

async function pick(args: readonly string[]): Promise<number> {
  const [command, ...rest] = args;
  if (command === "help" || (args.includes("--help") && !command?.startsWith("-"))) return print(help());
  if (command === "addon") return addon(rest);
  if (command === "engine") return engine(rest);
  if (command !== undefined && !command.startsWith("-"))
    throw new UsageError(`unknown command "${command}"; commands are engine and addon`);
  const flags = parseFlags(args);
  if (flags.help) return print(help());
  if (flags.version) return print(`${version}\n`);
  return serve(args);
}

function print(text: string): number {
  process.stdout.write(text);
  return 0;
}
