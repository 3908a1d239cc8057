/** A scene, its load and its file as messages. */
import type { MessageInitShape } from "@bufbuild/protobuf";
import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import {
  EngineAction,
  type LoadResultSchema,
  type SceneFileSchema,
  type SceneSchema,
} from "#gen/scene_pb.js";
import type { SceneInfo } from "../../engine/link/link.ts";
import type { SceneFile } from "../../engine/project/scenes/scenes.ts";
import type { LoadResult } from "../../engine/scenes/load.ts";
import { toDuration } from "./duration.ts";
import { toLogEntry } from "./log.ts";

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
