/** Calls of the addon's commands, and what a caller is told where it cannot be reached, asked or understood. */
import { engineUnresponsive, tooManyCalls } from "../../../errors/engine.ts";
import { invalidField } from "../../../errors/request.ts";
import { ControlError } from "../../../model/control_error.ts";
import { Said } from "../../process/said.ts";
import { type Bus, Failure, Full } from "../bus/bus.ts";
import type { CommandOptions } from "../link.ts";
import { toPlain } from "../variant/plain.ts";
import type { Variant } from "../variant/variant.ts";

/** What the command answered, or what it failed with. */
export interface Called {
  readonly answer?: Variant;
  readonly failure?: Said;
}

/** @throws the signal's reason, or why the command could not be called */
export async function call(
  bus: Bus,
  name: string,
  payload: Variant,
  { signal, onMessage }: CommandOptions,
): Promise<Called> {
  try {
    return { answer: await bus.call(name, payload, signal, onMessage) };
  } catch (error) {
    if (!(error instanceof Failure)) throw signal.aborted ? signal.reason : toControlError(error as Error);
    const failure = new Said(toPlain(error.payload));
    const reason = readable(`a failure of ${name}`, () => failure.field("reason").text());
    // The bus itself has not taken the call.
    if (reason === "TOO_MANY_CALLS") throw tooManyCalls();
    return { failure };
  }
}

export function toControlError(problem: Error): ControlError {
  if (problem instanceof ControlError) return problem;
  // Godot has no such value.
  if (problem instanceof RangeError) return invalidField("request", problem.message);
  return problem instanceof Full ? tooManyCalls() : engineUnresponsive(problem.message);
}

/** @throws `engineUnresponsive`, saying what was sent and what of it cannot be right */
export function readable<T>(what: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (error instanceof ControlError) throw error;
    throw engineUnresponsive(`it sent ${what} that cannot be read: ${(error as Error).message}`);
  }
}
