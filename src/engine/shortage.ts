/** What a machine may lack for a while: descriptors, processes, memory. Nothing is wrong but that; waiting helps. */
import type { ProcessExit } from "../model.ts";

const shortages = new Set(["EMFILE", "ENFILE", "ENOMEM", "EAGAIN"]);

export const isShortage = (error: unknown): error is NodeJS.ErrnoException & { code: string } =>
  shortages.has((error as NodeJS.ErrnoException | undefined)?.code ?? "");

/** For a `catch`: this instead, unless what failed would do another time. */
export const unlessShort =
  <Instead>(instead: Instead) =>
  (error: unknown): Instead => {
    if (isShortage(error)) throw error;
    return instead;
  };

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
