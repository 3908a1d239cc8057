/** Tells the operator what happens to the engine, line by line, from the feed that all watchers read. */
import type { Feed } from "../../async/feed.ts";
import { inOneLine } from "../../model/log_entry.ts";
import type { Snapshot } from "./snapshot.ts";

/** The number of errors of a boot that are told; the log has them all. */
const mostErrors = 5;

export function narrate(feed: Feed<Snapshot>, tell: (line: string) => void): void {
  let before = feed.value;
  feed.follow((now) => {
    const last = before;
    before = now;
    for (const line of whatHappened(last, now)) tell(line);
  });
}

function* whatHappened(before: Snapshot, now: Snapshot): Generator<string> {
  const { state, lastExit, run } = now.model;
  if (now.activity !== before.activity && state.kind === "preparing") yield now.activity;
  if (lastExit && lastExit !== before.model.lastExit && !lastExit.asked)
    yield `${lastExit.message}${lastExit.code === 0 ? ": the project quit by itself" : ""}`;
  if (now.attached && !before.attached)
    yield `Driving the Godot on port ${now.port}, which was started elsewhere`;
  if (before.attached && !now.attached) yield "The Godot that was started elsewhere is gone";
  if (now.linkProblem && isAsked(now) && now.linkProblem.message !== before.linkProblem?.message)
    yield now.linkProblem.message;
  if (state.kind === before.model.state.kind) return;
  if (state.kind === "running") yield* ready(run, now);
  if (state.kind === "failed")
    yield state.cause.kind === "crash loop"
      ? "The engine ended too often and is left alone until Start"
      : state.cause.error.message;
}

/** Whether there is an engine that should answer; one that ends breaks its link too, and its exit says more. */
const isAsked = ({ model: { state } }: Snapshot) => state.kind !== "stopping" && state.kind !== "backoff";

function* ready(
  run: number,
  { view: { pid, scene, bootErrors: errors }, port }: Snapshot,
): Generator<string> {
  const bootErrors = errors.entries;
  yield `Godot is ready: run ${run}, pid ${pid}, port ${port}, ${scene ? scene.path : "no scene"}`;
  for (const entry of bootErrors.slice(0, mostErrors)) yield `  ${inOneLine(entry)}`;
  const more = bootErrors.length - mostErrors;
  if (more > 0) yield `  and ${more} more errors: GET /logs`;
}
