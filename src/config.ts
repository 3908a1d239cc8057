/** Flags and environment, read once into one frozen Config. */
import { homedir } from "node:os";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";

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

interface Option {
  readonly type: "string" | "boolean";
  /** The placeholder in the help text. */
  readonly value?: string;
  readonly short?: string;
  readonly env?: string;
  readonly help: string;
}

/** The table that the parser and the help text both read. */
export const options = {
  "project-path": {
    type: "string",
    value: "DIR",
    env: "GODOT_PROJECT_PATH",
    help: "the Godot project to run (default: the demo that comes with this server)",
  },
  port: {
    type: "string",
    value: "N",
    env: "GODOT_SERVER_PORT",
    help: "the port this server listens on (default: 8090; 0: any)",
  },
  host: {
    type: "string",
    value: "ADDRESS",
    help: "the address it listens on; one beyond loopback needs a token and TLS (default: 127.0.0.1)",
  },
  "allowed-host": {
    type: "string",
    value: "NAMES",
    help: "names, beside localhost, that it may be called by; comma-separated",
  },
  "allowed-origin": {
    type: "string",
    value: "ORIGINS",
    help: "web origins whose pages may use it, such as http://localhost:5173; comma-separated",
  },
  "token-file": {
    type: "string",
    value: "FILE",
    help: "demand the token in this file (mode 0600); or set GODOT_CONTROL_TOKEN",
  },
  "tls-cert": { type: "string", value: "FILE", help: "serve TLS with this certificate (PEM)" },
  "tls-key": { type: "string", value: "FILE", help: "the certificate's private key (PEM)" },
  "behind-proxy": { type: "boolean", help: "a proxy in front does TLS: allow --host without it" },
  "godot-port": {
    type: "string",
    value: "N",
    env: "GODOT_API_PORT",
    help: "the port Godot's own HTTP side takes; when it is taken, any other (default: 8080)",
  },
  "godot-path": {
    type: "string",
    value: "FILE",
    env: "GODOT_EXECUTABLE_PATH",
    help: "the Godot executable (default: godot or godot4 on the PATH, else one installed by this server)",
  },
  "godot-version": {
    type: "string",
    value: "VERSION",
    help: "the Godot to find or install, such as 4.6 or 4.6.3 (default: any on the PATH, else the project's)",
  },
  "no-install": { type: "boolean", help: "do not install a Godot when none is found" },
  "download-url": {
    type: "string",
    value: "URL",
    env: "GODOT_DOWNLOAD_URL",
    help: "the base address of Godot's releases, for a mirror of your own",
  },
  "cache-dir": {
    type: "string",
    value: "DIR",
    env: "GODOT_CONTROL_CACHE",
    help: "where an installed Godot and import stamps are kept (default: ~/.cache/godot-control)",
  },
  "no-autostart": {
    type: "boolean",
    help: "start no Godot unasked; drive the one that answers on --godot-port as it is",
  },
  "no-monitor": { type: "boolean", help: "do not restart Godot when it crashes or hangs" },
  "auto-load-scene": { type: "boolean", help: "load --scene-path as soon as Godot is up" },
  "scene-path": {
    type: "string",
    value: "PATH",
    help: "the scene for --auto-load-scene (default: the project's main scene)",
  },
  windowed: { type: "boolean", help: "run Godot with its window instead of headless" },
  "require-player": { type: "boolean", help: "count Godot as healthy only while a player exists" },
  "player-group": { type: "string", value: "NAME", help: "the group the player is in (default: player)" },
  "player-name": { type: "string", value: "NAME", help: "the name of the player's node (default: Player)" },
  "player-timeout": {
    type: "string",
    value: "SECONDS",
    help: "with --require-player, how long a load waits for the player (default: 30)",
  },
  "start-timeout": { type: "string", value: "SECONDS", help: "until Godot must be ready (default: 30)" },
  "load-timeout": { type: "string", value: "SECONDS", help: "until a scene must be verified (default: 30)" },
  "stop-timeout": { type: "string", value: "SECONDS", help: "until a stop turns to SIGKILL (default: 8)" },
  "close-timeout": { type: "string", value: "SECONDS", help: "until this server has ended (default: 9)" },
  "hang-timeout": {
    type: "string",
    value: "SECONDS",
    help: "how long the main loop may stand still, or the HTTP side be silent, until Godot is restarted (default: 40)",
  },
  "log-format": {
    type: "string",
    value: "FORMAT",
    help: "text or json (default: json under systemd, else text)",
  },
  help: { type: "boolean", short: "h", help: "show this help" },
  version: { type: "boolean", help: "show the version" },
} as const satisfies Record<string, Option>;

type Flag = keyof typeof options;

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
