/** What a caller is told where the addon cannot be reached, or not be understood. */
import { engineUnresponsive } from "../../../errors/engine.ts";
import { ControlError } from "../../../model/control_error.ts";

export const toUnresponsive = (problem: Error): ControlError =>
  problem instanceof ControlError ? problem : engineUnresponsive(problem.message);

/** @throws `engineUnresponsive`, saying what was sent and what of it cannot be right */
export function readable<T>(what: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (error instanceof ControlError) throw error;
    throw engineUnresponsive(`it sent ${what} that cannot be read: ${(error as Error).message}`);
  }
}
