/** What an event makes of a state, and what is then to be done: nothing is done here. */
import type { EngineExit } from "../../model/engine_exit.ts";
import type { Effect, Event, Failure, Model, Policy, State, Timer } from "./states.ts";

/** More unasked exits than this within the window end in `failed`. */
const crashLimit = 5;
const crashWindow = 60_000;
const longestBackoff = 60_000;
/** A stretch of health after which the series of back-offs begins anew. */
const healthyAfter = 600_000;
/** The part of the stop timeout that the project gets to quit by itself, before SIGTERM. */
const quitShare = 0.7;

export interface Step {
  readonly model: Model;
  readonly effects: readonly Effect[];
}

/** @param policy what the server was told at its start */
export function next(model: Model, event: Event, policy: Policy): Step {
  if ("run" in event && event.run !== model.run) return stay(model);
  switch (event.kind) {
    case "start":
      return onStart(model, event.otherScene);
    case "stop":
      return onStop(anew(model), event.timeout, false, policy);
    case "restart":
      return model.state.kind === "stopping" ? onStart(model) : onStop(model, undefined, true, policy);
    case "prepared":
      return model.state.kind === "preparing" ? { model, effects: [{ kind: "spawn" }] } : stay(model);
    case "unprepared":
      return model.state.kind === "preparing"
        ? to(model, { kind: "failed", cause: { kind: "unprepared", error: event.error } })
        : stay(model);
    case "spawned":
      return model.state.kind === "preparing"
        ? to(model, { kind: "starting", pid: event.pid }, arm("start", policy.startTimeout))
        : stay(model);
    case "ready":
      return model.state.kind === "starting"
        ? to(model, { kind: "running", pid: model.state.pid, port: event.port }, arm("healthy", healthyAfter))
        : stay(model);
    case "hung":
      // An engine that was asked to end may be saving: the stop has time limits of its own.
      return model.state.kind === "starting" || model.state.kind === "running"
        ? { model, effects: [kill] }
        : stay(model);
    case "exited":
      return onExit(model, event.exit, event.at, policy);
    case "proved":
      return stay(exonerated(model, event.scene));
    case "timer":
      return onTimer(model, event.timer);
  }
}

/** What has become of a call that waits for a run to be ready. */
export type Outcome =
  | { readonly kind: "ready" }
  | { readonly kind: "failed"; readonly cause: Failure }
  | { readonly kind: "exited"; readonly exit: EngineExit }
  /** A later command replaced this one. */
  | { readonly kind: "stopped" };

/** @param awaited this run, or a later one; undefined is returned while its outcome is not known */
export function outcome({ state, lastExit, run }: Model, awaited: number): Outcome | undefined {
  if (state.kind === "running" && run >= awaited) return { kind: "ready" };
  if (state.kind === "failed") return { kind: "failed", cause: state.cause };
  if (lastExit && lastExit.run >= awaited) return { kind: "exited", exit: lastExit };
  if (state.kind === "stopped" || (state.kind === "stopping" && !state.thenStart)) return { kind: "stopped" };
  return undefined;
}

const isCrashLoop = (state: State) => state.kind === "failed" && state.cause.kind === "crash loop";

/** A crash loop of more scenes than these is the project's own. */
const mostCulprits = 3;

/** Whether a crash loop is due to scenes, and `scene` is none of them: then it may be tried. */
export function isOtherScene({ state, exits }: Model, scene: string): boolean {
  const culprits = new Set(exits.map((exit) => exit.scene));
  return (
    isCrashLoop(state) && !culprits.has(undefined) && !culprits.has(scene) && culprits.size <= mostCulprits
  );
}

function exonerated(model: Model, scene: string): Model {
  const { exits, lastExit } = model;
  if (!exits.some((exit) => exit.scene === scene && exit.before !== undefined)) return model;
  const clear = <T extends { scene?: string | undefined }>(exit: T, before: string | undefined): T =>
    exit.scene === scene && before !== undefined ? { ...exit, scene: before } : exit;
  return {
    ...model,
    exits: exits.map((exit) => ({ ...clear(exit, exit.before), before: undefined })),
    lastExit: lastExit && clear(lastExit, lastExit.sceneBefore),
  };
}

/** Whether a load of this scene is reason enough to start an engine that is stopped or was left alone. */
export function mayStart(model: Model, scene: string): boolean {
  // What a start has to prepare may be sound by now; a crash loop is left alone.
  return !isCrashLoop(model.state) || isOtherScene(model, scene);
}

/** The run that a call which starts the engine waits for: one that still has to end is not it. */
export const awaitedRun = ({ state, run }: Model): number => (state.kind === "stopping" ? run + 1 : run);

const kill: Effect = { kind: "signal", signal: "SIGKILL" };

const arm = (timer: Timer, ms: number): Effect => ({ kind: "arm", timer, ms });

const stay = (model: Model): Step => ({ model, effects: [] });

const to = (model: Model, state: State, ...effects: Effect[]): Step => ({
  model: { ...model, state },
  effects,
});

/** A stop, or a start after a failure, begins a new series of restarts. */
const anew = (model: Model): Model => ({ ...model, exits: [], attempt: 0 });

/** There is an engine, or there will be one without another command. */
export const isActive = ({ state }: Model): boolean => state.kind !== "stopped" && state.kind !== "failed";

/** The engine's process; undefined while there is none, and where it could not be spawned. */
export const processOf = (state: State): number | undefined => ("pid" in state && state.pid) || undefined;

const begin = (model: Model): Step =>
  to({ ...model, run: model.run + 1 }, { kind: "preparing" }, { kind: "prepare" });

function onStart(model: Model, otherScene = false): Step {
  const { state } = model;
  switch (state.kind) {
    case "stopped":
    case "backoff":
      return begin(model);
    case "failed":
      return begin(otherScene ? model : anew(model));
    case "stopping":
      return to(model, { ...state, thenStart: true });
    case "preparing":
    case "starting":
    case "running":
      return stay(model);
  }
}

function onStop(model: Model, timeout: number | undefined, thenStart: boolean, policy: Policy): Step {
  const { state } = model;
  const limits = (ms: number) => [arm("terminate", ms * quitShare), arm("stop", ms)];
  switch (state.kind) {
    case "stopped":
    case "backoff":
    case "failed":
      if (thenStart) return onStart(model);
      return to(model, { kind: "stopped" });
    case "preparing": {
      const cancelled: Effect = { kind: "cancelPrepare" };
      if (!thenStart) return to(model, { kind: "stopped" }, cancelled);
      const step = begin(model);
      return { ...step, effects: [cancelled, ...step.effects] };
    }
    case "starting":
    case "running":
      return to(
        model,
        { kind: "stopping", pid: state.pid, thenStart },
        // A game that has not begun has nothing to save, and cannot be asked yet.
        state.kind === "starting" ? { kind: "signal", signal: "SIGTERM" } : { kind: "quit" },
        ...limits(timeout ?? policy.stopTimeout),
      );
    case "stopping":
      // A stop with a timeout of its own re-arms the timers, even during another caller's stop.
      return to(model, { ...state, thenStart }, ...(timeout === undefined ? [] : limits(timeout)));
  }
}

function onExit(model: Model, exit: EngineExit, at: number, policy: Policy): Step {
  const { state } = model;
  // One that could not be spawned has no process, and ends too.
  if (!("pid" in state) && state.kind !== "preparing") return stay(model);
  const ended: Model = { ...model, lastExit: exit };
  if (state.kind === "stopping") return state.thenStart ? begin(ended) : to(ended, { kind: "stopped" });
  if (!policy.restart) return to(ended, { kind: "stopped" });
  const recent = model.exits.filter((recentExit) => at - recentExit.at < crashWindow);
  // One that left open which of two scenes ended it is answered by the next, and is not counted twice.
  const last = recent.at(-1);
  if (last?.before !== undefined && last.scene === exit.scene) recent.pop();
  // A machine that lacks something is no reason to give the engine up: it is tried ever more rarely.
  const exits = exit.starved ? recent : [...recent, { at, scene: exit.scene, before: exit.sceneBefore }];
  if (exits.length > crashLimit)
    return to({ ...ended, exits }, { kind: "failed", cause: { kind: "crash loop", lastExit: exit } });
  const delay = model.attempt === 0 ? 0 : Math.min(1000 * 2 ** (model.attempt - 1), longestBackoff);
  return to(
    { ...ended, exits, attempt: model.attempt + 1, restarts: model.restarts + 1 },
    { kind: "backoff", delay },
    arm("backoff", delay),
  );
}

function onTimer(model: Model, timer: Timer): Step {
  const { state } = model;
  switch (timer) {
    case "start":
      return state.kind === "starting" ? { model, effects: [kill] } : stay(model);
    case "terminate":
      return state.kind === "stopping"
        ? { model, effects: [{ kind: "signal", signal: "SIGTERM" }] }
        : stay(model);
    case "stop":
      return state.kind === "stopping" ? { model, effects: [kill] } : stay(model);
    case "backoff":
      return state.kind === "backoff" ? begin(model) : stay(model);
    case "healthy":
      return state.kind === "running" ? stay({ ...model, attempt: 0, exits: [] }) : stay(model);
  }
}
