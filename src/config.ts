/** Flags and environment, read once into one frozen Config. */
import { homedir } from "node:os";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { type Flag, type Option, options } from "./options.ts";

/** Everything the server can be told. Times are milliseconds. */
export interface Config {
  readonly host: string;
  readonly port: number;
  readonly allowedHosts: readonly string[];
  readonly allowedOrigins: readonly string[];
  /** From the environment; a file is read when the server is built. */
  readonly token: string | undefined;
  readonly tokenFile: string | undefined;
  readonly tlsCert: string | undefined;
  readonly tlsKey: string | undefined;
  readonly godotPort: number;
  readonly godotTokenFile: string | undefined;
  readonly godotPath: string | undefined;
  /** `4.6` or `4.6.3`. */
  readonly godotVersion: string | undefined;
  readonly projectPath: string;
  readonly autostart: boolean;
  readonly monitor: boolean;
  readonly autoLoadScene: boolean;
  readonly scenePath: string | undefined;
  readonly windowed: boolean;
  readonly requirePlayer: boolean;
  readonly playerGroup: string;
  readonly playerName: string;
  readonly playerTimeout: number;
  readonly startTimeout: number;
  readonly loadTimeout: number;
  readonly stopTimeout: number;
  readonly closeTimeout: number;
  readonly hangTimeout: number;
  readonly cacheDir: string;
  readonly downloadUrl: string;
  readonly install: boolean;
  readonly logFormat: "text" | "json";
}

/** A flag or variable that cannot be understood: one line for the operator. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}

/** Where godotengine.org publishes its builds; the version and file name are appended. */
export const defaultDownloadUrl = "https://github.com/godotengine/godot-builds/releases/download";

/** The project that is served when none is named: the addon's own demo. */
export const demoProject = fileURLToPath(new URL("../godot-addon", import.meta.url));

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Reads flags, then the environment, then the defaults.
 * @throws {UsageError} naming the flag or variable that is wrong
 */
export function readConfig(args: readonly string[], env: Environment): Config {
  const flags = parseFlags(args);
  /** The value, and what the person typed it into. */
  const given = (flag: Flag): { text: string; from: string } | undefined => {
    const option: Option = options[flag];
    const value = flags[flag];
    if (typeof value === "string") return { text: value, from: `--${flag}` };
    const variable = option.env ? env[option.env] : undefined;
    return variable ? { text: variable, from: option.env as string } : undefined;
  };
  const text = (flag: Flag) => given(flag)?.text;
  const on = (flag: Flag) => flags[flag] === true;

  const port = (flag: Flag, fallback: number): number => {
    const value = given(flag);
    if (!value) return fallback;
    const number = Number(value.text);
    if (!/^\d+$/.test(value.text) || number > 65535)
      throw new UsageError(`${value.from} must be a port from 0 to 65535, not "${value.text}"`);
    return number;
  };
  const seconds = (flag: Flag, fallback: number, least = 0.1): number => {
    const value = given(flag);
    if (!value) return fallback * 1000;
    const number = Number(value.text);
    if (!/^\d+(\.\d+)?$/.test(value.text) || number < least || number > 3600)
      throw new UsageError(`${value.from} must be ${least} to 3600 seconds, not "${value.text}"`);
    return number * 1000;
  };
  if (text("project-path") === "") throw new UsageError("--project-path must name a folder");
  const logFormat = text("log-format") ?? (underServiceManager(env) ? "json" : "text");
  if (logFormat !== "text" && logFormat !== "json")
    throw new UsageError(`--log-format must be text or json, not "${logFormat}"`);
  const scenePath = text("scene-path");
  if (scenePath !== undefined && !/^(res|uid):\/\//.test(scenePath))
    throw new UsageError(`--scene-path must be a res:// or uid:// path, not "${scenePath}"`);
  const godotVersion = text("godot-version");
  if (godotVersion !== undefined && !/^4\.([5-9]|[1-9]\d+)(\.\d+)?$/.test(godotVersion))
    throw new UsageError(`--godot-version must be 4.5 or newer, such as 4.6 or 4.6.3, not "${godotVersion}"`);
  const downloadUrl = given("download-url");
  if (downloadUrl && !URL.canParse(downloadUrl.text))
    throw new UsageError(`${downloadUrl.from} must be an address, not "${downloadUrl.text}"`);
  const list = (flag: Flag) => (text(flag) ?? "").split(/[\s,]+/).filter((item) => item !== "");
  const allowedOrigins = list("allowed-origin");
  for (const origin of allowedOrigins)
    if (!/^https?:\/\/[^/]+$/.test(origin))
      throw new UsageError(`--allowed-origin takes origins such as https://app.example, not "${origin}"`);
  const file = (flag: Flag) => text(flag) && resolve(text(flag) as string);
  const [tlsCert, tlsKey] = [file("tls-cert"), file("tls-key")];
  if ((tlsCert === undefined) !== (tlsKey === undefined))
    throw new UsageError("--tls-cert and --tls-key belong together");
  const tokenFile = file("token-file");
  const token = env.GODOT_CONTROL_TOKEN || undefined;
  const host = text("host") ?? "127.0.0.1";
  if (!isLoopback(host)) {
    if (!token && !tokenFile)
      throw new UsageError(
        `--host ${host} lets other machines in: set a token with --token-file or GODOT_CONTROL_TOKEN`,
      );
    if (!tlsCert && !on("behind-proxy"))
      throw new UsageError(
        `--host ${host} would send the token in the clear: set --tls-cert and --tls-key, or --behind-proxy where a proxy does TLS`,
      );
  }

  return Object.freeze<Config>({
    host,
    port: port("port", 8090),
    // Calls that name the listening address are always allowed: an address cannot be rebound.
    allowedHosts: [...list("allowed-host"), ...(isWildcard(host) ? [] : [host])],
    allowedOrigins,
    token,
    tokenFile,
    tlsCert,
    tlsKey,
    godotPort: port("godot-port", 8080),
    godotTokenFile: file("godot-token-file"),
    godotPath: text("godot-path"),
    godotVersion,
    projectPath: resolve(text("project-path") ?? demoProject),
    autostart: !on("no-autostart"),
    monitor: !on("no-monitor"),
    autoLoadScene: on("auto-load-scene"),
    scenePath,
    windowed: on("windowed"),
    requirePlayer: on("require-player"),
    playerGroup: text("player-group") ?? "player",
    playerName: text("player-name") ?? "Player",
    playerTimeout: seconds("player-timeout", 30),
    startTimeout: seconds("start-timeout", 30),
    loadTimeout: seconds("load-timeout", 30),
    stopTimeout: seconds("stop-timeout", 8),
    closeTimeout: seconds("close-timeout", 9),
    hangTimeout: seconds("hang-timeout", 40, 1),
    cacheDir: resolve(
      text("cache-dir") ?? join(env.XDG_CACHE_HOME || join(homedir(), ".cache"), "godot-control"),
    ),
    downloadUrl: (downloadUrl?.text ?? defaultDownloadUrl).replace(/\/+$/, ""),
    install: !on("no-install"),
    logFormat,
  });
}

const isLoopback = (host: string) => /^(localhost|127\.\d+\.\d+\.\d+|::1)$/i.test(host);
export const isWildcard = (host: string) => host === "0.0.0.0" || host === "::";

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
    throw new UsageError(
      code === "ERR_PARSE_ARGS_UNKNOWN_OPTION" ? `${first} (--help shows them all)` : first,
    );
  }
}

/** systemd sets these for each service it starts (systemd.exec(5)). */
const underServiceManager = (env: Environment) => Boolean(env.INVOCATION_ID || env.JOURNAL_STREAM);
