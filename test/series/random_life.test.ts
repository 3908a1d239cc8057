/** Random lives of a real engine, a hundred in all: the same commands that the pure life cycle is checked with. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { ConnectError } from "@connectrpc/connect";
import fc from "fast-check";
import { ErrorDetailSchema, ErrorReason } from "#gen/error_pb.js";
import { EngineState } from "#gen/health_pb.js";
import { exitOf } from "../../src/engine/supervisor/start_outcome.ts";
import { type Command, command, isIntent } from "../support/life_cycle_commands.ts";
import { processesOf, signalled } from "../support/process_figures.ts";
import { projectOfOneScene } from "../support/project.ts";
import { seedOf, series } from "../support/series.ts";
import { startServer, type TestServer } from "../support/server.ts";

const servers = 4;
/** Sequences of one server. */
const lives = series({ short: 3, whole: 25 });
/** Milliseconds; a frozen engine that had only begun is given up after 30 s. */
const longestLife = 100_000;
/** An engine that ends more often than this within a minute is left alone. */
const crashLimit = 5;

/** A command, and whether its end is awaited before the next one. */
const step = fc.tuple(command, fc.boolean());

/** What may become of a call while others stop, start and kill. */
const expected = new Set([
  ErrorReason.ENGINE_EXITED,
  ErrorReason.PROJECT_QUIT,
  ErrorReason.STOPPED,
  ErrorReason.CRASH_LOOP,
]);

async function answered(call: Promise<unknown>): Promise<void> {
  try {
    await call;
  } catch (cause) {
    const error = ConnectError.from(cause);
    const [detail] = error.findDetails(ErrorDetailSchema);
    assert.ok(detail && expected.has(detail.reason), `A call failed without a name: ${error.message}`);
  }
}

/** Asks the engine to quit, and waits for its end: it may answer for a while before. */
async function exited({ supervisor }: TestServer["server"]): Promise<void> {
  const { link } = supervisor;
  if (!link) return;
  const { run } = supervisor.feed.value.model;
  link.quit();
  await exitOf(supervisor.feed, run, new AbortController().signal);
}

function run(taken: Command, { godot, server }: TestServer): Promise<void> {
  const { state } = server.supervisor.feed.value.model;
  const pid = "pid" in state ? state.pid : 0;
  const signal = (name: NodeJS.Signals) => {
    if (pid > 0) signalled(pid, name);
  };
  switch (taken) {
    case "start":
      return answered(godot.start({}));
    case "restart":
      return answered(godot.restart({}));
    case "stop":
      return answered(godot.stop({}));
    case "kill -9":
      signal("SIGKILL");
      break;
    case "exit 0":
      return exited(server);
    case "freeze":
      signal("SIGSTOP");
  }
  return Promise.resolve();
}

/**
 * An engine that is said to run, and answers: one that was frozen has been replaced by then. One watch serves for all of
 * it: what a client of Node leaves unread of each watch that it ends is lost to the connection's window for good.
 */
async function untilItAnswers(test: TestServer): Promise<EngineState | undefined> {
  for await (const { health } of test.godot.watchHealth({ heartbeat: { nanos: 200_000_000 } })) {
    const { state, pid } = health?.process ?? {};
    if (state === EngineState.FAILED) return state;
    if (state !== EngineState.RUNNING) continue;
    const { status, body } = await test.rest("GET", "/godot/health");
    if (status === 200 && body.pid === pid) return state;
  }
  throw new Error("The watch ended.");
}

describe("In each random life of a real engine", { concurrency: true }, async () => {
  for (let number = 1; number <= servers; number += 1) {
    it(`there is one process at most, the last intent wins, and every call is answered (${number})`, async (context) => {
      const project = await projectOfOneScene(context);
      const test = await startServer(context, project, ["--hang-timeout=2"]);
      await fc.assert(
        fc.asyncProperty(fc.array(step, { minLength: 2, maxLength: 6 }), async (steps) => {
          await test.godot.stop({});
          const calls: Promise<void>[] = [];
          for (const [taken, isAwaited] of steps) {
            const call = run(taken, test);
            calls.push(call);
            if (isAwaited) await call;
            assert.ok((await processesOf(project)).length <= 1, "One engine at most.");
          }
          await Promise.all(calls);
          const last = steps.filter(([taken]) => isIntent(taken)).at(-1)?.[0] ?? "stop";
          if (last === "stop") {
            const { process: engine } = (await test.godot.getHealth({})).health ?? {};
            assert.equal(engine?.state, EngineState.STOPPED);
            assert.deepEqual(await processesOf(project), []);
          } else {
            const crashes = steps.filter(([taken]) => !isIntent(taken)).length;
            const state = await untilItAnswers(test);
            assert.equal(state, crashes > crashLimit ? state : EngineState.RUNNING);
            assert.equal((await processesOf(project)).length, 1);
          }
        }),
        // A life that fails, or never ends, is told as it was: to live it again could take minutes.
        { numRuns: lives, seed: seedOf(context) + number, endOnFailure: true, timeout: longestLife },
      );
    });
  }
});
