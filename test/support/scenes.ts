/** Scenes of which something is wrong, and what the server says of them. */
import assert from "node:assert/strict";
import type { TestContext } from "node:test";
import type { LogEntry } from "#gen/log_pb.js";
import type { LoadResult } from "#gen/scene_pb.js";
import { importedProject, projectGodot, sceneFile } from "./project.ts";
import { startServer, type TestServer } from "./server.ts";

/** What is wrong with the scene of this name, as a load of it says. */
export const messages = async ({ scene }: TestServer, name: string) =>
  (await scene.loadScene({ scenePath: `res://${name}.tscn` })).result?.issues.map(({ message }) => message);

export const isHealthy = async ({ godot }: TestServer) => (await godot.getHealth({})).health?.healthy;

/** A server of a project that was imported before, with a sound main scene. */
export const started = async (context: TestContext, files: Record<string, string>) =>
  startServer(
    context,
    await importedProject(context, {
      "project.godot": projectGodot({ mainScene: "res://main.tscn" }),
      "main.tscn": sceneFile("Main"),
      ...files,
    }),
  );

/** The beginning of a scene that needs one file, by the id 1. */
export const standingOn = (type: string, path: string) =>
  `[gd_scene format=3]\n\n[ext_resource type="${type}" path="${path}" id="1"]\n\n`;

/** A script that does this as its scene begins. */
export const beginning = (body: string) => `extends Sprite2D\n\nfunc _ready() -> void:\n\t${body}\n`;

/** The source of a script that does not compile. */
export const broken = "extends Node2D\n\nfunc _ready() -> void:\n\tvar x =\n";

/** The source of a script that does this when its scene is ready. */
export const ready = (body: string) => `extends Node2D\n\nfunc _ready() -> void:\n\t${body}\n`;

/** A scene with a script of its own name on it. */
export const scripted = (name: string, source: string) => ({
  [`${name}.tscn`]: sceneFile(name, { script: `res://${name}.gd` }),
  [`${name}.gd`]: source,
});

export async function load({ scene }: TestServer, name: string): Promise<LoadResult> {
  const { result } = await scene.loadScene({ scenePath: `res://${name}.tscn` });
  assert.ok(result);
  return result;
}

export const inShort = (issues: readonly LogEntry[]) =>
  issues.map(({ file, line, message, count }) => `${file}:${line} ${message} x${count}`);

/** What the engine says of a `broken.gd` that is `broken`, in short. */
export const parseError =
  /^res:\/\/broken\.gd:4 Parse Error: Expected expression for variable initial value after "="\. x1$/;

/** Resolves when the log has all that this load raised: an answer may overtake what the engine prints. */
export async function untilLogHas({ godot }: TestServer, { issues, scene }: LoadResult): Promise<void> {
  const missing = new Set(issues.map(({ message }) => message));
  for await (const { entries } of godot.watchLogs({ cursor: 0n, run: scene?.run ?? 0n })) {
    for (const { message } of entries) missing.delete(message);
    if (missing.size === 0) return;
  }
}
