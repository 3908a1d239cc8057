/** The table of settings: the parser, the checks, the help text and the package's own API read it. */
export interface Option {
  readonly type: "string" | "boolean";
  /** The placeholder in the help text. */
  readonly value?: string;
  readonly short?: string;
  readonly env?: string;
  /** What `createServer` calls it; absent where only a command line needs it. */
  readonly api?: string;
  readonly help: string;
  /** What a number is where it is not given, and what it may be. Times are in seconds. */
  readonly number?: { readonly default: number; readonly least: number; readonly most: number };
}

const aPort = (usual: number) => ({ default: usual, least: 0, most: 65_535 });
const aTime = (usual: number, least = 0.1) => ({ default: usual, least, most: 3_600 });

export const options = {
  "project-path": {
    api: "project",
    type: "string",
    value: "DIR",
    env: "GODOT_PROJECT_PATH",
    help: "the Godot project to run (default: the demo that comes with this server)",
  },
  port: {
    api: "port",
    number: aPort(8090),
    type: "string",
    value: "N",
    env: "GODOT_SERVER_PORT",
    help: "the port this server listens on; 0: any",
  },
  host: {
    api: "host",
    type: "string",
    value: "ADDRESS",
    help: "the address it listens on; one beyond loopback needs a token and TLS (default: 127.0.0.1)",
  },
  "allowed-host": {
    api: "allowedHosts",
    type: "string",
    value: "NAMES",
    help: "names, beside localhost, that it may be called by; comma-separated",
  },
  "allowed-origin": {
    api: "allowedOrigins",
    type: "string",
    value: "ORIGINS",
    help: "web origins whose pages may use it, such as http://localhost:5173; comma-separated",
  },
  "token-file": {
    api: "tokenFile",
    type: "string",
    value: "FILE",
    help: "demand the token in this file (mode 0600); or set GODOT_CONTROL_TOKEN",
  },
  "tls-cert": {
    api: "tls.cert",
    type: "string",
    value: "FILE",
    help: "serve TLS with this certificate (PEM)",
  },
  "tls-key": { api: "tls.key", type: "string", value: "FILE", help: "the certificate's private key (PEM)" },
  "behind-proxy": {
    api: "behindProxy",
    type: "boolean",
    help: "a proxy in front does TLS: allow --host without it",
  },
  "godot-port": {
    api: "engine.port",
    number: aPort(8080),
    type: "string",
    value: "N",
    env: "GODOT_API_PORT",
    help: "the port Godot's own HTTP side takes; when it is taken, any other",
  },
  "godot-token-file": {
    api: "engine.tokenFile",
    type: "string",
    value: "FILE",
    help: "with --no-autostart, the token of the game's installed addon (default: the one it wrote for this user)",
  },
  "godot-path": {
    api: "engine.path",
    type: "string",
    value: "FILE",
    env: "GODOT_EXECUTABLE_PATH",
    help: "the Godot executable (default: godot or godot4 on the PATH, else one installed by this server)",
  },
  "godot-version": {
    api: "engine.version",
    type: "string",
    value: "VERSION",
    help: "the Godot to find or install, such as 4.6 or 4.6.3 (default: any on the PATH, else the project's)",
  },
  "no-install": { api: "engine.install", type: "boolean", help: "do not install a Godot when none is found" },
  "download-url": {
    api: "engine.downloadUrl",
    type: "string",
    value: "URL",
    env: "GODOT_DOWNLOAD_URL",
    help: "the base address of Godot's releases, for a mirror of your own",
  },
  "cache-dir": {
    api: "cacheDir",
    type: "string",
    value: "DIR",
    env: "GODOT_CONTROL_CACHE",
    help: "where an installed Godot and import stamps are kept (default: ~/.cache/godot-control)",
  },
  "no-autostart": {
    api: "engine.autostart",
    type: "boolean",
    help: "start no Godot unasked; drive the one that answers on --godot-port as it is",
  },
  "no-monitor": {
    api: "engine.monitor",
    type: "boolean",
    help: "do not restart Godot when it crashes or hangs",
  },
  "auto-load-scene": { api: "scene", type: "boolean", help: "load --scene-path as soon as Godot is up" },
  "scene-path": {
    api: "scene",
    type: "string",
    value: "PATH",
    help: "the scene for --auto-load-scene (default: the project's main scene)",
  },
  windowed: {
    api: "engine.windowed",
    type: "boolean",
    help: "run Godot with its window instead of headless",
  },
  "require-player": {
    api: "player.required",
    type: "boolean",
    help: "count Godot as healthy only while a player exists",
  },
  "player-group": {
    api: "player.group",
    type: "string",
    value: "NAME",
    help: "the group the player is in (default: player)",
  },
  "player-name": {
    api: "player.name",
    type: "string",
    value: "NAME",
    help: "the name of the player's node (default: Player)",
  },
  "player-timeout": {
    api: "timeouts.player",
    number: aTime(30),
    type: "string",
    value: "SECONDS",
    help: "with --require-player, how long a load waits for the player",
  },
  "start-timeout": {
    api: "timeouts.start",
    number: aTime(30),
    type: "string",
    value: "SECONDS",
    help: "until Godot must be ready, once the project is imported",
  },
  "load-timeout": {
    api: "timeouts.load",
    number: aTime(30),
    type: "string",
    value: "SECONDS",
    help: "until a scene must be verified, once Godot is ready",
  },
  "stop-timeout": {
    api: "timeouts.stop",
    number: aTime(8),
    type: "string",
    value: "SECONDS",
    help: "until a stop turns to SIGKILL",
  },
  "close-timeout": {
    api: "timeouts.close",
    number: aTime(9),
    type: "string",
    value: "SECONDS",
    help: "until this server has ended",
  },
  "hang-timeout": {
    api: "timeouts.hang",
    number: aTime(40, 1),
    type: "string",
    value: "SECONDS",
    help: "how long the main loop may stand still, or the HTTP side be silent, until Godot is restarted",
  },
  "log-format": {
    type: "string",
    value: "FORMAT",
    help: "text or json (default: json under systemd, else text)",
  },
  help: { type: "boolean", short: "h", help: "show this help" },
  version: { type: "boolean", help: "show the version" },
} as const satisfies Record<string, Option>;

export type Flag = keyof typeof options;
