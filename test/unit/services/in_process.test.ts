/** The services called as functions: answers, errors and cancellation are those of every other way in. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { create } from "@bufbuild/protobuf";
import { Code, ConnectError, type ServiceImpl } from "@connectrpc/connect";
import { ErrorDetailSchema, ErrorReason } from "#gen/error_pb.js";
import { LoadStage } from "#gen/scene_pb.js";
import { SceneService } from "#gen/scene_service_pb.js";
import { queueFull } from "../../../src/errors/scene.ts";
import { errorsInterceptor } from "../../../src/services/errors_interceptor.ts";
import { InProcess, implementation } from "../../../src/services/in_process.ts";

const { getCurrentScene, loadSceneStream } = SceneService.method;
const never = () => new AbortController().signal;

/** The scene service with these methods, and what was reported as unexpected. */
function calling(methods: Partial<ServiceImpl<typeof SceneService>>) {
  const unexpected: unknown[] = [];
  const service = new InProcess(
    [implementation(SceneService, methods as ServiceImpl<typeof SceneService>)],
    errorsInterceptor((error) => unexpected.push(error)),
  );
  return {
    unexpected,
    current: (signal = never()) => service.unary(getCurrentScene, create(getCurrentScene.input), signal),
    loading: (scenePath: string, signal = never()) =>
      service.stream(loadSceneStream, create(loadSceneStream.input, { scenePath }), signal),
  };
}

test("a unary call is answered with a whole message", async () => {
  const { current } = calling({ getCurrentScene: () => ({ scene: { path: "res://a.tscn" } }) });
  const answer = await current();
  assert.equal(answer.scene?.path, "res://a.tscn");
  assert.equal(answer.$typeName, "godot.control.v1.GetCurrentSceneResponse");
});

test("an error with a name has its code and detail, and is not reported as unexpected", async () => {
  const { current, unexpected } = calling({
    getCurrentScene: () => {
      throw queueFull(7);
    },
  });
  const error = ConnectError.from(await current().catch((reason: unknown) => reason));
  assert.equal(error.code, Code.ResourceExhausted);
  assert.equal(error.findDetails(ErrorDetailSchema)[0]?.reason, ErrorReason.QUEUE_FULL);
  assert.deepEqual(unexpected, []);
});

test("an error without a name is reported, once", async () => {
  const fault = new Error("a fault");
  const { current, unexpected } = calling({
    getCurrentScene: () => {
      throw fault;
    },
  });
  await assert.rejects(current(), ConnectError);
  assert.deepEqual(unexpected, [fault]);
});

test("a stream hands over its request, then message by message, then its error", async () => {
  const { loading } = calling({
    async *loadSceneStream({ scenePath }) {
      yield { stage: LoadStage.LOADING, percent: 50, message: scenePath };
      throw queueFull(7);
    },
  });
  const messages = (await loading("res://a.tscn"))[Symbol.asyncIterator]();
  const { value } = await messages.next();
  assert.equal(value.stage, LoadStage.LOADING);
  assert.equal(value.message, "res://a.tscn");
  const error = ConnectError.from(await messages.next().catch((reason: unknown) => reason));
  assert.equal(error.findDetails(ErrorDetailSchema)[0]?.reason, ErrorReason.QUEUE_FULL);
});

test("who leaves ends the handler, and that is no fault", async () => {
  const { current, unexpected } = calling({
    getCurrentScene: (_, { signal }) =>
      new Promise((_resolve, reject) => {
        signal.addEventListener("abort", () => reject(new Error("cut off")));
      }),
  });
  const leaving = new AbortController();
  const call = current(leaving.signal);
  leaving.abort(new ConnectError("left", Code.Canceled));
  assert.equal(ConnectError.from(await call.catch((reason: unknown) => reason)).code, Code.Canceled);
  assert.deepEqual(unexpected, []);
});
