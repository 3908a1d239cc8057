/** The end of a process that never came to be. */
import { isShortage } from "../../errors/shortage.ts";
import type { ProcessExit } from "../../model/engine_exit.ts";

/** The end of a run that came to nothing for that reason; undefined where it was another one. */
export const starvedBy = (error: unknown): ProcessExit | undefined =>
  isShortage(error) ? couldNotRun(error) : undefined;

/** No process came to be; the code is that of a shell which finds no command. */
export const couldNotRun = (error: NodeJS.ErrnoException): ProcessExit => ({
  code: 127,
  time: Date.now(),
  message: `The engine could not be run (${error.code})`,
  ...(isShortage(error) && { starved: error.code }),
});
