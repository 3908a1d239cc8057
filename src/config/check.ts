/** Makes a Config of settings from any source: checks each, and fills in what is missing. */
import { homedir } from "node:os";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { type Config, UsageError } from "./config.ts";
import { type Flag, options } from "./options.ts";

/** A setting as it was given, and what its giver calls it. */
export interface Given {
  readonly text: string;
  readonly from: string;
  /** A time is; else it is in seconds. */
  readonly isInMilliseconds?: boolean;
}

/** Where settings come from; undefined for what was not given. A switch that is on has any text. */
export interface Source {
  get(flag: Flag): Given | undefined;
  readonly token: string | undefined;
  /** Where the user's cache is; undefined: below the home. */
  readonly userCache: string | undefined;
  readonly logFormat: Config["logFormat"];
}

/** Where godotengine.org publishes its builds; the version and file name are appended. */
export const defaultDownloadUrl = "https://github.com/godotengine/godot-builds/releases/download";

/** The project that is served when none is named: the addon's own demo. */
export const demoProject = fileURLToPath(new URL("../../godot-addon", import.meta.url));

const decimal = /^\d+(\.\d+)?$/;

type NumberFlag = { [F in Flag]: (typeof options)[F] extends { number: object } ? F : never }[Flag];

/** @throws {UsageError} naming the setting that is wrong */
export function toConfig(source: Source): Config {
  const given = (flag: Flag) => source.get(flag);
  const text = (flag: Flag) => given(flag)?.text;
  const on = (flag: Flag) => given(flag) !== undefined;
  /** @param scale how many of what is given make one of what the table has */
  const number = (flag: NumberFlag, kind: string, pattern: RegExp, scale = 1): number => {
    const { default: usual, least, most } = options[flag].number;
    const value = given(flag);
    if (!value) return usual;
    const found = Number(value.text);
    if (!pattern.test(value.text) || found < least * scale || found > most * scale)
      throw new UsageError(
        `${value.from} must be ${kind.replace("#", `${least * scale} to ${most * scale}`)}, not "${value.text}"`,
      );
    return found;
  };
  const port = (flag: NumberFlag) => number(flag, "a port from #", /^\d+$/);
  const time = (flag: NumberFlag) =>
    given(flag)?.isInMilliseconds
      ? number(flag, "# milliseconds", decimal, 1000)
      : number(flag, "# seconds", decimal) * 1000;
  /** @param must what the text has to be, as the end of a sentence */
  const checked = (flag: Flag, isRight: (value: string) => boolean, must: string): string | undefined => {
    const value = given(flag);
    if (value && !isRight(value.text))
      throw new UsageError(`${value.from} must be ${must}, not "${value.text}"`);
    return value?.text;
  };
  const list = (flag: Flag) => (text(flag) ?? "").split(/[\s,]+/).filter((item) => item !== "");
  const file = (flag: Flag) => text(flag) && resolve(text(flag) as string);

  if (text("project-path") === "") throw new UsageError(`${given("project-path")?.from} must name a folder`);
  const allowedOrigins = list("allowed-origin");
  for (const origin of allowedOrigins)
    if (!/^https?:\/\/[^/]+$/.test(origin))
      throw new UsageError(
        `${given("allowed-origin")?.from} takes origins such as https://app.example, not "${origin}"`,
      );
  const allowedHosts = list("allowed-host");
  for (const name of allowedHosts)
    if (!/^([\w.-]+|\[?[\da-f:.]+\]?)$/i.test(name))
      throw new UsageError(
        `${given("allowed-host")?.from} takes names without a port such as game.example, not "${name}"`,
      );
  const tls = { cert: file("tls-cert"), key: file("tls-key") };
  if ((tls.cert === undefined) !== (tls.key === undefined))
    throw new UsageError("--tls-cert and --tls-key belong together");
  const host = text("host") ?? "127.0.0.1";
  const access = {
    host,
    token: source.token,
    tokenFile: file("token-file"),
    tlsCert: tls.cert,
    tlsKey: tls.key,
  };
  checkReach(access, on("behind-proxy"));

  return Object.freeze<Config>({
    ...access,
    port: port("port"),
    // Calls that name the listening address are always allowed: an address cannot be rebound.
    allowedHosts: [...allowedHosts, ...(isWildcard(host) ? [] : [host])],
    allowedOrigins,
    godotPort: port("godot-port"),
    godotTokenFile: file("godot-token-file"),
    godotPath: text("godot-path"),
    godotVersion: checked(
      "godot-version",
      (value) => /^4\.([5-9]|[1-9]\d+)(\.\d+)?$/.test(value),
      "4.5 or newer, such as 4.6 or 4.6.3",
    ),
    projectPath: resolve(text("project-path") ?? demoProject),
    autostart: !on("no-autostart"),
    monitor: !on("no-monitor"),
    autoLoadScene: on("auto-load-scene"),
    scenePath: checked("scene-path", (value) => /^(res|uid):\/\//.test(value), "a res:// or uid:// path"),
    windowed: on("windowed"),
    requirePlayer: on("require-player"),
    playerGroup: text("player-group") ?? "player",
    playerName: text("player-name") ?? "Player",
    playerTimeout: time("player-timeout"),
    startTimeout: time("start-timeout"),
    loadTimeout: time("load-timeout"),
    stopTimeout: time("stop-timeout"),
    closeTimeout: time("close-timeout"),
    hangTimeout: time("hang-timeout"),
    cacheDir: resolve(
      text("cache-dir") ?? join(source.userCache || join(homedir(), ".cache"), "godot-control"),
    ),
    downloadUrl: (
      checked("download-url", (value) => URL.canParse(value), "an address") ?? defaultDownloadUrl
    ).replace(/\/+$/, ""),
    install: !on("no-install"),
    logFormat: source.logFormat,
  });
}

/** What other machines reach demands a token, which does not travel in the clear. */
function checkReach(
  { host, token, tokenFile, tlsCert }: Pick<Config, "host" | "token" | "tokenFile" | "tlsCert">,
  behindProxy: boolean,
): void {
  if (isLoopback(host)) return;
  if (!token && !tokenFile)
    throw new UsageError(
      `--host ${host} lets other machines in: set a token with --token-file or GODOT_CONTROL_TOKEN`,
    );
  if (!tlsCert && !behindProxy)
    throw new UsageError(
      `--host ${host} would send the token in the clear: set --tls-cert and --tls-key, or --behind-proxy where a proxy does TLS`,
    );
}

const isLoopback = (host: string) => /^(localhost|127\.\d+\.\d+\.\d+|::1)$/i.test(host);
export const isWildcard = (host: string) => host === "0.0.0.0" || host === "::";
