/** What `godot --version` prints, and which versions will do. */

export interface GodotVersion {
  /** "4.6.3.stable", "4.6.stable.mono": the number, the stage and whether it has .NET, without the builder's additions. */
  readonly text: string;
  readonly major: number;
  readonly minor: number;
  readonly patch: number;
}

/** What is asked for: any patch of a minor version, or one patch. */
export interface WantedVersion {
  readonly major: number;
  readonly minor: number;
  readonly patch?: number | undefined;
}

/** `4.6.3.stable.debian4.6.3+ds-2`, `4.5.stable.official.876b29033`, `4.7.dev2.official`: number, stage, builder. */
const pattern = /^((\d+)\.(\d+)(?:\.(\d+))?\.(?:stable|dev|alpha|beta|rc)\d*(?:\.mono)?)(?:\.\S*)?$/;

/** The version in the output of `--version`, which may have other lines too; undefined when there is none. */
export function parseVersion(output: string): GodotVersion | undefined {
  for (const line of output.split("\n")) {
    const [, text, major, minor, patch] = pattern.exec(line.trim()) ?? [];
    if (text) return { text, major: Number(major), minor: Number(minor), patch: Number(patch ?? 0) };
  }
  return undefined;
}

/** 4.5 brought `Logger` and `SceneTree.scene_changed`, which the control addon stands on. */
export function isSupported({ major, minor }: Pick<GodotVersion, "major" | "minor">): boolean {
  return major === 4 && minor >= 5;
}

/** @param text `4.6` or `4.6.3` */
export function parseWanted(text: string): WantedVersion {
  const [major = 0, minor = 0, patch] = text.split(".").map(Number);
  return { major, minor, patch };
}

/** Whether a version, as `--version` prints it, is what is asked for. */
export function fits(text: string, { major, minor, patch }: WantedVersion): boolean {
  const version = parseVersion(text);
  return (
    version?.major === major && version.minor === minor && (patch === undefined || version.patch === patch)
  );
}

export const toText = ({ major, minor, patch }: WantedVersion) =>
  [major, minor, ...(patch === undefined ? [] : [patch])].join(".");
