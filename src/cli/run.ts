/** The command line: picks the command, and turns what goes wrong into one line and an exit code. */
import { UsageError } from "../config/config.ts";
import { parseFlags } from "../config/read.ts";
import { resourceShortage } from "../errors/server.ts";
import { isShortage } from "../errors/shortage.ts";
import { ControlError } from "../model/control_error.ts";
import { version } from "../version.ts";
import { addonHelp, engineHelp, help } from "./help.ts";

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

/** A command is loaded when it is asked for: the server takes much longer than a help text or a usage error. */
async function pick(args: readonly string[]): Promise<number> {
  const [command, ...rest] = args;
  const asksForHelp = args.includes("--help") || args.includes("-h");
  if (command === "addon") return asksForHelp ? print(addonHelp()) : (await import("./addon.ts")).addon(rest);
  if (command === "engine")
    return asksForHelp ? print(engineHelp()) : (await import("./engine.ts")).engine(rest);
  if (command === "help" || (asksForHelp && !command?.startsWith("-"))) return print(help());
  if (command !== undefined && !command.startsWith("-"))
    throw new UsageError(`unknown command "${command}"; commands are addon, engine and help`);
  const flags = parseFlags(args);
  if (flags.help) return print(help());
  if (flags.version) return print(`${version}\n`);
  return (await import("./serve.ts")).serve(args);
}

function print(text: string): number {
  process.stdout.write(text);
  return 0;
}
