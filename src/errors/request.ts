/** What is wrong with a request before it is a call. */
import { ControlError } from "../model/control_error.ts";

export const invalidField = (field: string, problem: string) =>
  new ControlError("INVALID_FIELD", `${field}: ${problem}`, { metadata: { field } });

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

export const pipelineFull = (limit: number) =>
  new ControlError(
    "QUEUE_FULL",
    `${limit} requests wait on this connection already. Send the next one when one before it has been answered.`,
  );
