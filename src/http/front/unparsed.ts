/** The answer to what is no request of HTTP/1.1: in JSON, as every other refusal. */
import { STATUS_CODES } from "node:http";
import type { Socket } from "node:net";
import { malformedRequest } from "../../errors/request.ts";
import { toConnectError } from "../../services/errors_interceptor.ts";
import { restError } from "../rest/errors.ts";

/** By the code of Node's error: its status, and what is wrong. */
const problems: Readonly<Record<string, readonly [status: number, problem: string]>> = {
  HPE_HEADER_OVERFLOW: [431, "its path and headers are larger than 16 KiB"],
  HPE_CHUNK_EXTENSIONS_OVERFLOW: [413, "the extensions of its chunks are larger than 16 KiB"],
  ERR_HTTP_REQUEST_TIMEOUT: [408, "it did not come to its end in time"],
};

/** @param isAnswered an answer to the request before it has begun: another would be taken for a part of that */
export function answerUnparsed(error: NodeJS.ErrnoException, socket: Socket, isAnswered: boolean): void {
  if (isAnswered || !socket.writable) {
    socket.destroy();
    return;
  }
  const [status, problem] = problems[error.code ?? ""] ?? [400, "it is not HTTP/1.1"];
  const { body } = restError(toConnectError(malformedRequest(problem)), status);
  const text = JSON.stringify(body);
  const head = [
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}`,
    "Connection: close",
    "Content-Type: application/json; charset=utf-8",
    `Content-Length: ${Buffer.byteLength(text)}`,
  ];
  socket.end(`${head.join("\r\n")}\r\n\r\n${text}`, () => socket.destroySoon());
}
