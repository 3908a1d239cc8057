/** What the addon writes, and what that is in the server's own words. */
import type { LogEntry } from "../model.ts";
import { type Issues, noIssues, type Player, type SceneInfo } from "./link.ts";
import { shorten, withScriptPlace } from "./log_parser.ts";

/** What the addon writes, key by key; see control.gd, scene_proof.gd and error_log.gd. */
export interface AddonIssue {
  time: number;
  type: number;
  message: string;
  function: string;
  file: string;
  line: number;
  backtrace: { function: string; file: string; line: number }[];
  count: number;
}

export interface AddonScene {
  scene_path: string;
  scene_name: string;
  root_name: string;
  root_type: string;
  node_count: number;
  generation: number;
  uid?: string;
  load_seconds?: number;
}

export interface AddonPlayer {
  exists: boolean;
  path?: string;
}

export interface AddonState {
  ready: boolean;
  /** Empty where there is none. */
  scene: Partial<AddonScene>;
  player: AddonPlayer;
  faults: AddonIssue[];
  fault_count: number;
  missing_autoloads: Record<string, string>;
  unimported: string[];
}

export interface LoadAnswer {
  scene?: Partial<AddonScene>;
  issues?: AddonIssue[];
  issue_count?: number;
  unimported?: string[];
  player?: AddonPlayer;
  message?: string;
  reason?: string;
  script?: string;
}

export function toIssues(issues: AddonIssue[] | undefined, count: number | undefined, run: number): Issues {
  if (!issues || issues.length === 0) return noIssues;
  return { entries: issues.map((issue) => toEntry(issue, run)), count: count ?? issues.length };
}

export function toEntry(issue: AddonIssue, run: number): LogEntry {
  // Logger.ErrorType: ERROR_TYPE_ERROR, _WARNING, _SCRIPT, _SHADER.
  const source = issue.type === 2 ? "SCRIPT" : issue.type === 3 ? "SHADER" : "ENGINE";
  const entry = withScriptPlace({
    severity: issue.type === 1 ? "WARN" : "ERROR",
    source,
    message: shorten(issue.message),
    file: issue.file,
    line: issue.line,
    function: issue.function,
    backtrace: issue.backtrace,
  });
  const { count, time } = issue;
  return { ...entry, cursor: 0, run, time: Math.round(time * 1000), count };
}

export const toPlayer = ({ exists, path }: AddonPlayer): Player => ({
  exists,
  ...(path && { nodePath: path }),
});

export function toScene(given: Partial<AddonScene> | undefined): SceneInfo | undefined {
  if (given?.scene_path === undefined) return undefined;
  const scene = given as AddonScene;
  return {
    path: scene.scene_path,
    name: scene.scene_name,
    rootName: scene.root_name,
    rootType: scene.root_type,
    nodeCount: scene.node_count,
    generation: scene.generation,
    ...(scene.uid !== undefined && { uid: scene.uid }),
    ...(scene.load_seconds !== undefined && { loadTime: scene.load_seconds * 1000 }),
  };
}
