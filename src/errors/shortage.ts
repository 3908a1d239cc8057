/** What a machine may lack for a while: descriptors, processes, memory. Nothing is wrong but that; waiting helps. */
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
