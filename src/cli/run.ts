/** The command line: picks the command, and turns what goes wrong into one line and an exit code. */
import { UsageError } from "../config/config.ts";
import { parseFlags } from "../config/read.ts";
import { resourceShortage } from "../errors/server.ts";
import { isShortage } from "../errors/shortage.ts";
import { ControlError } from "../model/control_error.ts";
import { version } from "../version.ts";
import { addon } from "./addon.ts";
import { engine } from "./engine.ts";
import { addonHelp, engineHelp, help } from "./help.ts";
import { serve } from "./serve.ts";

/** Resolves to the exit code. */
export async function run(args: readonly string[]): Promise<number> {
  try {
    return await pick(args);
  } catch (fault) {
    const error = isShortage(fault) ? resourceShortage(fault.code) : fault;
    if (!(error instanceof UsageError) && !(error instanceof ControlError)) throw error;
    process.stderr.write(`godot-control: ${error.message}\n`);
    return error instanceof UsageError ? 2 : 1;
  }
}

async function pick(args: readonly string[]): Promise<number> {
  const [command, ...rest] = args;
  const asksForHelp = args.includes("--help") || args.includes("-h");
  if (command === "addon") return asksForHelp ? print(addonHelp()) : addon(rest);
  if (command === "engine") return asksForHelp ? print(engineHelp()) : engine(rest);
  if (command === "help" || (asksForHelp && !command?.startsWith("-"))) return print(help());
  if (command !== undefined && !command.startsWith("-"))
    throw new UsageError(`unknown command "${command}"; commands are addon, engine and help`);
  const flags = parseFlags(args);
  if (flags.help) return print(help());
  if (flags.version) return print(`${version}\n`);
  return serve(args);
}

function print(text: string): number {
  process.stdout.write(text);
  return 0;
}
