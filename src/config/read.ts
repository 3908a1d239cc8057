/** Reads what a person typed, or set in the environment. */
import { parseArgs } from "node:util";
import { toConfig } from "./check.ts";
import { type Config, UsageError } from "./config.ts";
import { type Flag, type Option, options } from "./options.ts";

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Reads flags, then the environment, then the defaults.
 * @throws {UsageError} naming the flag or variable that is wrong
 */
export function readConfig(args: readonly string[], env: Environment): Config {
  const flags = parseFlags(args);
  const logFormat = flags["log-format"] ?? (isUnderServiceManager(env) ? "json" : "text");
  if (logFormat !== "text" && logFormat !== "json")
    throw new UsageError(`--log-format must be text or json, not "${logFormat}"`);
  return toConfig({
    get(flag) {
      const option: Option = options[flag];
      const value = flags[flag];
      if (value !== undefined) return value === false ? undefined : { text: `${value}`, from: `--${flag}` };
      const variable = option.env ? env[option.env] : undefined;
      return variable ? { text: variable, from: option.env as string } : undefined;
    },
    token: env.GODOT_CONTROL_TOKEN,
    userCache: env.XDG_CACHE_HOME,
    logFormat,
  });
}

/** What was typed, by flag; also for commands that share these flags. */
export function parseFlags(args: readonly string[]): Partial<Record<Flag, string | boolean>> {
  try {
    return parseArgs({ args: [...args], options, strict: true, allowPositionals: false }).values;
  } catch (error) {
    // Node's own sentence is right but long; its first sentence names the flag.
    const { message, code } = error as NodeJS.ErrnoException;
    const first = (message.split(/\. (?=To |If )|\n/)[0] ?? "").replace(/^./, (letter) =>
      letter.toLowerCase(),
    );
    if (code === "ERR_PARSE_ARGS_UNKNOWN_OPTION") throw new UsageError(`${first} (--help shows them all)`);
    const [, flag] = /^option '(--[\w-]+).*' argument is ambiguous/.exec(first) ?? [];
    throw new UsageError(
      flag ? `${flag} has no value; one that begins with a dash is written ${flag}=-…` : first,
    );
  }
}

/** systemd sets these for each service it starts (systemd.exec(5)). */
const isUnderServiceManager = (env: Environment) => Boolean(env.INVOCATION_ID || env.JOURNAL_STREAM);
