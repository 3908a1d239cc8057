/** How the engine is started: the command line, and the line on standard input that no other process can read. */
import { randomBytes } from "node:crypto";
import { fileURLToPath } from "node:url";
import { projectArgument } from "../process/project_argument.ts";

const bootScript = fileURLToPath(
  new URL("../../../godot-addon/addons/godot_control/boot.gd", import.meta.url),
);

export interface LaunchOptions {
  readonly projectPath: string;
  readonly windowed: boolean;
  readonly godotPort: number;
  readonly playerGroup: string;
  readonly playerName: string;
}

export interface Launch {
  readonly args: readonly string[];
  /** For the addon; see settings.gd. */
  readonly config: string;
  readonly secret: string;
  readonly nonce: string;
}

/**
 * The engine is not told its scene with `--scene`: it would exit where that scene is broken.
 * @param scene what to boot into, `res://…` or `uid://…`; undefined: nothing
 * @param unimported the assets that could not be imported
 */
export function launch(
  options: LaunchOptions,
  scene: string | undefined,
  unimported: readonly string[],
): Launch {
  const secret = randomBytes(32).toString("base64url");
  const nonce = randomBytes(16).toString("base64url");
  return {
    args: [
      ...(options.windowed ? [] : ["--headless"]),
      ...projectArgument(options.projectPath),
      "--script",
      bootScript,
    ],
    config: JSON.stringify({
      port: options.godotPort,
      secret,
      nonce,
      scene: scene ?? "",
      unimported,
      player_group: options.playerGroup,
      player_name: options.playerName,
    }),
    secret,
    nonce,
  };
}
