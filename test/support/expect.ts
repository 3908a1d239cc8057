/** What tests of a running server wait for, and how they take a failure apart. */
import assert from "node:assert/strict";
import type { TestContext } from "node:test";
import { type Code, ConnectError } from "@connectrpc/connect";
import { type ErrorDetail, ErrorDetailSchema } from "#gen/error_pb.js";
import { EngineState, type Health } from "#gen/health_pb.js";
import type { TestServer } from "./server.ts";

type Watched = Pick<TestServer, "godot">;

/** The first health, the present one included, of which this is true. */
export async function untilHealth({ godot }: Watched, isTrue: (health: Health) => boolean): Promise<Health> {
  for await (const { health } of godot.watchHealth({})) if (health && isTrue(health)) return health;
  throw new Error("The watch ended.");
}

export const isReady = (health: Health) => health.process?.state === EngineState.RUNNING;

/** The process of the engine that is ready now, or will be. */
export async function enginePid(server: Watched): Promise<number> {
  const { process: engine } = await untilHealth(server, isReady);
  assert.ok(engine?.pid);
  return engine.pid;
}

/** Resolves when somebody printed this in the game, this server's earlier runs included. */
export async function untilLogged({ godot }: Watched, isTrue: (message: string) => boolean): Promise<void> {
  for await (const { entries } of godot.watchLogs({ cursor: 0n }))
    if (entries.some(({ message }) => isTrue(message))) return;
  throw new Error("The watch ended.");
}

export interface Failure {
  readonly code: Code;
  readonly message: string;
  readonly detail: ErrorDetail | undefined;
}

/** The error of a call that has to fail, and its typed detail. */
export async function failure(call: Promise<unknown>): Promise<Failure> {
  let answer: unknown;
  try {
    answer = await call;
  } catch (cause) {
    const error = ConnectError.from(cause);
    const [detail] = error.findDetails(ErrorDetailSchema);
    return { code: error.code, message: error.rawMessage, detail };
  }
  assert.fail(
    `The call was answered: ${JSON.stringify(answer, (_, value) => (typeof value === "bigint" ? `${value}` : value))}`,
  );
}

/**
 * Runs this, and says beside the test's name how long it took: a figure for docs/reliability.md, which no test
 * asserts, for machines are shared.
 */
export async function timed<T>(context: TestContext, what: string, work: () => Promise<T>): Promise<T> {
  const began = performance.now();
  const result = await work();
  context.diagnostic(`${what}: ${(performance.now() - began).toFixed(0)} ms`);
  return result;
}
