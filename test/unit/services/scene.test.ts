import assert from "node:assert/strict";
import { test } from "node:test";
import { create } from "@bufbuild/protobuf";
import { Code, type HandlerContext } from "@connectrpc/connect";
import { LoadStage } from "#gen/scene_pb.js";
import {
  LoadSceneStreamRequestSchema,
  type LoadSceneStreamResponse,
  SceneService,
} from "#gen/scene_service_pb.js";
import type { LoadOptions } from "../../../src/engine/scenes/load.ts";
import { resourceShortage } from "../../../src/errors/server.ts";
import { errorsInterceptor } from "../../../src/services/errors_interceptor.ts";
import { InProcess, implementation } from "../../../src/services/in_process.ts";
import { type SceneOptions, scene } from "../../../src/services/scene.ts";

test("ListScenes without free descriptors names what the machine lacks, and no path", async () => {
  const lacking = Object.assign(new Error("EMFILE: too many open files, open '/home/me/project.godot'"), {
    code: "EMFILE",
  });
  const project = { readSettings: () => Promise.reject(lacking) };
  const service = scene({ project } as unknown as SceneOptions);
  const services = new InProcess(
    [implementation(SceneService, service)],
    errorsInterceptor(() => assert.fail("it has a name")),
  );
  const { listScenes } = SceneService.method;
  const call = services.unary(listScenes, create(listScenes.input), new AbortController().signal);
  await assert.rejects(call, { code: Code.Unavailable, rawMessage: resourceShortage("EMFILE").message });
});

test("the list of scenes is made once for all who ask, and given to one in each turn of the event loop", async () => {
  let lists = 0;
  const project = {
    readSettings: async () => ({}),
    async listScenes() {
      lists += 1;
      return { scenes: [], leftOut: 0 };
    },
  };
  const service = scene({ project } as unknown as SceneOptions);
  const context = { signal: new AbortController().signal } as HandlerContext;
  let turn = 0;
  const count = () => {
    turn += 1;
    counting = setImmediate(count);
  };
  let counting = setImmediate(count);
  const request = create(SceneService.method.listScenes.input);
  const turns = await Promise.all(
    Array.from({ length: 100 }, async () => {
      await service.listScenes(request, context);
      return turn;
    }),
  );
  clearImmediate(counting);
  assert.ok(lists <= 2, `${lists} lists`);
  assert.equal(new Set(turns).size, turns.length);
});

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
