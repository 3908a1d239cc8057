/** The answers of REST that are not their messages: those of src/http/rest/predecessor.ts, as JSON Schema. */
import type { Schema } from "./schemas.ts";

const ref = (name: string): Schema => ({ $ref: `#/components/schemas/${name}` });
const text = { type: "string" };
const process = {
  type: ["integer", "null"],
  description: "The engine's process id; null while there is none.",
};
const success = { status: { const: "success" }, message: text };

const control = { type: "object", properties: { ...success, pid: process } };
const health = {
  server: { const: "healthy" },
  timestamp: { type: "string", format: "date-time" },
  godot_process: { type: "object", properties: { running: { type: "boolean" }, pid: process } },
  godot_api: { type: "object", properties: { reachable: { type: "boolean" } } },
  scene: { type: "object", properties: { loaded: { type: "boolean" }, name: { type: ["string", "null"] } } },
  player: { type: "object", properties: { exists: { type: "boolean" }, spawned: { type: "boolean" } } },
  overall_healthy: { type: "boolean" },
  blocking_issues: { type: "array", items: text },
  liveness: ref("Liveness"),
};
const loaded = {
  type: "object",
  allOf: [ref("LoadResult")],
  properties: { ...success, scene_name: text, scene_path: text },
};

/** By rpc. Those of a well engine and of one that is not have the same shape. */
export const answers: Readonly<Record<string, { schema: Schema; statuses: readonly number[] }>> = {
  LoadScene: { schema: loaded, statuses: [200] },
  ReloadScene: { schema: loaded, statuses: [200] },
  GetHealth: { schema: { type: "object", properties: health }, statuses: [200, 503] },
  GetStatus: {
    schema: {
      type: "object",
      allOf: [ref("Status")],
      properties: { ...health, health: ref("Health") },
    },
    statuses: [200],
  },
  Start: { schema: control, statuses: [200] },
  Stop: { schema: control, statuses: [200] },
  Restart: { schema: control, statuses: [200] },
};
