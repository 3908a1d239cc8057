/** Whether the game is well, as a snapshot tells it. */
import type { Config } from "../../config/config.ts";
import type { EngineExit } from "../../model/engine_exit.ts";
import { inOneLine, type LogEntry, theEngineSays } from "../../model/log_entry.ts";
import type { Player, SceneInfo, View } from "../link/link.ts";
import type { ProjectSettings } from "../project/settings/settings.ts";
import { processOf } from "./lifecycle.ts";
import type { Snapshot } from "./snapshot.ts";

export interface Health {
  readonly healthy: boolean;
  /** A sentence for each thing that stands in the way. */
  readonly blockingIssues: readonly string[];
  readonly state: "STOPPED" | "STARTING" | "RUNNING" | "STOPPING" | "BACKOFF" | "FAILED";
  readonly processRunning: boolean;
  readonly attached: boolean;
  readonly pid: number | undefined;
  readonly run: number;
  readonly reachable: boolean;
  readonly port: number | undefined;
  readonly scene: SceneInfo | undefined;
  readonly player: Player;
  readonly lastExit: EngineExit | undefined;
  readonly liveness: Liveness;
  /** Milliseconds since the epoch. */
  readonly time: number;
}

/** Five facts, each by itself: the first that is false is where to look. */
export interface Liveness {
  readonly processAlive: boolean;
  readonly apiAnswering: boolean;
  readonly mainLoopAdvancing: boolean;
  readonly stuckSeconds: number;
  readonly projectImported: boolean;
  readonly sceneReady: boolean;
}

/** The number of errors that are told in full; the log has the others. */
const mostErrors = 10;

export function assess(config: Config, snapshot: Snapshot): Health {
  const { model, view, attached, port } = snapshot;
  const { state } = model;
  const liveness = toLiveness(snapshot);
  const blockingIssues = [
    ...engineIssues(config, snapshot),
    ...faultIssues(snapshot),
    ...(view.ready ? sceneIssues(config, snapshot) : []),
  ];
  return {
    healthy: view.ready && blockingIssues.length === 0,
    blockingIssues,
    state: attached ? "RUNNING" : stateNames[state.kind],
    processRunning: liveness.processAlive,
    attached,
    pid: attached ? view.pid : processOf(state),
    run: snapshot.run,
    reachable: view.reachable,
    port,
    scene: view.scene,
    player: view.player,
    lastExit: model.lastExit?.asked ? undefined : model.lastExit,
    liveness,
    time: Date.now(),
  };
}

function toLiveness({ model: { state }, view, attached, prepared }: Snapshot): Liveness {
  const processAlive = attached ? view.reachable : processOf(state) !== undefined;
  return {
    processAlive,
    apiAnswering: view.reachable,
    mainLoopAdvancing: view.ready && view.stuckSeconds === 0,
    stuckSeconds: view.stuckSeconds,
    // An engine is spawned only after the import that its project needs.
    projectImported: attached || (prepared !== undefined && state.kind !== "preparing"),
    sceneReady: view.ready && view.scene !== undefined,
  };
}

const stateNames = {
  stopped: "STOPPED",
  preparing: "STARTING",
  starting: "STARTING",
  running: "RUNNING",
  stopping: "STOPPING",
  backoff: "BACKOFF",
  failed: "FAILED",
} as const;

function engineIssues(config: Config, { model, view, attached, activity, linkProblem }: Snapshot): string[] {
  const { state, lastExit } = model;
  if (!attached) {
    switch (state.kind) {
      case "stopped":
        if (!config.autostart)
          return [
            linkProblem?.message ??
              `No Godot answers on 127.0.0.1:${config.godotPort}, and --no-autostart forbids starting one.`,
          ];
        return [
          lastExit && !lastExit.asked
            ? `The engine is not running. ${lastExit.message}.`
            : "The engine is not running.",
        ];
      case "preparing":
      case "starting":
        return [
          activity ? `The engine is starting: ${activity}.` : "The engine is starting.",
          ...stuckIssues(view),
        ];
      case "stopping":
        return ["The engine is stopping."];
      case "backoff":
        return [`The engine ended and will be started again. ${lastExit?.message}.`];
      case "failed":
        return [
          state.cause.kind === "crash loop"
            ? `The engine ended too often and is left alone until Start. ${state.cause.lastExit.message}.`
            : state.cause.error.message,
        ];
      case "running":
        break;
    }
  }
  if (!view.reachable) return [linkProblem?.message ?? "The engine's HTTP side does not answer."];
  return stuckIssues(view);
}

const stuckIssues = ({ stuckSeconds }: View) =>
  stuckSeconds > 0 ? [`The engine's main loop has stood still for ${stuckSeconds} s.`] : [];

/** What of the project's own code is missing from the game, or fails in it; what may be the cause comes first. */
function faultIssues({ view, prepared, unheard, attached }: Snapshot): string[] {
  const { faults, faultCount, missingAutoloads, bootErrors } = view;
  // The engine goes on with what it has read of them, without what came after.
  const settings = attached ? [] : unheard.filter(({ message }) => message.includes("project.godot"));
  const sentences = [
    ...settings.map((entry) => `The project's settings were not read: ${inOneLine(entry)}`),
    ...Object.entries(missingAutoloads).map(([name, path]) =>
      missingAutoload(name, path, bootErrors.entries),
    ),
    ...faults.slice(0, mostErrors).map((entry) => `Script error: ${inOneLine(entry)}`),
  ];
  if (faultCount > mostErrors)
    sentences.push(`And ${faultCount - mostErrors} more script errors; see the log.`);
  const hasFailed = sentences.length > 0 || (view.ready && !view.scene && bootErrors.entries.length > 0);
  return hasFailed && prepared?.versionWarning ? [prepared.versionWarning, ...sentences] : sentences;
}

function missingAutoload(name: string, path: string, bootErrors: readonly LogEntry[]): string {
  const words = bootErrors.filter(({ message, file }) => file === path || message.includes(path));
  return `The autoload ${name} (${path}) could not be made.${theEngineSays(words)}`;
}

function whyNoScene({ hadScene, bootErrors }: View, settings: ProjectSettings | undefined): string {
  if (hadScene) return "No scene is loaded: the game has freed the one that it had.";
  return settings && settings.mainScene === undefined
    ? "No scene is loaded: the project has no main scene (application/run/main_scene in project.godot)."
    : `No scene is loaded.${theEngineSays(bootErrors.entries)}`;
}

function sceneIssues(config: Config, { view, prepared }: Snapshot): string[] {
  const issues: string[] = [];
  if (!view.scene) issues.push(whyNoScene(view, prepared?.settings));
  if (config.requirePlayer && !view.player.exists)
    issues.push(
      `No player: no node in group "${config.playerGroup}" or named "${config.playerName}" (--require-player).`,
    );
  return issues;
}
