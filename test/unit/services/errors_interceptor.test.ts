import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { Code, ConnectError, type Interceptor } from "@connectrpc/connect";
import { ErrorDetailSchema, ErrorReason } from "#gen/error_pb.js";
import { noScene } from "../../../src/errors/scene.ts";
import { internalFault } from "../../../src/errors/server.ts";
import { errorsInterceptor, isFault, toConnectError } from "../../../src/services/errors_interceptor.ts";

type Next = Parameters<Interceptor>[0];

const secret = "/home/me/game/project.godot";
const systemError = (code: string) =>
  Object.assign(new Error(`${code}: it failed, open '${secret}'`), { code, syscall: "open", path: secret });

const told = (error: unknown) => {
  const { code, rawMessage, details } = toConnectError(error);
  return { code, message: rawMessage, details: details.length };
};

describe("what a caller is told", () => {
  test("an error with a name keeps its words, and has its reason in the one detail", () => {
    const error = toConnectError(noScene());
    assert.deepEqual([error.code, error.rawMessage], [Code.FailedPrecondition, noScene().message]);
    const details = error.findDetails(ErrorDetailSchema);
    assert.deepEqual(
      details.map(({ reason }) => reason),
      [ErrorReason.NO_SCENE],
    );
  });

  test("an error of the protocol is passed on as it is", () => {
    const error = new ConnectError("left", Code.Canceled);
    assert.equal(toConnectError(error), error);
  });

  for (const error of [
    new Error(`no ${secret}`),
    systemError("EACCES"),
    secret,
    undefined,
    null,
    { code: 7 },
  ])
    test(`a fault has one sentence and one detail, whatever was thrown: ${String(error)}`, () => {
      assert.ok(isFault(error));
      assert.deepEqual(told(error), { code: Code.Internal, message: internalFault().message, details: 1 });
    });

  for (const code of ["EMFILE", "ENFILE", "ENOMEM", "EAGAIN"])
    test(`${code}: what the machine lacks is named, without the path that it was lacking for`, () => {
      const error = toConnectError(systemError(code));
      assert.ok(!isFault(systemError(code)));
      assert.equal(error.code, Code.Unavailable);
      assert.equal(error.findDetails(ErrorDetailSchema)[0]?.reason, ErrorReason.RESOURCE_SHORTAGE);
      assert.ok(error.rawMessage.includes(code));
      assert.ok(!error.rawMessage.includes(secret));
    });
});

describe("the interceptor", () => {
  /** How a call ends whose handler throws this, and what was reported. */
  async function failing(thrown: unknown, signal = new AbortController().signal) {
    const reported: unknown[] = [];
    const intercepted = errorsInterceptor((error) => reported.push(error))((async () => {
      throw thrown;
    }) as Next);
    const call = intercepted({ signal, header: new Headers() } as Parameters<Next>[0]);
    const error = await call.then(
      () => undefined,
      (reason: unknown) => reason,
    );
    assert.ok(error instanceof ConnectError);
    return { error, reported };
  }

  test("reports a fault with its cause, and nothing that has a name", async () => {
    const fault = systemError("EACCES");
    assert.deepEqual((await failing(fault)).reported, [fault]);
    for (const named of [noScene(), systemError("EMFILE"), new ConnectError("left", Code.Canceled)])
      assert.deepEqual((await failing(named)).reported, []);
  });

  test("answers a call that is over with the reason of its end", async () => {
    const reason = new ConnectError("the time is up", Code.DeadlineExceeded);
    const { error, reported } = await failing(new Error("cut off"), AbortSignal.abort(reason));
    assert.equal(error, reason);
    assert.deepEqual(reported, []);
    const left = await failing(new Error("cut off"), AbortSignal.abort());
    assert.equal(left.error.code, Code.Canceled);
  });

  test("translates what a stream throws after its first message", async () => {
    const fault = new Error(`no ${secret}`);
    const reported: unknown[] = [];
    const intercepted = errorsInterceptor((error) => reported.push(error))((async () => ({
      stream: true,
      message: (async function* () {
        yield "one";
        throw fault;
      })(),
    })) as unknown as Next);
    const { signal } = new AbortController();
    const { message } = await intercepted({ signal, header: new Headers() } as Parameters<Next>[0]);
    const messages = (message as unknown as AsyncIterable<string>)[Symbol.asyncIterator]();
    assert.equal((await messages.next()).value, "one");
    await assert.rejects(messages.next(), { code: Code.Internal, rawMessage: internalFault().message });
    assert.deepEqual(reported, [fault]);
  });
});
