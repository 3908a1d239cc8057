/** What the addon writes, key by key, in the server's own words; see control.gd, scene_proof.gd and error_log.gd. */
import { callUnsupported, engineUnresponsive } from "../../../errors/engine.ts";
import { invalidScenePath, queueFull } from "../../../errors/scene.ts";
import type { LogEntry, StackFrame } from "../../../model/log_entry.ts";
import { longestMessage, mostFrames } from "../../bounds.ts";
import { withScriptPlace } from "../../process/log_parser.ts";
import type { Said } from "../../process/said.ts";
import {
  CommandFailure,
  type Issues,
  noIssues,
  type Player,
  type Progress,
  type SceneInfo,
  type View,
} from "../link.ts";

/** Of a process, in every operating system. */
const largestPid = 2 ** 31 - 1;
/** Seconds; a year is longer than any load and any standstill. */
const longestTime = 365 * 24 * 60 * 60;
/** Seconds since the epoch, at the end of the year 9999: the last that a timestamp can tell. */
const latestTime = 253_402_300_799;

export interface Hello {
  readonly nonce: string;
  readonly pid: number;
  readonly protocol: number;
}

export const toHello = (said: Said): Hello => ({
  nonce: said.field("nonce").path(),
  pid: said.field("pid").whole(1, largestPid),
  // The first addons did not say it.
  protocol: toProtocol(said) ?? 1,
});

/** Undefined where it is not said. */
export const toProtocol = (said: Said): number | undefined =>
  said.field("protocol").optional((protocol) => protocol.whole(1, 1_000_000));

export const toState = (said: Said, run: number): Partial<View> => ({
  ready: said.field("ready").flag(),
  scene: toScene(said.field("scene")),
  player: toPlayer(said.field("player")),
  faults: said.field("faults").list((issue) => toEntry(issue, run)),
  faultCount: said.field("fault_count").number(),
  missingAutoloads: said.field("missing_autoloads").table(),
  unimported: toPaths(said.field("unimported")),
});

export const toMainLoop = (said: Said): Pick<View, "stuckSeconds" | "isReading"> => ({
  stuckSeconds: said.field("stuck_seconds").number(longestTime),
  // The addons of before did not say it.
  isReading: said.field("is_reading").optional((value) => value.flag()) ?? false,
});

export const toProgress = (said: Said): Progress & { readonly id: string } => ({
  id: said.field("id").text(),
  stage: said.field("stage").text() === "loading" ? "loading" : "verifying",
  percent: said.field("percent").fraction(100),
});

/** What a load, or the boot, raised; none where the engine does not say. */
export function toIssues(said: Said, run: number): Issues {
  const entries =
    said.field("issues").optional((issues) => issues.list((issue) => toEntry(issue, run))) ?? [];
  if (entries.length === 0) return noIssues;
  const count = said.field("issue_count").optional((total) => total.number()) ?? 0;
  return { entries, count: Math.max(count, entries.length) };
}

export const toPaths = (said: Said): string[] => said.list((path) => path.text());

export function toEntry(said: Said, run: number): LogEntry {
  // Logger.ErrorType: ERROR_TYPE_ERROR, _WARNING, _SCRIPT, _SHADER.
  const type = said.field("type").number();
  const entry = withScriptPlace({
    severity: type === 1 ? "WARN" : "ERROR",
    source: type === 2 ? "SCRIPT" : type === 3 ? "SHADER" : "ENGINE",
    message: said.field("message").text(longestMessage),
    ...toFrame(said),
    backtrace: said.field("backtrace").list(toFrame, mostFrames),
  });
  const time = said.field("time").fraction(latestTime);
  return {
    ...entry,
    cursor: 0,
    run,
    time: Math.round(time * 1000),
    count: Math.max(said.field("count").number(), 1),
  };
}

const toFrame = (said: Said): StackFrame => ({
  function: said.field("function").text(),
  file: said.field("file").text(),
  line: said.field("line").number(),
});

export function toPlayer(said: Said): Player {
  const nodePath = said.field("path").optional((path) => path.text());
  return { exists: said.field("exists").flag(), ...(nodePath && { nodePath }) };
}

/** Undefined where there is none: the addon then says nothing of it. */
export function toScene(said: Said): SceneInfo | undefined {
  if (said.isEmpty) return undefined;
  const uid = said.field("uid").optional((value) => value.path());
  const seconds = said.field("load_seconds").optional((value) => value.fraction(longestTime));
  return {
    path: said.field("scene_path").path(),
    name: said.field("scene_name").text(),
    rootName: said.field("root_name").text(),
    rootType: said.field("root_type").text(),
    nodeCount: said.field("node_count").number(),
    // An older state is told from a newer one by it.
    generation: said.field("generation").whole(0, Number.MAX_SAFE_INTEGER),
    ...(uid !== undefined && { uid }),
    ...(seconds !== undefined && { loadTime: seconds * 1000 }),
  };
}

/** Why a load was not even tried. */
export function toLoadError(said: Said, path: string): Error {
  const reason = said.field("reason").text();
  if (reason === "INVALID_SCENE_PATH")
    return invalidScenePath(path, "is not the path of a scene in the project");
  if (reason === "QUEUE_FULL") return queueFull(100);
  const message = said.field("message").text(longestMessage);
  return engineUnresponsive(`it answered ${reason}: ${message.replace(/\.$/, "")}`);
}

/** What it adds to the reason and the words is metadata. */
export function toCommandFailure(said: Said, command: string): Error {
  const { reason = "", message: _, ...metadata } = said.table();
  const message = said.field("message").text(longestMessage);
  return reason === "UNIMPLEMENTED"
    ? callUnsupported(command)
    : new CommandFailure(reason, message, metadata);
}
