/** How each reason is told over each protocol: its annotation in error.proto. */
import { getOption } from "@bufbuild/protobuf";
import { Code } from "@connectrpc/connect";
import { codeToHttpStatus } from "@connectrpc/connect/protocol-connect";
import { ErrorReason, ErrorReasonSchema } from "#gen/error_pb.js";
import { status } from "#gen/options_pb.js";
import type { ControlError } from "../model/control_error.ts";

const statuses = new Map(ErrorReasonSchema.values.map((value) => [value.number, getOption(value, status)]));

/** The numbers of StatusCode are those of every implementation of gRPC. */
export const codeOf = (error: Pick<ControlError, "reason" | "status">): Code =>
  error.status ? Code[error.status] : ((statuses.get(ErrorReason[error.reason])?.code ?? 0) as number);

/** Its canonical name: `NOT_FOUND`. */
export const nameOfCode = (code: Code): string =>
  (Code[code] ?? "").replace(/(?<!^)([A-Z])/g, "_$1").toUpperCase();

/** HTTP's own status, where it says more than that of the code does. */
export const httpStatusOf = (code: Code, reason: ErrorReason | undefined): number =>
  (reason !== undefined && statuses.get(reason)?.http) || codeToHttpStatus(code);
