/** Why an engine ended, and which scene is to blame. */
import type { ControlError } from "../../model/control_error.ts";
import type { EngineExit, ProcessExit } from "../../model/engine_exit.ts";
import type { View } from "../link/link.ts";

interface Circumstances {
  readonly run: number;
  /** A Stop or Restart wanted it to end. */
  readonly asked: boolean;
  /** Why it was killed; undefined where it was not. */
  readonly killCause: string | undefined;
  /** Why the engine inside could not be asked; undefined where it could. */
  readonly linkProblem: ControlError | undefined;
  /** The scene that was put in place last, where the engine itself could say so. */
  readonly inPlace: string | undefined;
  /** The scene that was being loaded; undefined where none was. */
  readonly onItsWay: string | undefined;
  /** The scene that was known to run; undefined where none was. */
  readonly current: string | undefined;
}

export function blame(
  bare: ProcessExit,
  { run, asked, killCause, linkProblem, inPlace, onItsWay, current }: Circumstances,
): EngineExit {
  const problem = linkProblem ? `. ${linkProblem.message.replace(/\.$/, "")}` : "";
  const message = killCause ? `The engine was killed: ${killCause}${problem}` : bare.message;
  const scene = inPlace ?? onItsWay ?? current;
  const sceneBefore = scene === onItsWay && scene !== current ? current : undefined;
  return { ...bare, run, asked, ...(killCause && { killed: true }), message, scene, sceneBefore };
}

/** For the end of a sentence; empty while the main loop advances. */
export const standingStill = ({ stuckSeconds }: View): string =>
  stuckSeconds > 0 ? `; its main loop has stood still for ${stuckSeconds} s` : "";
