#!/usr/bin/env node
/** The command line: picks the command, and turns what goes wrong into one line and an exit code. */
import { addon } from "./cli/addon.ts";
import { engine } from "./cli/engine.ts";
import { help } from "./cli/help.ts";
import { serve } from "./cli/serve.ts";
import { parseFlags, UsageError } from "./config.ts";
import { ControlError } from "./errors.ts";
import { version } from "./version.ts";

async function main(args: readonly string[]): Promise<number> {
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

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  if (!(error instanceof UsageError) && !(error instanceof ControlError)) throw error;
  process.stderr.write(
    `godot-control: ${error.message}${error instanceof UsageError ? " (--help shows them all)" : ""}\n`,
  );
  process.exitCode = error instanceof UsageError ? 2 : 1;
}
