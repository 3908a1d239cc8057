/** Everything known of the engine at one moment: what the supervisor's feed carries. */
import type { ControlError } from "../../model/control_error.ts";
import type { LogEntry } from "../../model/log_entry.ts";
import { unreachable, type View } from "../link/link.ts";
import type { Prepared } from "./preparation.ts";
import { initial, type Model } from "./states.ts";

export interface Snapshot {
  readonly model: Model;
  readonly view: View;
  /** The engine was started elsewhere and is only driven from here. */
  readonly attached: boolean;
  /** The number of the run that `view` is of. */
  readonly run: number;
  /** Why the engine inside cannot be asked; undefined while it can, or while there is none. */
  readonly linkProblem: ControlError | undefined;
  /** The port of the HTTP side; undefined while there is none. */
  readonly port: number | undefined;
  /** What is being done, for a person. */
  readonly activity: string;
  /** What the newest start found; undefined before the first. */
  readonly prepared: Prepared | undefined;
  /** Errors of the project that the newest run raised before the addon could hear them. */
  readonly unheard: readonly LogEntry[];
  /** When the process was spawned, ms since the epoch; undefined while there is none. */
  readonly spawnTime: number | undefined;
}

export const nothingKnown: Snapshot = {
  model: initial,
  view: unreachable,
  attached: false,
  run: 0,
  linkProblem: undefined,
  port: undefined,
  activity: "",
  prepared: undefined,
  unheard: [],
  spawnTime: undefined,
};
