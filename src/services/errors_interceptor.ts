/** The one place where a domain error becomes a gRPC one, with its typed detail. */
import { Code, ConnectError, type Interceptor } from "@connectrpc/connect";
import { ErrorDetailSchema } from "#gen/error_pb.js";
import { ControlError, type ErrorCode } from "../errors.ts";
import { toErrorDetail } from "./messages.ts";

const codes: Record<ErrorCode, Code> = {
  INVALID_ARGUMENT: Code.InvalidArgument,
  NOT_FOUND: Code.NotFound,
  FAILED_PRECONDITION: Code.FailedPrecondition,
  UNAVAILABLE: Code.Unavailable,
  DEADLINE_EXCEEDED: Code.DeadlineExceeded,
  RESOURCE_EXHAUSTED: Code.ResourceExhausted,
  ABORTED: Code.Aborted,
};

export function toConnectError(error: unknown): ConnectError {
  if (!(error instanceof ControlError)) return ConnectError.from(error);
  return new ConnectError(
    error.message,
    codes[error.code],
    undefined,
    [{ desc: ErrorDetailSchema, value: toErrorDetail(error) }],
    error,
  );
}

/** @param onUnexpected hears of each error that has no name: a fault in this server */
export function errorsInterceptor(onUnexpected: (error: unknown) => void): Interceptor {
  return (next) => async (request) => {
    const translate = (error: unknown): ConnectError => {
      const named = error instanceof ControlError || error instanceof ConnectError;
      // A caller that leaves is no fault: the signal says that it was one.
      if (!named && !request.signal.aborted) onUnexpected(error);
      return toConnectError(named ? error : (request.signal.reason ?? error));
    };
    try {
      const response = await next(request);
      if (!response.stream) return response;
      return { ...response, message: translated(response.message, translate) };
    } catch (error) {
      throw translate(error);
    }
  };
}

async function* translated<T>(
  messages: AsyncIterable<T>,
  translate: (error: unknown) => Error,
): AsyncIterable<T> {
  try {
    yield* messages;
  } catch (error) {
    throw translate(error);
  }
}
