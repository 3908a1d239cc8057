/** The REST side as a table: each row names the rpc that it stands for, and has no logic of its own. */
import {
  GodotControlService,
  ListLogsResponseSchema,
  WatchLogsResponseSchema,
} from "#gen/godot_control_service_pb.js";
import {
  GetCurrentSceneResponseSchema,
  ListScenesResponseSchema,
  LoadSceneStreamResponseSchema,
  SceneService,
  WatchCurrentSceneResponseSchema,
} from "#gen/scene_service_pb.js";
import { control, health, healthBody, loaded, ok, plain, status } from "./rest_answers.ts";
import { loadError, startError } from "./rest_errors.ts";
import { stream, unary } from "./rest_row.ts";

const { method: godot } = GodotControlService;
const { method: scene } = SceneService;

export const restRoutes = [
  unary("POST", "/scene/load", scene.loadScene, ({ result }) => loaded(result), loadError),
  unary("POST", "/scene/reload", scene.reloadScene, ({ result }) => loaded(result), loadError),
  unary("GET", "/scene", scene.getCurrentScene, (answer) => ok(plain(GetCurrentSceneResponseSchema, answer))),
  unary("GET", "/scenes", scene.listScenes, (answer) => ok(plain(ListScenesResponseSchema, answer))),
  unary("GET", "/health", godot.getHealth, (answer) => health(answer.health)),
  unary("GET", "/status", godot.getStatus, (answer) => status(answer.status)),
  unary(
    "POST",
    "/start",
    godot.start,
    (answer) => control(answer.alreadyRunning ? "Godot is already running" : "Godot started", answer.health),
    startError,
  ),
  unary("POST", "/stop", godot.stop, (answer) =>
    control(answer.alreadyStopped ? "Godot is not running" : "Godot stopped", answer.health),
  ),
  unary("POST", "/restart", godot.restart, (answer) => control("Godot restarted", answer.health), startError),
  unary("GET", "/logs", godot.listLogs, (answer) => ok(plain(ListLogsResponseSchema, answer))),

  stream("GET", "/health/watch", godot.watchHealth, (message) => ({
    event: message.heartbeat ? "heartbeat" : "health",
    data: message.health ? healthBody(message.health) : {},
  })),
  stream("GET", "/scene/watch", scene.watchCurrentScene, (message) => ({
    event: "scene",
    data: plain(WatchCurrentSceneResponseSchema, message),
  })),
  stream("POST", "/scene/load/watch", scene.loadSceneStream, (message) => ({
    event: "progress",
    data: plain(LoadSceneStreamResponseSchema, message),
  })),
  stream(
    "GET",
    "/logs/watch",
    godot.watchLogs,
    (message) => ({
      event: "logs",
      data: plain(WatchLogsResponseSchema, message),
      id: String(message.entries.at(-1)?.cursor ?? ""),
    }),
    "cursor",
  ),
];

/** Every path of the table, once. */
export const restPaths = [...new Set(restRoutes.map(({ path }) => path))];

/** What a path may be asked with; empty where there is no such path. */
export const allowedMethods = (path: string): string[] =>
  restRoutes
    .filter((row) => row.path === path)
    .flatMap(({ verb, kind }) => (verb === "GET" && kind === "unary" ? [verb, "HEAD"] : [verb]));
