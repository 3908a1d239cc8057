/** The errors that are neither the scene's nor the engine's: those of this server and its machine. */
import { ControlError } from "./errors.ts";

/** @param lacking its code in errno.h */
export const resourceShortage = (lacking: string) =>
  new ControlError(
    "UNAVAILABLE",
    "RESOURCE_SHORTAGE",
    `The server's machine is short of file descriptors, processes or memory (${lacking}). Try again in a moment; raise its limits if this comes back.`,
  );

export const engineSilent = (ms: number) =>
  new ControlError(
    "DEADLINE_EXCEEDED",
    "ENGINE_UNRESPONSIVE",
    `The engine's HTTP side did not answer within ${ms / 1000} s. GET /health says whether its main loop stands still.`,
  );

/** What has no name. Its cause is reported, and not told to the caller: it may hold a path or a secret. */
export const internalFault = () =>
  new ControlError(
    "INTERNAL",
    "UNSPECIFIED",
    "A fault in the server; its log has the cause. Try again, and please report it if it comes back.",
  );
