/** The health as a message. */
import { create, type MessageInitShape } from "@bufbuild/protobuf";
import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import {
  EngineState,
  type Health as HealthMessage,
  HealthSchema,
  type LivenessSchema,
} from "#gen/health_pb.js";
import type { Health, Liveness } from "../../engine/supervisor/health.ts";
import { toDuration } from "./duration.ts";
import { toExit } from "./log.ts";
import { toScene } from "./scene.ts";

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
