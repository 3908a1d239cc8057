/** The answers of the Python server that this one replaces, key by key. Keys of our own come after. */
import { type DescMessage, type MessageShape, toJson } from "@bufbuild/protobuf";
import { timestampDate } from "@bufbuild/protobuf/wkt";
import { type Health, HealthSchema, LivenessSchema, type Status, StatusSchema } from "#gen/health_pb.js";
import { type LoadResult, LoadResultSchema } from "#gen/scene_pb.js";
import type { RestAnswer } from "./errors.ts";

/** A message with its own keys, in snake_case, every one of them present. */
export function plain<Desc extends DescMessage>(
  schema: Desc,
  message: MessageShape<Desc>,
): Record<string, unknown> {
  return toJson(schema, message, { useProtoFieldName: true, alwaysEmitImplicit: true }) as Record<
    string,
    unknown
  >;
}

export const ok = (body: Record<string, unknown>): RestAnswer => ({ status: 200, body });

export function loaded(result: LoadResult | undefined): RestAnswer {
  const { scene, ...rest } = result ? plain(LoadResultSchema, result) : { scene: undefined };
  const path = result?.scene?.path ?? "";
  const count = Number(result?.issueCount ?? 0);
  const issues =
    count === 0
      ? ""
      : ` (${count === 1 ? "an error or warning" : `${count} errors and warnings`}: see issues)`;
  return ok({
    status: "success",
    message: `Scene loaded: ${path}${issues}`,
    scene_name: result?.scene?.name ?? "",
    scene_path: path,
    scene,
    ...rest,
  });
}

export function healthBody(health: Health): Record<string, unknown> {
  const exists = health.player?.exists ?? false;
  return {
    server: "healthy",
    timestamp: (health.time ? timestampDate(health.time) : new Date()).toISOString(),
    godot_process: { running: health.process?.running ?? false, pid: health.process?.pid ?? null },
    godot_api: { reachable: health.api?.reachable ?? false },
    scene: { loaded: health.scene !== undefined, name: health.scene?.name ?? null },
    player: { exists, spawned: exists },
    overall_healthy: health.healthy,
    blocking_issues: health.blockingIssues,
    liveness: health.liveness ? plain(LivenessSchema, health.liveness) : {},
  };
}

export function health(value: Health | undefined): RestAnswer {
  if (!value) return { status: 503, body: {} };
  return { status: value.healthy ? 200 : 503, body: healthBody(value) };
}

export function status(value: Status | undefined): RestAnswer {
  if (!value?.health) return { status: 503, body: {} };
  const { health: _, ...rest } = plain(StatusSchema, value);
  return ok({ ...healthBody(value.health), ...rest, health: plain(HealthSchema, value.health) });
}

export function control(message: string, value: Health | undefined): RestAnswer {
  return ok({ status: "success", message, pid: value?.process?.pid ?? null });
}
