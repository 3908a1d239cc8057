/** Connect by GET has its message in the query, where it may be no base64; Connect calls that an internal error. */
import { base64Decode } from "@bufbuild/protobuf/wire";
import { errorToJson } from "@connectrpc/connect/protocol-connect";
import type { FastifyReply, FastifyRequest } from "fastify";
import { malformedRequest } from "../errors/request.ts";
import { httpStatusOf } from "../services/error_status.ts";
import { toConnectError } from "../services/errors_interceptor.ts";

export async function refuseBadBase64(request: FastifyRequest, reply: FastifyReply) {
  const { base64, message = "" } = request.query as Record<string, unknown>;
  if (request.method !== "GET" || base64 !== "1") return;
  try {
    base64Decode(String(message));
  } catch {
    const error = toConnectError(malformedRequest("its message is not base64"));
    return reply.code(httpStatusOf(error.code, undefined)).send(errorToJson(error, undefined));
  }
}
