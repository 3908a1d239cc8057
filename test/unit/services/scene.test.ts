import assert from "node:assert/strict";
import { test } from "node:test";
import { create } from "@bufbuild/protobuf";
import type { HandlerContext } from "@connectrpc/connect";
import { LoadStage } from "#gen/scene_pb.js";
import { LoadSceneStreamRequestSchema, type LoadSceneStreamResponse } from "#gen/scene_service_pb.js";
import type { LoadOptions } from "../../../src/engine/load.ts";
import { type SceneOptions, scene } from "../../../src/services/scene.ts";

test("a load that fails when nobody follows it any more is nobody's failure", async () => {
  const { promise, reject } = Promise.withResolvers<never>();
  const loads = {
    load(_path: string, { onProgress }: LoadOptions) {
      onProgress?.({ stage: "LOADING", percent: 0, message: "" });
      return promise;
    },
  };
  const service = scene({ loads } as unknown as SceneOptions);
  const stages = service.loadSceneStream(
    create(LoadSceneStreamRequestSchema, { scenePath: "res://main.tscn" }),
    { signal: new AbortController().signal } as HandlerContext,
  ) as AsyncGenerator<LoadSceneStreamResponse>;
  assert.equal((await stages.next()).value.stage, LoadStage.LOADING);
  await stages.return(undefined);
  reject(new Error("the client left"));
  // What nobody hears of would end the process now, and here the test.
  await new Promise(setImmediate);
});
