/** The table of flags that the parser and the help text both read. */
export interface Option {
  readonly type: "string" | "boolean";
  /** The placeholder in the help text. */
  readonly value?: string;
  readonly short?: string;
  readonly env?: string;
  readonly help: string;
}

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
  "godot-token-file": {
    type: "string",
    value: "FILE",
    help: "with --no-autostart, the token of the game's installed addon (default: the one it wrote for this user)",
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

export type Flag = keyof typeof options;
