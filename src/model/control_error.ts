/** An error that has a name: a caller can get it, and a program can tell it from others. */
import type { ErrorReason as Reasons } from "#gen/error_pb.js";
import type { EngineExit } from "./engine_exit.ts";
import type { LogEntry } from "./log_entry.ts";

/**
 * Why, for a program: the names of `ErrorReason` in error.proto, without their prefix. Each has its status there, in an
 * annotation.
 */
export type ErrorReason = keyof typeof Reasons;

interface Circumstances {
  readonly metadata?: Readonly<Record<string, string>>;
  readonly logTail?: readonly LogEntry[];
  readonly exit?: EngineExit | undefined;
  /** The status where it is not that of the reason. */
  readonly status?: "DeadlineExceeded" | "Unimplemented" | undefined;
}

export class ControlError extends Error {
  override readonly name = "ControlError";
  readonly reason: ErrorReason;
  readonly metadata: Readonly<Record<string, string>>;
  readonly logTail: readonly LogEntry[];
  readonly exit: EngineExit | undefined;
  readonly status: Circumstances["status"];

  constructor(reason: ErrorReason, message: string, circumstances: Circumstances = {}) {
    super(message);
    this.reason = reason;
    this.metadata = circumstances.metadata ?? {};
    this.logTail = circumstances.logTail ?? [];
    this.exit = circumstances.exit;
    this.status = circumstances.status;
  }
}
