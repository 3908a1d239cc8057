/** What keeps a request from passing through `/godot/*`, or its answer from coming back. */
import { ControlError } from "../model/control_error.ts";

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
