/** SceneService: loads scenes and tells which one is running. */
import { create, type MessageInitShape } from "@bufbuild/protobuf";
import type { ServiceImpl } from "@connectrpc/connect";
import type { Health as HealthMessage } from "#gen/health_pb.js";
import { LoadStage } from "#gen/scene_pb.js";
import {
  ListScenesResponseSchema,
  LoadSceneStreamResponseSchema,
  type SceneService,
} from "#gen/scene_service_pb.js";
import { Feed } from "../async/feed.ts";
import { shared } from "../async/shared.ts";
import { turns } from "../async/turns.ts";
import type { Project } from "../engine/project/project.ts";
import type { LoadProgress } from "../engine/scenes/load.ts";
import type { SceneLoads } from "../engine/scenes/scene_loads.ts";
import { toLoadResult, toSceneFile } from "./messages/scene.ts";
import { readDuration } from "./timeout.ts";

export interface SceneOptions {
  readonly project: Project;
  readonly loads: SceneLoads;
  readonly health: Feed<HealthMessage>;
  /** Aborted when the server closes: watches end with its reason, calls in flight may finish. */
  readonly closing: AbortSignal;
}

export function scene({ project, loads, health, closing }: SceneOptions): ServiceImpl<typeof SceneService> {
  const sceneFiles = shared(async () => {
    const { mainScene } = await project.readSettings();
    const { scenes, leftOut } = await project.listScenes();
    return create(ListScenesResponseSchema, {
      scenes: scenes.map((file) => toSceneFile(file, mainScene)),
      leftOut,
    });
  });
  const ownTurn = turns();
  return {
    async loadScene({ scenePath, timeout }, { signal }) {
      const result = await loads.load(scenePath, { signal, timeout: readDuration("timeout", timeout) });
      return { result: toLoadResult(result) };
    },
    async *loadSceneStream({ scenePath, timeout }, { signal }) {
      const progress = new Feed<LoadProgress | undefined>(undefined);
      const over = new AbortController();
      const load = loads
        .load(scenePath, {
          signal,
          timeout: readDuration("timeout", timeout),
          onProgress: (value) => progress.set(value),
        })
        .finally(() => over.abort(over));
      load.catch(() => {}); // The caller may have left before it ended.
      try {
        for await (const value of progress.watch(over.signal)) if (value) yield toProgress(value);
      } catch (reason) {
        if (reason !== over) throw reason;
      }
      yield { stage: LoadStage.DONE, percent: 100, message: "", result: toLoadResult(await load) };
    },
    async reloadScene({ timeout }, { signal }) {
      const result = await loads.reload({ signal, timeout: readDuration("timeout", timeout) });
      return { result: toLoadResult(result) };
    },
    getCurrentScene: () => currentScene(health.value),
    async *watchCurrentScene(_request, { signal }) {
      let last: string | undefined;
      for await (const value of health.watch(AbortSignal.any([signal, closing]))) {
        const { scene } = value;
        const key = scene ? `${scene.run} ${scene.generation} ${scene.path}` : "";
        if (key !== last) yield currentScene(value);
        last = key;
      }
    },
    async listScenes(_request, { signal }) {
      const answer = await sceneFiles();
      // Many may have waited for it, and it can be large.
      await ownTurn();
      signal.throwIfAborted();
      return answer;
    },
  };
}

const currentScene = ({ scene }: HealthMessage) => (scene ? { scene } : {});

const toProgress = ({
  stage,
  percent,
  message,
}: LoadProgress): MessageInitShape<typeof LoadSceneStreamResponseSchema> =>
  create(LoadSceneStreamResponseSchema, { stage: LoadStage[stage], percent, message });
