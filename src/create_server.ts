/** The package's own entry: a server inside another program, told by an object instead of flags. */
import { isolated } from "./async/isolated.ts";
import { type Source, toConfig } from "./config/check.ts";
import { UsageError } from "./config/config.ts";
import { type Flag, type Option, options as table } from "./config/options.ts";
import type { Report } from "./report.ts";
import { buildServer } from "./server.ts";

/** What a server is told. All but the project may be left out. Times are in milliseconds, up to 3,600,000. */
export interface ServerOptions {
  /** The folder of the Godot project to run. Flag `--project-path`. */
  readonly project: string;
  /** The port it listens on, 0 to 65535; 0: any. Default 8090. Flag `--port`. */
  readonly port?: number;
  /** The address it listens on; one beyond loopback needs a token and TLS. Default `127.0.0.1`. Flag `--host`. */
  readonly host?: string;
  /** Names, beside localhost, that it may be called by. Default: none. Flag `--allowed-host`. */
  readonly allowedHosts?: readonly string[];
  /** Web origins whose pages may use it, such as `http://localhost:5173`. Default: none. Flag `--allowed-origin`. */
  readonly allowedOrigins?: readonly string[];
  /** The token that each request must bring. Default: none is demanded. Variable `GODOT_CONTROL_TOKEN`. */
  readonly token?: string;
  /** A file (mode 0600) that has the token. Flag `--token-file`. */
  readonly tokenFile?: string;
  /** The files (PEM) of a certificate and its key. Default: no TLS. Flags `--tls-cert` and `--tls-key`. */
  readonly tls?: { readonly cert: string; readonly key: string };
  /** A proxy in front does TLS, so that `host` may be beyond loopback without it. Default false. Flag `--behind-proxy`. */
  readonly behindProxy?: boolean;
  /** The scene to load once the engine runs, `res://…` or `uid://…`. Default: the main scene. Flags `--auto-load-scene` and `--scene-path`. */
  readonly scene?: string;
  readonly engine?: EngineOptions;
  readonly player?: PlayerOptions;
  readonly timeouts?: Timeouts;
  /** Where an installed Godot and import stamps are kept. Default: `godot-control` in the user's cache. Flag `--cache-dir`. */
  readonly cacheDir?: string;
  /** Takes what the server says while it runs. Default: nobody. */
  readonly report?: Report;
}

export interface EngineOptions {
  /** The executable. Default: `godot` or `godot4` on the PATH, else one that this server installs. Flag `--godot-path`. */
  readonly path?: string;
  /** The Godot to find or install, `4.5` or newer. Default: any on the PATH, else the project's. Flag `--godot-version`. */
  readonly version?: string;
  /** Install a Godot where none is found. Default true. Flag `--no-install`. */
  readonly install?: boolean;
  /** The base address of Godot's releases. Flag `--download-url`. */
  readonly downloadUrl?: string;
  /** The port of Godot's own HTTP side; where it is taken, any other; 0: any. Default 8080. Flag `--godot-port`. */
  readonly port?: number;
  /** With `autostart: false`, the file that has the token of the game's addon. Flag `--godot-token-file`. */
  readonly tokenFile?: string;
  /** Start Godot unasked; else drive the one that answers on `port`. Default true. Flag `--no-autostart`. */
  readonly autostart?: boolean;
  /** Start Godot again when it crashes or hangs. Default true. Flag `--no-monitor`. */
  readonly monitor?: boolean;
  /** Run Godot with its window instead of headless. Default false. Flag `--windowed`. */
  readonly windowed?: boolean;
}

export interface PlayerOptions {
  /** Count Godot as healthy only while a player exists. Default false. Flag `--require-player`. */
  readonly required?: boolean;
  /** The group that the player is in. Default `player`. Flag `--player-group`. */
  readonly group?: string;
  /** The name of the player's node. Default `Player`. Flag `--player-name`. */
  readonly name?: string;
}

export interface Timeouts {
  /** Until Godot must be ready. Default 30,000, at least 100. Flag `--start-timeout`. */
  readonly start?: number;
  /** Until a scene must be verified. Default 30,000, at least 100. Flag `--load-timeout`. */
  readonly load?: number;
  /** Until a stop turns to SIGKILL. Default 8,000, at least 100. Flag `--stop-timeout`. */
  readonly stop?: number;
  /** Until the server has ended. Default 9,000, at least 100. Flag `--close-timeout`. */
  readonly close?: number;
  /** How long the main loop may stand still until Godot is restarted. Default 40,000, at least 1,000. Flag `--hang-timeout`. */
  readonly hang?: number;
  /** How long a load waits for the player, where one is required. Default 30,000, at least 100. Flag `--player-timeout`. */
  readonly player?: number;
}

export interface GodotServer extends AsyncDisposable {
  /** Where it answers: `http://127.0.0.1:8090`. */
  readonly url: string;
  /**
   * Ends watches and calls, stops the engine, and resolves when no process of it is left: within `timeouts.close`.
   * `await using` does it at the end of a block.
   */
  close(): Promise<void>;
}

/**
 * Starts a server, which accepts calls when this resolves; the engine may still be starting then, and a load waits for it.
 * @throws {UsageError} where an option is wrong; the system's error, in a sentence, where the port cannot be opened.
 *   Nothing is left behind.
 */
export async function createServer(options: ServerOptions): Promise<GodotServer> {
  const server = buildServer(toConfig(sourceOf(options)), harmless(options.report));
  const { url } = await server.listen();
  let closed: Promise<void> | undefined;
  const close = () => {
    closed ??= server.close();
    return closed;
  };
  return { url, close, [Symbol.asyncDispose]: close };
}

/** What the host's own report throws is not awaited, and ends nothing of the server's. */
function harmless(report?: Report): Report {
  return {
    info: (line) => isolated(() => report?.info(line)),
    error: (what, cause) => isolated(() => report?.error(what, cause)),
  };
}

/** Undefined: left out. */
type Value = string | number | boolean | readonly string[] | undefined;

const names = Object.values(table).flatMap((option) => ("api" in option ? option.api : []));
/** The options that are objects of options. */
const groups = new Set(names.flatMap((name) => (name.includes(".") ? name.replace(/\..*/, "") : [])));
const known: ReadonlySet<string> = new Set([...names, ...groups, "token", "report"]);

function sourceOf(options: ServerOptions): Source {
  if (typeof options !== "object" || options === null) throw new UsageError("the options must be an object");
  checkNames(options);
  if (options.tls && !(options.tls.cert && options.tls.key))
    throw new UsageError("tls must have a cert and a key");
  const values = valuesOf(options);
  return {
    get(flag) {
      const value = values[flag];
      if (value === undefined) return undefined;
      const { api = flag, type } = table[flag] as Option;
      if ((typeof value === "boolean") !== (type === "boolean"))
        throw new UsageError(`${api} must be ${type === "boolean" ? "true or false" : "no switch"}`);
      if (value === "" && api !== "project") throw new UsageError(`${api} must not be empty`);
      if (value === false) return undefined;
      const text = Array.isArray(value) ? value.join(",") : String(value);
      return { text, from: api, isInMilliseconds: true };
    },
    token: options.token,
    userCache: process.env.XDG_CACHE_HOME,
    logFormat: "text",
  };
}

/** A misspelt option would be one that is not there. */
function checkNames(options: object, within = ""): void {
  for (const [key, value] of Object.entries(options)) {
    const name = `${within}${key}`;
    if (!known.has(name)) throw new UsageError(`there is no option ${name}`);
    if (!groups.has(name) || value === undefined) continue;
    if (typeof value !== "object" || value === null) throw new UsageError(`${name} must be an object`);
    checkNames(value, `${name}.`);
  }
}

/** By the flag that each stands for. */
function valuesOf({
  engine = {},
  player = {},
  timeouts = {},
  ...options
}: ServerOptions): Partial<Record<Flag, Value>> {
  return {
    "project-path": options.project ?? "",
    port: options.port,
    host: options.host,
    "allowed-host": options.allowedHosts,
    "allowed-origin": options.allowedOrigins,
    "token-file": options.tokenFile,
    "tls-cert": options.tls?.cert,
    "tls-key": options.tls?.key,
    "behind-proxy": options.behindProxy,
    "auto-load-scene": options.scene !== undefined,
    "scene-path": options.scene,
    "cache-dir": options.cacheDir,
    "godot-path": engine.path,
    "godot-version": engine.version,
    "no-install": not(engine.install),
    "download-url": engine.downloadUrl,
    "godot-port": engine.port,
    "godot-token-file": engine.tokenFile,
    "no-autostart": not(engine.autostart),
    "no-monitor": not(engine.monitor),
    windowed: engine.windowed,
    "require-player": player.required,
    "player-group": player.group,
    "player-name": player.name,
    "start-timeout": timeouts.start,
    "load-timeout": timeouts.load,
    "stop-timeout": timeouts.stop,
    "close-timeout": timeouts.close,
    "hang-timeout": timeouts.hang,
    "player-timeout": timeouts.player,
  };
}

/** What is no switch stays as it is, and is refused. */
const not = (value: boolean | undefined) => (typeof value === "boolean" ? !value : value);
