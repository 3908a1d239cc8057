/** A server in a process of its own, on a project whose main scene runs a script: what it takes is its own. */
import type { TestContext } from "node:test";
import { createClient } from "@connectrpc/connect";
import { createConnectTransport } from "@connectrpc/connect-node";
import { GodotControlService } from "#gen/godot_control_service_pb.js";
import { importedProject, projectGodot, sceneFile } from "./project.ts";
import { serverThatSaid } from "./server_process.ts";

const ready = /Godot is ready: run (\d+), pid (\d+)/;

/** @param wrapper a program, and its arguments, that runs the server in circumstances of its own */
export async function serverOf(context: TestContext, script: string, wrapper: readonly string[] = []) {
  const project = await importedProject(context, {
    "project.godot": projectGodot({ mainScene: "res://main.tscn" }),
    "main.tscn": sceneFile("Main", { script: "res://main.gd" }),
    "main.gd": `extends Node2D\n\n${script}\n`,
  });
  const { server, baseUrl, found } = await serverThatSaid(context, project, ready, { wrapper });
  const godot = createClient(GodotControlService, createConnectTransport({ baseUrl, httpVersion: "2" }));
  return { godot, baseUrl, pid: server.pid as number, engine: Number(found[2]) };
}
