/** The one place where a domain error becomes a gRPC one, with its typed detail. */
import { Code, ConnectError, type Interceptor } from "@connectrpc/connect";
import { ErrorDetailSchema } from "#gen/error_pb.js";
import { internalFault, resourceShortage } from "../errors/server.ts";
import { isShortage } from "../errors/shortage.ts";
import { ControlError } from "../model/control_error.ts";
import { type ErrorLimits, fitSentence, inBody, limitsOf, toErrorDetail } from "./error_detail.ts";
import { codeOf } from "./error_status.ts";

/** What a caller is told of an error: its own words where it has a name, and those of a fault where it has none. */
export function toConnectError(error: unknown, limits: ErrorLimits = inBody): ConnectError {
  if (error instanceof ConnectError) return fitted(error, limits);
  const named = nameOf(error) ?? internalFault();
  const detail = toErrorDetail(named, limits);
  return new ConnectError(
    fitSentence(named.message, limits),
    codeOf(named),
    undefined,
    detail && [{ desc: ErrorDetailSchema, value: detail }],
    named,
  );
}

/** One of the protocol itself may quote all that its caller sent. */
function fitted(error: ConnectError, limits: ErrorLimits): ConnectError {
  const sentence = fitSentence(error.rawMessage, limits);
  return sentence === error.rawMessage
    ? error
    : new ConnectError(sentence, error.code, error.metadata, undefined, error.cause);
}

/** Whether only a report can say what this error is. */
export const isFault = (error: unknown): boolean => !(error instanceof ConnectError) && !nameOf(error);

function nameOf(error: unknown): ControlError | undefined {
  if (error instanceof ControlError) return error;
  return error instanceof Error && isShortage(error) ? resourceShortage(error.code) : undefined;
}

/** @param onUnexpected gets each error that has no name: a fault in this server */
export function errorsInterceptor(onUnexpected: (error: unknown) => void): Interceptor {
  return (next) => async (request) => {
    const limits = limitsOf(request.header.get("content-type"));
    const translate = (error: unknown): ConnectError => {
      if (!isFault(error)) return toConnectError(error, limits);
      // The call is over because its caller left, or its time is up: the signal has the reason, and it is no fault.
      if (request.signal.aborted) return ConnectError.from(request.signal.reason, Code.Canceled);
      onUnexpected(error);
      return toConnectError(error, limits);
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
