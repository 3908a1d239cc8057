/** What `godot --version` prints, and which versions will do. */

export interface GodotVersion {
  /** "4.6.3.stable": the number and the stage, without the builder's additions. */
  readonly text: string;
  readonly major: number;
  readonly minor: number;
}

/** `4.6.3.stable.debian4.6.3+ds-2`, `4.5.stable.official.876b29033`, `4.7.dev2.official`: number, stage, builder. */
const pattern = /^((\d+)\.(\d+)(?:\.\d+)?\.(?:stable|dev|alpha|beta|rc)\d*)(?:\.\S*)?$/;

/** The version in the output of `--version`, which may have other lines too; undefined when there is none. */
export function parseVersion(output: string): GodotVersion | undefined {
  for (const line of output.split("\n")) {
    const [, text, major, minor] = pattern.exec(line.trim()) ?? [];
    if (text) return { text, major: Number(major), minor: Number(minor) };
  }
  return undefined;
}

/** 4.5 brought `Logger` and `SceneTree.scene_changed`, which the control addon stands on. */
export function isSupported({ major, minor }: Pick<GodotVersion, "major" | "minor">): boolean {
  return major === 4 && minor >= 5;
}
