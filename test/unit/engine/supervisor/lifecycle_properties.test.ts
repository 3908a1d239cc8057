/** Ten thousand random lives of an engine: what must hold in every one, whatever happens when. */
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { type Command, command, isIntent } from "../../../support/life_cycle_commands.ts";
import { ignoresQuit, World } from "../../../support/life_cycle_world.ts";

/** What is not asked for: the world goes on, or an old event comes late. */
type Progress = "prepared" | "unprepared" | "ready" | "obeys" | "next timer" | "a minute" | "stale";

const step = fc.oneof(
  { weight: 2, arbitrary: command },
  {
    weight: 3,
    arbitrary: fc.constantFrom<Progress>(
      "prepared",
      "prepared",
      "ready",
      "ready",
      "unprepared",
      "obeys",
      "next timer",
      "next timer",
      "a minute",
      "stale",
    ),
  },
);

/** What each step does to the world. */
const play: Readonly<Record<Command | Progress, (world: World) => void>> = {
  start: (world) => world.ask("start"),
  restart: (world) => world.ask("restart"),
  stop: (world) => world.ask("stop"),
  "kill -9": (world) => world.die({ signal: "SIGKILL" }),
  "exit 0": (world) => world.die({ code: 0 }),
  freeze: (world) => world.freeze(),
  prepared: (world) => world.finishPreparing(true),
  unprepared: (world) => world.finishPreparing(false),
  ready: (world) => world.becomeReady(),
  obeys: (world) => world.obey(),
  "next timer": (world) => world.fireNextTimer(),
  "a minute": (world) => world.elapse(60_000),
  stale: (world) => world.sendStale(),
};

test("in every life: one process at most, stale events are ignored, the last intent wins, every caller is answered", () => {
  fc.assert(
    fc.property(fc.array(step, { minLength: 1, maxLength: 60 }), (steps) => {
      const world = new World();
      for (const taken of steps) {
        play[taken](world);
        world.check();
      }
      world.settle();
      world.check();
      const last = steps.filter((taken): taken is Command => isIntent(taken as Command)).at(-1);
      const { state } = world.model;
      if (last === undefined || last === "stop") assert.equal(state.kind, "stopped");
      // What it cannot do is said: it could not be prepared, or ended again and again since it was asked.
      else if (state.kind !== "failed") assert.equal(state.kind, "running");
      assert.equal(world.unanswered, 0, "Every caller is answered.");
    }),
    { numRuns: 10_000 },
  );
});

test("in every life that only crashes: the back-off doubles from 0 to 60 s, and the sixth end within a minute is the last", () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 30_000 }), { minLength: 1, maxLength: 20 }), (lives) => {
      const world = new World();
      world.ask("start");
      const ends: number[] = [];
      for (const [crashes, life] of lives.entries()) {
        world.runToReady();
        world.elapse(life);
        world.die({ signal: "SIGSEGV" });
        ends.push(world.now);
        const { state } = world.model;
        const recent = ends.filter((time) => world.now - time < 60_000).length;
        if (recent > 5) {
          assert.equal(state.kind, "failed");
          return;
        }
        const expected = crashes === 0 ? 0 : Math.min(1000 * 2 ** (crashes - 1), 60_000);
        assert.deepEqual(state, { kind: "backoff", delay: expected });
        world.fireNextTimer();
      }
    }),
    { numRuns: 2_000 },
  );
});

test("ten healthy minutes begin the series anew, less do not", () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 1_200_000 }), (life) => {
      const world = new World();
      world.ask("start");
      world.runToReady();
      world.die({ signal: "SIGSEGV" });
      world.fireNextTimer();
      world.runToReady();
      world.elapse(life);
      world.die({ signal: "SIGSEGV" });
      assert.deepEqual(world.model.state, { kind: "backoff", delay: life >= 600_000 ? 0 : 1000 });
    }),
    { numRuns: 500 },
  );
});

test("a stop ends also an engine that obeys nothing, in the time that it has", () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 30 }), fc.integer({ min: 1, max: 20_000 }), (steps, timeout) => {
      const world = new World();
      for (const taken of steps) play[taken](world);
      world.freeze(ignoresQuit);
      world.ask("stop", timeout);
      world.elapse(timeout);
      assert.equal(world.model.state.kind, "stopped");
      assert.equal(world.process, undefined);
    }),
    { numRuns: 2_000 },
  );
});
