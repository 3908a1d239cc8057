import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { isOtherScene, next, processOf, type Step } from "../../../../src/engine/supervisor/lifecycle.ts";
import {
  type Effect,
  type Event,
  initial,
  type Model,
  type Policy,
  type State,
  type Timer,
} from "../../../../src/engine/supervisor/states.ts";
import { projectInvalid } from "../../../../src/errors/project.ts";
import type { EngineExit } from "../../../../src/model/engine_exit.ts";

const policy: Policy = { restart: true, startTimeout: 30_000, stopTimeout: 8_000 };
const preparing: State = { kind: "preparing" };
const starting: State = { kind: "starting", pid: 7 };
const running: State = { kind: "running", pid: 7, port: 8080 };
const stopping: State = { kind: "stopping", pid: 7, thenStart: false };
const stoppingThenStart: State = { kind: "stopping", pid: 7, thenStart: true };
const stopped: State = { kind: "stopped" };
const backoff: State = { kind: "backoff", delay: 1000 };

/** A crash loop that this model's last exit ended. */
const failedBy = ({ lastExit }: Model): State => ({
  kind: "failed",
  cause: { kind: "crash loop", lastExit: lastExit ?? exit },
});

/** A model in its third run. */
const at = (state: State, more: Partial<Model> = {}): Model => ({ ...initial, run: 3, state, ...more });

const step = (state: State, event: Event): Step => next(at(state), event, policy);

const exit: EngineExit = { run: 3, code: 1, asked: false, time: 0, message: "The engine exited with code 1" };
const failed: State = { kind: "failed", cause: { kind: "crash loop", lastExit: exit } };
const exited = (when = 0, run = 3): Event => ({ kind: "exited", run, exit: { ...exit, run }, at: when });
const exitsAt = (...times: number[]) => times.map((time) => ({ at: time, scene: undefined }));
const timer = (name: Timer, run = 3): Event => ({ kind: "timer", run, timer: name });

const quit: Effect = { kind: "quit" };
const spawn: Effect = { kind: "spawn" };
const prepare: Effect = { kind: "prepare" };
const cancelPrepare: Effect = { kind: "cancelPrepare" };
const term: Effect = { kind: "signal", signal: "SIGTERM" };
const kill: Effect = { kind: "signal", signal: "SIGKILL" };
const arm = (name: Timer, ms: number): Effect => ({ kind: "arm", timer: name, ms });
const endings = (ms = policy.stopTimeout, first: Effect = quit) => [
  first,
  arm("terminate", ms * 0.7),
  arm("stop", ms),
];

interface Row {
  readonly from: State;
  readonly event: Event;
  readonly to: State;
  readonly effects?: readonly Effect[];
  readonly run?: number;
}

const table: Record<string, Row> = {
  "start when stopped prepares a new run": {
    from: stopped,
    event: { kind: "start" },
    to: preparing,
    effects: [prepare],
    run: 4,
  },
  "start during a back-off does not wait for its end": {
    from: backoff,
    event: { kind: "start" },
    to: preparing,
    effects: [prepare],
    run: 4,
  },
  "start leaves failed": {
    from: failed,
    event: { kind: "start" },
    to: preparing,
    effects: [prepare],
    run: 4,
  },
  "start while preparing changes nothing": { from: preparing, event: { kind: "start" }, to: preparing },
  "start while starting changes nothing": { from: starting, event: { kind: "start" }, to: starting },
  "start while running changes nothing": { from: running, event: { kind: "start" }, to: running },
  "start during a stop waits for the old process to end": {
    from: stopping,
    event: { kind: "start" },
    to: stoppingThenStart,
  },
  "what is prepared is spawned": {
    from: preparing,
    event: { kind: "prepared", run: 3 },
    to: preparing,
    effects: [spawn],
  },
  "what cannot be prepared fails with its cause": {
    from: preparing,
    event: { kind: "unprepared", run: 3, error: projectInvalid("it is empty") },
    to: { kind: "failed", cause: { kind: "unprepared", error: projectInvalid("it is empty") } },
  },
  "a spawned process has its start timeout": {
    from: preparing,
    event: { kind: "spawned", run: 3, pid: 7 },
    to: starting,
    effects: [arm("start", 30_000)],
  },
  "a ready engine runs, and ten minutes of it are health": {
    from: starting,
    event: { kind: "ready", run: 3, port: 8080 },
    to: running,
    effects: [arm("healthy", 600_000)],
  },
  "stop when stopped changes nothing": { from: stopped, event: { kind: "stop" }, to: stopped },
  "stop during a back-off ends it": { from: backoff, event: { kind: "stop" }, to: stopped },
  "stop leaves failed": { from: failed, event: { kind: "stop" }, to: stopped },
  "stop while preparing cancels that": {
    from: preparing,
    event: { kind: "stop" },
    to: stopped,
    effects: [cancelPrepare],
  },
  "stop during the start does not ask: SIGTERM at once": {
    from: starting,
    event: { kind: "stop" },
    to: stopping,
    effects: endings(policy.stopTimeout, term),
  },
  "stop asks first, then SIGTERM, then SIGKILL": {
    from: running,
    event: { kind: "stop" },
    to: stopping,
    effects: endings(),
  },
  "stop can bring a time limit of its own": {
    from: running,
    event: { kind: "stop", timeout: 1000 },
    to: stopping,
    effects: endings(1000),
  },
  "a second stop does not ask again": { from: stopping, event: { kind: "stop" }, to: stopping },
  "stop after a restart is the last intent": {
    from: stoppingThenStart,
    event: { kind: "stop" },
    to: stopping,
  },
  "restart when stopped starts": {
    from: stopped,
    event: { kind: "restart" },
    to: preparing,
    effects: [prepare],
    run: 4,
  },
  "restart leaves failed": {
    from: failed,
    event: { kind: "restart" },
    to: preparing,
    effects: [prepare],
    run: 4,
  },
  "restart while preparing prepares anew": {
    from: preparing,
    event: { kind: "restart" },
    to: preparing,
    effects: [cancelPrepare, prepare],
    run: 4,
  },
  "restart while running stops, then starts": {
    from: running,
    event: { kind: "restart" },
    to: stoppingThenStart,
    effects: endings(),
  },
  "restart during the start ends that process first": {
    from: starting,
    event: { kind: "restart" },
    to: stoppingThenStart,
    effects: endings(undefined, term),
  },
  "restart during a stop is the last intent": {
    from: stopping,
    event: { kind: "restart" },
    to: stoppingThenStart,
  },
  "the end that was asked for is a stop": { from: stopping, event: exited(), to: stopped },
  "the end of a restart's old process begins the new run": {
    from: stoppingThenStart,
    event: exited(),
    to: preparing,
    effects: [prepare],
    run: 4,
  },
  "a process that could not be spawned counts as ended": {
    from: preparing,
    event: exited(),
    to: { kind: "backoff", delay: 0 },
    effects: [arm("backoff", 0)],
  },
  "an exit where no process is changes nothing": { from: stopped, event: exited(), to: stopped },
  "an engine that hangs while it starts is killed": {
    from: starting,
    event: { kind: "hung", run: 3 },
    to: starting,
    effects: [kill],
  },
  "an engine that stands still while it stops has the time of its stop: it may be saving": {
    from: stopping,
    event: { kind: "hung", run: 3 },
    to: stopping,
  },
  "no process, no hang": { from: backoff, event: { kind: "hung", run: 3 }, to: backoff },
  "a start that takes too long is killed": {
    from: starting,
    event: timer("start"),
    to: starting,
    effects: [kill],
  },
  "the start timer is nothing to a running engine": { from: running, event: timer("start"), to: running },
  "the project that does not quit gets SIGTERM": {
    from: stopping,
    event: timer("terminate"),
    to: stopping,
    effects: [term],
  },
  "what SIGTERM does not end gets SIGKILL": {
    from: stopping,
    event: timer("stop"),
    to: stopping,
    effects: [kill],
  },
  "stop timers are nothing to a running engine": { from: running, event: timer("stop"), to: running },
  "the end of a back-off begins a new run": {
    from: backoff,
    event: timer("backoff"),
    to: preparing,
    effects: [prepare],
    run: 4,
  },
  "the back-off of a stopped engine begins nothing": { from: stopped, event: timer("backoff"), to: stopped },
  "only an engine that starts gets ready": {
    from: stopping,
    event: { kind: "ready", run: 3, port: 8080 },
    to: stopping,
  },
  "what is prepared after a stop is not spawned": {
    from: stopped,
    event: { kind: "prepared", run: 3 },
    to: stopped,
  },
};

describe("each transition", () => {
  for (const [name, row] of Object.entries(table))
    test(name, () => {
      const { model, effects } = step(row.from, row.event);
      assert.deepEqual(model.state, row.to);
      assert.deepEqual(effects, row.effects ?? []);
      assert.equal(model.run, row.run ?? 3);
    });
});

/** Feeds events one after the other; gives the last step. */
function walk(from: Model, events: readonly Event[], by = policy): Step {
  let last: Step = { model: from, effects: [] };
  for (const event of events) last = next(last.model, event, by);
  return last;
}

describe("the last intent wins", () => {
  const cases: [("start" | "stop" | "restart")[], State["kind"]][] = [
    [["stop"], "stopped"],
    [["stop", "start"], "preparing"],
    [["stop", "restart"], "preparing"],
    [["restart", "stop"], "stopped"],
    [["stop", "start", "stop"], "stopped"],
    [["restart", "restart"], "preparing"],
    [["stop", "stop", "restart", "stop", "start"], "preparing"],
  ];
  for (const [intents, end] of cases)
    test(`${intents.join(", ")} ends in ${end}`, () => {
      for (const from of [starting, running]) {
        const { model } = walk(at(from), [...intents.map((kind) => ({ kind })), exited()]);
        assert.equal(model.state.kind, end);
      }
    });
});

/** A run that crashes at `when`, from the back-off before it. */
const crashingRun = (run: number, when: number): Event[] => [
  { kind: "spawned", run, pid: run },
  { kind: "ready", run, port: 1 },
  exited(when, run),
];

/** Crashes at each of these times, each restarted when its back-off ends; the delays and the last model. */
function crashes(times: readonly number[]): { delays: (number | undefined)[]; model: Model } {
  let { model } = next(initial, { kind: "start" }, policy);
  const delays = times.map((time) => {
    model = walk(model, crashingRun(model.run, time)).model;
    const { state } = model;
    if (state.kind !== "backoff") return undefined;
    const ended = next(model, timer("backoff", model.run), policy);
    model = ended.model;
    return state.delay;
  });
  return { delays, model };
}

describe("crashes", () => {
  test("the first restart is at once, the next after 1, 2, 4 … 60 seconds", () => {
    const { delays } = crashes(Array.from({ length: 10 }, (_, index) => index * 60_000));
    assert.deepEqual(delays, [0, 1000, 2000, 4000, 8000, 16_000, 32_000, 60_000, 60_000, 60_000]);
  });

  test("five exits within a minute are borne, the sixth is a crash loop", () => {
    const five = crashes([0, 10_000, 20_000, 30_000, 40_000]);
    assert.equal(five.model.state.kind, "preparing");
    const six = crashes([0, 10_000, 20_000, 30_000, 40_000, 59_999]);
    assert.deepEqual(six.model.state, failedBy(six.model));
  });

  test("an exit that is a minute old does not count any more", () => {
    const { model } = crashes([0, 10_000, 20_000, 30_000, 40_000, 60_000]);
    assert.equal(model.state.kind, "preparing");
    assert.equal(model.exits.length, 5);
  });

  test("start after a crash loop begins the count and the series anew", () => {
    const loop = crashes([0, 1, 2, 3, 4, 5]).model;
    assert.deepEqual(loop.state, failedBy(loop));
    const { model } = next(loop, { kind: "start" }, policy);
    assert.deepEqual([model.exits, model.attempt, model.run], [[], 0, loop.run + 1]);
    const again = walk(model, crashingRun(model.run, 6));
    assert.deepEqual(again.model.state, { kind: "backoff", delay: 0 });
  });

  const loopOf = (...scenes: (string | undefined)[]) =>
    at(failed, { exits: scenes.map((scene, index) => ({ at: index, scene })), attempt: 5 });
  const six = (scene: string | undefined) => loopOf(scene, scene, scene, scene, scene, scene);

  test("a crash loop that scenes caused leaves every other scene to be tried", () => {
    assert.equal(isOtherScene(six("a"), "b"), true);
    assert.equal(isOtherScene(six("a"), "a"), false);
    assert.equal(isOtherScene(six(undefined), "b"), false);
    assert.equal(
      isOtherScene(loopOf("a", "a", "a", "a", "a", "c"), "b"),
      true,
      "Two scenes may be to blame.",
    );
    assert.equal(isOtherScene(loopOf("a", "c", "d", "e", "a", "c"), "b"), false, "Of four, the project is.");
    assert.equal(isOtherScene(at(running, { exits: six("a").exits }), "b"), false);
  });

  test("a start for another scene goes on with the series: one more exit, and all is left alone again", () => {
    const { model } = next(six("a"), { kind: "start", otherScene: true }, policy);
    assert.equal(model.state.kind, "preparing");
    const ended = walk(model, [
      { kind: "spawned", run: 4, pid: 4 },
      { kind: "exited", run: 4, exit: { ...exit, run: 4, scene: "b" }, at: 7 },
    ]);
    assert.deepEqual(ended.model.state, failedBy(ended.model));
    assert.deepEqual([isOtherScene(ended.model, "b"), isOtherScene(ended.model, "c")], [false, true]);
  });

  test("a scene that is proved is not what ended a run before, where another may have been", () => {
    const lastExit = { ...exit, scene: "b", sceneBefore: "a" };
    const exits = [
      { at: 1, scene: "b", before: "a" },
      { at: 2, scene: "b" },
    ].map((one) => ({ before: undefined, ...one }));
    const { model } = next(at(running, { exits, lastExit }), { kind: "proved", scene: "b" }, policy);
    assert.deepEqual(
      model.exits.map(({ scene }) => scene),
      ["a", "b"],
    );
    assert.equal(model.lastExit?.scene, "a");
  });

  test("ten healthy minutes begin the series anew, and change nothing else", () => {
    const tried = at(running, { attempt: 4, exits: exitsAt(1, 2, 3), restarts: 4 });
    const { model, effects } = next(tried, timer("healthy"), policy);
    assert.deepEqual(model, { ...tried, attempt: 0, exits: [] });
    assert.deepEqual(effects, []);
    assert.deepEqual(next(model, exited(4), policy).model.state, { kind: "backoff", delay: 0 });
  });

  test("a restart after a crash is counted, one that was asked for is not", () => {
    assert.equal(next(at(running), exited(), policy).model.restarts, 1);
    assert.equal(walk(at(running), [{ kind: "restart" }, exited()]).model.restarts, 0);
  });

  test("the last exit is kept, asked for or not", () => {
    for (const from of [running, stopping, stoppingThenStart])
      assert.deepEqual(next(at(from), exited(), policy).model.lastExit, exit);
  });

  test("without restarts, a crash leaves the engine stopped", () => {
    const { model, effects } = next(at(running), exited(), { ...policy, restart: false });
    assert.deepEqual(model.state, stopped);
    assert.deepEqual([effects, model.lastExit, model.restarts], [[], exit, 0]);
  });

  test("without restarts, a restart that is asked for still starts", () => {
    const { model } = walk(at(running), [{ kind: "restart" }, exited()], { ...policy, restart: false });
    assert.deepEqual(model.state, preparing);
  });
});

const timers: readonly Timer[] = ["start", "stop", "terminate", "backoff", "healthy"];

/** Every event that a run can have. */
const runEvents = (run: number): Event[] => [
  { kind: "prepared", run },
  { kind: "unprepared", run, error: projectInvalid("it is empty") },
  { kind: "spawned", run, pid: 9 },
  { kind: "ready", run, port: 9 },
  { kind: "hung", run },
  exited(0, run),
  ...timers.map((name) => timer(name, run)),
];

test("an event of another run changes nothing, in any state", () => {
  const states = [stopped, preparing, starting, running, stopping, stoppingThenStart, backoff, failed];
  for (const state of states)
    for (const run of [2, 4])
      for (const event of runEvents(run)) {
        const model = at(state);
        const result = next(model, event, policy);
        assert.equal(result.model, model, `${event.kind} in ${state.kind}`);
        assert.deepEqual(result.effects, []);
      }
});

/** Numbers from 0 up to `below`, the same ones for the same seed (mulberry32). */
function generator(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
  };
}

/** The world around the model: it may do only what the effects allow it to. */
class World {
  model = initial;
  now = 0;
  spawns = 0;
  /** The run of the process that lives. */
  alive: number | undefined;
  #prepared: number | undefined;
  readonly #armed = new Set<Timer>();
  readonly #restart: boolean;

  constructor(restart: boolean) {
    this.#restart = restart;
  }

  /** What can happen now: anybody's wish, and the world's answers to the effects so far. */
  possible(): Event[] {
    const { run } = this.model;
    const events: Event[] = [{ kind: "start" }, { kind: "stop" }, { kind: "restart" }];
    if (this.#prepared !== undefined) {
      events.push({ kind: "prepared", run: this.#prepared });
      events.push({ kind: "unprepared", run: this.#prepared, error: projectInvalid("it is empty") });
    }
    if (this.alive !== undefined) {
      const mine = { run: this.alive };
      events.push({ kind: "ready", ...mine, port: 1 }, { kind: "hung", ...mine });
      events.push(exited(this.now, this.alive));
    }
    for (const name of this.#armed) events.push(timer(name, run));
    return events;
  }

  happen(event: Event): void {
    const before = this.model;
    if (event.kind === "prepared" || event.kind === "unprepared") this.#prepared = undefined;
    if (event.kind === "exited" && event.run === this.alive) {
      this.alive = undefined;
      this.#armed.clear();
    }
    if (event.kind === "timer") this.#armed.delete(event.timer);
    const { model, effects } = next(before, event, { ...policy, restart: this.#restart });
    this.model = model;
    assert.ok(model.run >= before.run, "the run never decreases");
    if ("run" in event && event.run !== before.run) {
      assert.equal(model, before, "a stale event gives the same model");
      assert.equal(effects.length, 0);
    }
    for (const effect of effects) this.#do(effect);
    this.#check();
  }

  #do(effect: Effect): void {
    switch (effect.kind) {
      case "prepare":
        this.#prepared = this.model.run;
        return;
      case "cancelPrepare":
        this.#prepared = undefined;
        return;
      case "spawn":
        assert.equal(this.alive, undefined, "nothing is spawned beside a process that lives");
        this.alive = this.model.run;
        this.spawns += 1;
        this.happen({ kind: "spawned", run: this.model.run, pid: this.model.run });
        return;
      case "quit":
      case "signal":
        assert.equal(this.alive, this.model.run, "only a process that lives is ended");
        return;
      case "arm":
        this.#armed.add(effect.timer);
    }
  }

  /** A state that stands for a process has one, and no other state has. */
  #check(): void {
    const { kind } = this.model.state;
    const mayLive = kind === "starting" || kind === "running" || kind === "stopping";
    if (kind !== "preparing") assert.equal(this.alive !== undefined, mayLive, kind);
    assert.ok(this.model.exits.length <= 6, "few exits are remembered");
  }
}

test("on no random walk are two processes alive, or is one lost", () => {
  const seen = new Set<string>();
  let spawns = 0;
  for (let seed = 1; seed <= 200; seed += 1) {
    const random = generator(seed);
    const world = new World(seed % 4 !== 0);
    for (let count = 0; count < 300; count += 1) {
      world.now += random(20_000);
      const { run } = world.model;
      const stale = () => runEvents(random(2) === 0 ? run - 1 : run + 1);
      const events = random(4) === 0 ? stale() : world.possible();
      world.happen(events[random(events.length)] as Event);
      seen.add(world.model.state.kind);
    }
    spawns += world.spawns;
  }
  assert.equal(seen.size, 7, `the walks came through ${[...seen].join(", ")}`);
  assert.ok(spawns > 1000, `${spawns} processes`);
});

test("stop after a crash loop, then start, begins the count anew", () => {
  const loop = at(failed, { exits: exitsAt(0, 1, 2, 3, 4, 5), attempt: 5 });
  const { model } = next(next(loop, { kind: "stop" }, policy).model, { kind: "start" }, policy);
  assert.deepEqual([model.exits, model.attempt], [[], 0]);
});

test("a machine that lacks something is asked again, ever more rarely, and no crash loop is found", () => {
  let model = at(preparing);
  const delays: number[] = [];
  for (let now = 0; delays.length < 9; now += 100) {
    const starved: Event = { kind: "exited", run: model.run, exit: { ...exit, starved: "EMFILE" }, at: now };
    ({ model } = next(model, starved, policy));
    assert.equal(model.state.kind, "backoff");
    delays.push(model.state.kind === "backoff" ? model.state.delay : -1);
    ({ model } = next(model, timer("backoff", model.run), policy));
  }
  assert.deepEqual(delays, [0, 1000, 2000, 4000, 8000, 16_000, 32_000, 60_000, 60_000]);
});

test("a process that could not be spawned is none, and no other state has one", () => {
  const found = [stopped, preparing, { ...starting, pid: 0 } as const, starting, running, stopping, failed];
  assert.deepEqual(found.map(processOf), [undefined, undefined, undefined, 7, 7, 7, undefined]);
});
