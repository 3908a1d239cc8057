/** Scenes of which something is wrong, and what the server says of them. */
import type { TestContext } from "node:test";
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
