/** The errors that are neither the scene's nor the engine's: those of this server, its machine and its requests. */
import { ControlError } from "./errors.ts";

/** @param lacking its code in errno.h */
export const resourceShortage = (lacking: string) =>
  new ControlError(
    "RESOURCE_SHORTAGE",
    `The server's machine is short of file descriptors, processes or memory (${lacking}). Try again in a moment; raise its limits if this comes back.`,
  );

export const engineDown = () =>
  new ControlError(
    "ENGINE_NOT_RUNNING",
    "The engine is not running, or not ready yet. GET /health says how it is; POST /start starts it.",
  );

export const engineSilent = (ms: number) =>
  new ControlError(
    "ENGINE_UNRESPONSIVE",
    `The engine's HTTP side did not answer within ${ms / 1000} s. GET /health says whether its main loop stands still.`,
    { status: "DeadlineExceeded" },
  );

export const answerInvalid = (problem: string) =>
  new ControlError(
    "ANSWER_INVALID",
    `The engine's HTTP side sent an answer that cannot be passed on: ${problem}. Mend the route of the project that makes it.`,
  );

export const quitRefused = () =>
  new ControlError("FORBIDDEN", "An engine that quits by itself is started again. Use POST /stop.");

export const proxyBusy = (limit: number) =>
  new ControlError(
    "QUEUE_FULL",
    `${limit} requests to /godot/* are waiting already. Try again when some of them are done.`,
  );

export const tooManyStreams = (limit: number) =>
  new ControlError(
    "QUEUE_FULL",
    `${limit} streams of /godot/* are open already. Close one of them, and try again.`,
  );

export const pipelineFull = (limit: number) =>
  new ControlError(
    "QUEUE_FULL",
    `${limit} requests wait on this connection already. Send the next one when one before it has been answered.`,
  );

export const forbidden = (problem: string) => new ControlError("FORBIDDEN", problem);

export const unauthenticated = (problem: string) => new ControlError("UNAUTHENTICATED", problem);

export const malformedRequest = (problem: string) =>
  new ControlError("MALFORMED_REQUEST", `The request cannot be read: ${problem}.`);

export const requestTooLarge = (bytes: number) =>
  new ControlError(
    "REQUEST_TOO_LARGE",
    `The request's body is larger than ${bytes} bytes. Send a smaller one.`,
  );

export const requestTooSlow = (ms: number) =>
  new ControlError(
    "REQUEST_TOO_SLOW",
    `Nothing more of the request's body arrived within ${ms / 1000} s. Send it again, without a pause.`,
  );

export const noSuchPath = (path: string, paths: readonly string[]) =>
  new ControlError(
    "NO_SUCH_PATH",
    `No such path: ${path || "/"}. There are ${paths.join(", ")} and /godot/*.`,
  );

export const methodNotAllowed = (path: string, allowed: readonly string[], method: string) =>
  new ControlError("NO_SUCH_PATH", `${path} takes ${allowed.join(" and ")}, not ${method}.`, {
    status: "Unimplemented",
  });

/** What has no name. Its cause is reported, and not told to the caller: it may hold a path or a secret. */
export const internalFault = () =>
  new ControlError(
    "UNSPECIFIED",
    "A fault in the server; its log has the cause. Try again, and please report it if it comes back.",
  );
