/** The domain's values as protobuf messages: the only place that knows both. */
import { create, type MessageInitShape } from "@bufbuild/protobuf";
import { type DurationSchema, timestampFromMs } from "@bufbuild/protobuf/wkt";
import {
  type EngineExitSchema,
  EngineState,
  type Health as HealthMessage,
  HealthSchema,
  type LivenessSchema,
} from "#gen/health_pb.js";
import { type LogEntrySchema, LogSource, Severity } from "#gen/log_pb.js";
import {
  EngineAction,
  type LoadResultSchema,
  type SceneFileSchema,
  type SceneSchema,
} from "#gen/scene_pb.js";
import type { SceneInfo } from "../engine/link/link.ts";
import type { SceneFile } from "../engine/project/scenes/scenes.ts";
import type { LoadResult } from "../engine/scenes/load.ts";
import type { Health, Liveness } from "../engine/supervisor/health.ts";
import type { EngineExit } from "../model/engine_exit.ts";
import type { LogEntry } from "../model/log_entry.ts";

export function toLogEntry(entry: LogEntry): MessageInitShape<typeof LogEntrySchema> {
  return {
    cursor: BigInt(entry.cursor),
    time: timestampFromMs(entry.time),
    severity: Severity[entry.severity],
    source: LogSource[entry.source],
    message: entry.message,
    ...(entry.file && { file: entry.file }),
    ...(entry.line && { line: entry.line }),
    ...(entry.function && { function: entry.function }),
    backtrace: entry.backtrace.map((frame) => ({ ...frame })),
    run: BigInt(entry.run),
    count: BigInt(entry.count ?? 1),
  };
}

export function toScene(scene: SceneInfo, run: number): MessageInitShape<typeof SceneSchema> {
  return {
    path: scene.path,
    name: scene.name,
    ...(scene.uid && { uid: scene.uid }),
    rootName: scene.rootName,
    rootType: scene.rootType,
    nodeCount: scene.nodeCount,
    generation: BigInt(scene.generation),
    ...(scene.loadTime !== undefined && { loadTime: toDuration(scene.loadTime) }),
    run: BigInt(run),
  };
}

/** Milliseconds may have a fraction, which the message's nanoseconds may not. */
function toDuration(ms: number): MessageInitShape<typeof DurationSchema> {
  const nanoseconds = Math.round(ms * 1e6);
  return { seconds: BigInt(Math.floor(nanoseconds / 1e9)), nanos: nanoseconds % 1e9 };
}

export function toLoadResult(result: LoadResult): MessageInitShape<typeof LoadResultSchema> {
  return {
    scene: toScene(result.scene, result.run),
    issues: result.issues.entries.map(toLogEntry),
    issueCount: BigInt(result.issues.count),
    engineAction: EngineAction[result.action],
    engineActionReason: result.actionReason,
    imported: result.imported,
    newerOnDisk: result.newerOnDisk,
  };
}

export function toSceneFile(
  file: SceneFile,
  mainScene: string | undefined,
): MessageInitShape<typeof SceneFileSchema> {
  return {
    path: file.path,
    ...(file.uid && { uid: file.uid }),
    isMain: mainScene !== undefined && (mainScene === file.path || mainScene === file.uid),
    size: BigInt(file.size),
    modifiedTime: timestampFromMs(Math.round(file.mtimeMs)),
  };
}

export function toExit(exit: EngineExit): MessageInitShape<typeof EngineExitSchema> {
  return {
    run: BigInt(exit.run),
    ...(exit.code !== undefined && { code: exit.code }),
    ...(exit.signal !== undefined && { signal: exit.signal }),
    time: timestampFromMs(exit.time),
    message: exit.message,
    ...(exit.scene !== undefined && { scenePath: exit.scene }),
  };
}

export function toHealth(health: Health): HealthMessage {
  return create(HealthSchema, {
    healthy: health.healthy,
    blockingIssues: [...health.blockingIssues],
    process: {
      state: EngineState[health.state],
      running: health.processRunning,
      ...(health.pid !== undefined && { pid: health.pid }),
      run: BigInt(health.run),
      attached: health.attached,
    },
    api: { reachable: health.reachable, ...(health.port !== undefined && { port: health.port }) },
    ...(health.scene && { scene: toScene(health.scene, health.run) }),
    player: {
      exists: health.player.exists,
      ...(health.player.nodePath && { nodePath: health.player.nodePath }),
    },
    ...(health.lastExit && { lastExit: toExit(health.lastExit) }),
    time: timestampFromMs(health.time),
    liveness: toLiveness(health.liveness),
  });
}

const toLiveness = ({ stuckSeconds, ...facts }: Liveness): MessageInitShape<typeof LivenessSchema> => ({
  ...facts,
  ...(stuckSeconds > 0 && { mainLoopStuck: toDuration(stuckSeconds * 1000) }),
});
