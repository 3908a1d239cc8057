/**
 * The world of the pure life cycle: it does what the effects say as the supervisor does, with a process that is
 * only a number and a clock that stands still until it is told to go on.
 */
import assert from "node:assert/strict";
import { awaitedRun, isActive, next, outcome } from "../../src/engine/supervisor/lifecycle.ts";
import {
  type Effect,
  type Event,
  initial,
  type Model,
  type Policy,
  type Timer,
} from "../../src/engine/supervisor/states.ts";
import { projectInvalid } from "../../src/errors/project.ts";
import type { EngineExit } from "../../src/model/engine_exit.ts";

const policy: Policy = { restart: true, startTimeout: 30_000, stopTimeout: 8_000 };
/** How an engine can be deaf: to the request to quit, or to SIGTERM too. */
export const ignoresQuit = "also SIGTERM";

type End = Pick<EngineExit, "code" | "signal">;

export class World {
  model: Model = initial;
  now = 0;
  process: { readonly run: number; readonly pid: number; askedToQuit: boolean } | undefined;
  /** Callers who have no answer yet. */
  unanswered = 0;
  readonly #timers = new Map<Timer, { run: number; at: number }>();
  #preparing: number | undefined;
  #isDeaf = false;
  #pids = 100;
  #waiting: (() => boolean)[] = [];

  ask(kind: "start" | "restart" | "stop", timeout?: number): void {
    const { run } = this.model;
    const wasActive = isActive(this.model);
    this.#apply(kind === "stop" && timeout !== undefined ? { kind, timeout } : { kind });
    if (kind !== "stop") {
      const awaited = awaitedRun(this.model);
      this.#wait(() => outcome(this.model, awaited) !== undefined);
    } else if (wasActive) this.#wait(() => this.model.run > run || !isActive(this.model));
  }

  finishPreparing(well: boolean): void {
    const run = this.#preparing;
    if (run === undefined) return;
    this.#preparing = undefined;
    this.#apply(
      well
        ? { kind: "prepared", run }
        : { kind: "unprepared", run, error: projectInvalid("it is not there") },
    );
  }

  becomeReady(): void {
    if (this.process && !this.process.askedToQuit)
      this.#apply({ kind: "ready", run: this.process.run, port: 8080 });
  }

  /** Ends an engine that was asked to quit. */
  obey(): void {
    if (this.process?.askedToQuit) this.die({ code: 0 });
  }

  die(end: End): void {
    const { process } = this;
    if (!process) return;
    const asked = this.model.state.kind === "stopping";
    this.process = undefined;
    this.#isDeaf = false;
    this.#timers.clear();
    const exit: EngineExit = { ...end, run: process.run, asked, time: this.now, message: "It ended" };
    this.#apply({ kind: "exited", run: process.run, exit, at: this.now });
  }

  /** The engine answers nothing any more; it is found to hang, unless nobody shall find out. */
  freeze(unnoticed?: typeof ignoresQuit): void {
    if (!this.process) return;
    this.#isDeaf = true;
    if (!unnoticed) this.#apply({ kind: "hung", run: this.process.run });
  }

  elapse(ms: number): void {
    const until = this.now + ms;
    for (;;) {
      const [due] = [...this.#timers].sort(([, one], [, other]) => one.at - other.at);
      if (!due || due[1].at > until) break;
      this.#fire(...due);
    }
    this.now = until;
  }

  fireNextTimer(): void {
    const [due] = [...this.#timers].sort(([, one], [, other]) => one.at - other.at);
    if (due) this.#fire(...due);
  }

  /** Each event that an earlier run could still send. */
  sendStale(): void {
    const run = this.model.run - 1;
    const exit: EngineExit = { run, code: 1, asked: false, time: 0, message: "It ended" };
    const events: Event[] = [
      { kind: "prepared", run },
      { kind: "unprepared", run, error: projectInvalid("it is not there") },
      { kind: "spawned", run, pid: 1 },
      { kind: "ready", run, port: 1 },
      { kind: "hung", run },
      { kind: "exited", run, exit, at: this.now },
      ...(["start", "stop", "terminate", "backoff", "healthy"] as const).map(
        (timer) => ({ kind: "timer", run, timer }) as const,
      ),
    ];
    for (const event of events) {
      const step = next(this.model, event, policy);
      assert.equal(step.model, this.model, `A stale event "${event.kind}" changed the model.`);
      assert.deepEqual(step.effects, [], `A stale event "${event.kind}" had an effect.`);
    }
  }

  runToReady(): void {
    this.finishPreparing(true);
    this.becomeReady();
    assert.equal(this.model.state.kind, "running");
  }

  /** Nothing bad happens any more, until nothing happens at all. */
  settle(): void {
    for (let turn = 0; turn < 20; turn += 1) {
      this.finishPreparing(true);
      this.becomeReady();
      this.obey();
      const { kind } = this.model.state;
      if (kind === "running" || kind === "stopped" || kind === "failed") return;
      this.fireNextTimer();
    }
    assert.fail(`It never settles: ${this.model.state.kind}.`);
  }

  /** The model says of the process what is true. */
  check(): void {
    const { state } = this.model;
    const isAlive = state.kind === "starting" || state.kind === "running" || state.kind === "stopping";
    assert.equal(isAlive, this.process !== undefined, `${state.kind}, and a process: ${!!this.process}`);
    if (isAlive) assert.equal(state.pid, this.process?.pid);
    assert.equal(this.#preparing !== undefined, state.kind === "preparing");
    if (state.kind === "failed" && state.cause.kind === "crash loop") assert.ok(this.model.exits.length > 5);
  }

  #fire(timer: Timer, { run, at }: { run: number; at: number }): void {
    this.#timers.delete(timer);
    this.now = Math.max(this.now, at);
    this.#apply({ kind: "timer", run, timer });
  }

  #wait(isAnswered: () => boolean): void {
    if (isAnswered()) return;
    this.#waiting.push(isAnswered);
    this.unanswered += 1;
  }

  #apply(event: Event): void {
    const before = this.model.run;
    const { model, effects } = next(this.model, event, policy);
    this.model = model;
    assert.ok(model.run >= before, "A run's number never goes down.");
    this.#waiting = this.#waiting.filter((isAnswered) => !isAnswered());
    this.unanswered = this.#waiting.length;
    for (const effect of effects) this.#do(effect);
  }

  #do(effect: Effect): void {
    const { run } = this.model;
    switch (effect.kind) {
      case "prepare":
        assert.equal(this.process, undefined, "Nothing is prepared while an engine runs.");
        this.#preparing = run;
        break;
      case "cancelPrepare":
        this.#preparing = undefined;
        break;
      case "spawn":
        assert.equal(this.process, undefined, "One engine at most.");
        this.#pids += 1;
        this.process = { run, pid: this.#pids, askedToQuit: false };
        this.#apply({ kind: "spawned", run, pid: this.#pids });
        break;
      case "quit":
        if (this.process && !this.#isDeaf) this.process.askedToQuit = true;
        break;
      case "signal":
        if (effect.signal === "SIGKILL" || !this.#isDeaf) this.die({ signal: effect.signal });
        break;
      case "arm":
        this.#timers.set(effect.timer, { run, at: this.now + effect.ms });
    }
  }
}
