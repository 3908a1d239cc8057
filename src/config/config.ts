/** What the server is told, checked and complete. */

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
