/** What is the matter with this server, or with its machine. */
import { ControlError } from "../model/control_error.ts";

export const shuttingDown = () =>
  new ControlError("SHUTTING_DOWN", "The server is shutting down. Try again once it is back.");

/** @param lacking its code in errno.h */
export const resourceShortage = (lacking: string) =>
  new ControlError(
    "RESOURCE_SHORTAGE",
    `The server's machine is short of file descriptors, processes or memory (${lacking}). Try again in a moment; raise its limits if this comes back.`,
  );

/** What has no name. Its cause is reported, and not told to the caller: it may hold a path or a secret. */
export const internalFault = () =>
  new ControlError(
    "UNSPECIFIED",
    "A fault in the server; its log has the cause. Try again, and please report it if it comes back.",
  );
