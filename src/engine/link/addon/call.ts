/** What a caller is told where the addon cannot be reached, asked or understood. */
import { engineUnresponsive, tooManyCalls } from "../../../errors/engine.ts";
import { invalidField } from "../../../errors/request.ts";
import { ControlError } from "../../../model/control_error.ts";
import { Full } from "../bus/bus.ts";

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
