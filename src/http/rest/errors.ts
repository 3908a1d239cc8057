/** An error as the REST side tells it: the predecessor's keys, and ours beside them. */
import { toJson } from "@bufbuild/protobuf";
import type { Code, ConnectError } from "@connectrpc/connect";
import { type ErrorDetail, ErrorDetailSchema, ErrorReason } from "#gen/error_pb.js";
import { httpStatusOf, nameOfCode } from "../../services/error_status.ts";

export interface RestAnswer {
  readonly status: number;
  readonly body: Record<string, unknown>;
}

/** @param status the framework's own, where it has chosen one */
export function restError(error: ConnectError, status?: number): RestAnswer {
  const [detail] = error.findDetails(ErrorDetailSchema);
  return {
    status: status ?? httpStatusOf(error.code, detail?.reason),
    body: { status: "error", message: error.rawMessage, ...describe(error.code, detail) },
  };
}

const cannotStart = new Set([
  ErrorReason.ENGINE_NOT_FOUND,
  ErrorReason.ENGINE_UNUSABLE,
  ErrorReason.PROJECT_INVALID,
  ErrorReason.IMPORT_FAILED,
  ErrorReason.CRASH_LOOP,
  ErrorReason.START_TIMEOUT,
]);
const notReady = new Set([ErrorReason.ENGINE_NOT_RUNNING, ErrorReason.ENGINE_UNRESPONSIVE]);

/** Why the engine does not run, in the words that the predecessor's users know; `details` says what they could not. */
export function startError(error: ConnectError): RestAnswer {
  const [detail] = error.findDetails(ErrorDetailSchema);
  const reason = detail?.reason ?? ErrorReason.UNSPECIFIED;
  const more = { details: error.rawMessage, ...describe(error.code, detail) };
  if (cannotStart.has(reason))
    return { status: 500, body: { status: "error", message: "Failed to start Godot", ...more } };
  if (notReady.has(reason))
    return { status: 503, body: { status: "error", message: "Godot API not ready", ...more } };
  return restError(error);
}

/** The same for a load, which may also go on after its answer. */
export function loadError(error: ConnectError): RestAnswer {
  const [detail] = error.findDetails(ErrorDetailSchema);
  if (detail?.reason !== ErrorReason.SCENE_PENDING) return startError(error);
  return {
    status: 202,
    body: {
      status: "pending",
      message: "Scene load initiated, verification pending",
      scene_path: detail.metadata.scene_path ?? "",
      details: error.rawMessage,
      ...describe(error.code, detail),
    },
  };
}

function describe(code: Code, detail: ErrorDetail | undefined): Record<string, unknown> {
  const named = { code: nameOfCode(code) };
  if (!detail) return named;
  const { reason: _, ...rest } = toJson(ErrorDetailSchema, detail, { useProtoFieldName: true }) as Record<
    string,
    unknown
  >;
  return { ...named, reason: ErrorReason[detail.reason], ...rest };
}
