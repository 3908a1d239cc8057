/** A scene whose `_ready` does not return until the test lets it: a slow load that depends on no clock. */
import { rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { sceneFile, temporaryFolder } from "./project.ts";

export interface Gate {
  /** The scene's path. */
  readonly scene: string;
  /** The scene's files, for the project. */
  readonly files: Readonly<Record<string, string>>;
  close(): Promise<void>;
  open(): Promise<void>;
}

/** A gate that is closed. What opens it lies outside of the project, where no change is looked for. */
export async function createGate(context: Pick<TestContext, "after">): Promise<Gate> {
  const key = join(await temporaryFolder(context), "open");
  return {
    scene: "res://gated.tscn",
    files: {
      "gated.tscn": sceneFile("Gated", { script: "res://gated.gd" }),
      "gated.gd": `extends Node2D\n\nfunc _ready() -> void:\n\tprint("gate reached")\n\twhile not FileAccess.file_exists(${JSON.stringify(key)}):\n\t\tOS.delay_msec(2)\n`,
    },
    close: () => rm(key, { force: true }),
    open: () => writeFile(key, ""),
  };
}
