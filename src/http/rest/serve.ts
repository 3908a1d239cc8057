/** Serves the REST table on the services in this process: behind the same interceptors as every other protocol. */
import type { Http2Stream } from "node:http2";
import { Code, ConnectError } from "@connectrpc/connect";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { within } from "../../async/deadline.ts";
import { invalidField, malformedRequest } from "../../errors/request.ts";
import { isFault, toConnectError } from "../../services/errors_interceptor.ts";
import type { InProcess } from "../../services/in_process.ts";
import { type RestAnswer, restError } from "./errors.ts";
import { eventStreamHeaders, type ServerSentMessage, sendEvents } from "./event_stream.ts";
import { isGone, onceGone } from "./gone.ts";
import type { RestRequest } from "./input.ts";
import type { Row, StreamRow } from "./rows.ts";

/** In ms: a watch of what is quiet, such as the log, has its headers by then. */
const quietTime = 100;

/** In characters: a longer answer is sent as bytes. */
const longestText = 16 * 1024;

export interface CallOptions {
  /** Gets each error that has no name: its caller is only told that there was one. */
  readonly onFault: (error: unknown) => void;
  /** Aborted with what calls in flight end with, when the server waits for them no longer. */
  readonly cut: AbortSignal;
  /** After this many ms without an event, a stream shows that it goes on. */
  readonly keepAlive: number;
}

/** @param app a scope of its own: what it takes for a body counts in no other */
export function serveRest(
  app: FastifyInstance,
  rows: readonly Row[],
  services: InProcess,
  options: CallOptions,
): void {
  const { cut } = options;
  // The predecessor took JSON under any content type, as curl -d and urllib send it.
  app.removeAllContentTypeParsers();
  app.addContentTypeParser("*", { parseAs: "string" }, ({ headers }, body, parsed) => {
    const { "content-encoding": encoding = "identity" } = headers;
    if (encoding !== "identity")
      return parsed(malformedRequest(`its Content-Encoding is ${encoding}; send it without`));
    try {
      parsed(null, body === "" ? undefined : JSON.parse(body as string));
    } catch (error) {
      parsed(invalidField("body", `it is not JSON: ${(error as Error).message}`));
    }
  });
  app.addHook("onRequest", ({ raw, headers }, _reply, pass) => {
    // The framework looks for a body by headers that a request over HTTP/2 need not have.
    if ("stream" in raw && !(raw.stream as Http2Stream).endAfterHeaders)
      headers["content-type"] ??= "application/json";
    pass();
  });
  for (const row of rows) {
    app.route({
      method: row.verb,
      url: row.template.url,
      // Of a stream, HEAD would never end.
      exposeHeadRoute: row.kind !== "stream",
      async handler(request, reply) {
        const controller = new AbortController();
        const end = () => controller.abort(cut.reason);
        if (cut.aborted) end();
        else cut.addEventListener("abort", end);
        let isDone = false;
        onceGone(reply.raw, () => {
          cut.removeEventListener("abort", end);
          // Of a call that is done, nothing is left to end; to make the error takes longer than the rest.
          if (!isDone) controller.abort(new ConnectError("The client left.", Code.Canceled));
        });
        const input = toRestRequest(row, request, controller.signal);
        if (row.kind === "stream") return stream(row, services, input, reply, options);
        const result = await row.call(services, input);
        isDone = true;
        answer(request, reply, result);
      },
    });
  }
}

/**
 * All at once: the framework gives HTTP/2 a large answer in pieces, each when the one before was read, and nothing could
 * count what waits.
 */
function answer({ method }: FastifyRequest, reply: FastifyReply, { status, body }: RestAnswer): void {
  const text = JSON.stringify(body);
  reply.hijack();
  reply.raw.writeHead(status, {
    "Content-Type": "application/json; charset=utf-8",
    "Content-Length": Buffer.byteLength(text),
  });
  // A short text leaves in one piece with the headers. Of a long one that waits to be sent, the garbage collector would
  // know nothing.
  const sent = text.length > longestText ? Buffer.from(text) : text;
  reply.raw.end(method === "HEAD" ? undefined : sent);
}

const toRestRequest = ({ template }: Row, request: FastifyRequest, signal: AbortSignal): RestRequest => ({
  path: Object.fromEntries(
    [...template.fields].map(([parameter, field]) => [
      field,
      (request.params as Record<string, string>)[parameter] ?? "",
    ]),
  ),
  query: request.query as Record<string, unknown>,
  body: request.body ?? undefined,
  lastEventId: request.headers["last-event-id"]?.toString(),
  signal,
});

async function stream(
  row: StreamRow,
  services: InProcess,
  input: RestRequest,
  reply: FastifyReply,
  { onFault, keepAlive }: CallOptions,
) {
  let messages: AsyncIterable<ServerSentMessage>;
  try {
    messages = await firstThenRest(await row.open(services, input), row.verb);
  } catch (error) {
    if (!(error instanceof ConnectError)) throw error;
    const { status, body } = restError(error);
    return reply.code(status).send(body);
  }
  reply.hijack();
  const response = reply.raw;
  try {
    // It may have left while its first message was awaited. The messages are ended all the same.
    if (!isGone(response)) response.writeHead(200, eventStreamHeaders).flushHeaders();
    await sendEvents(response, messages, input.signal, keepAlive);
  } catch (error) {
    // The headers are gone already: the error is the stream's last event.
    if (!isGone(response)) {
      if (isFault(error)) onFault(error);
      response.write(lastEvent(toConnectError(error)));
    }
  }
  response.end();
}

const lastEvent = (error: ConnectError) => `event: error\ndata: ${JSON.stringify(restError(error).body)}\n\n`;

/**
 * Waits for the first message, so that a call that fails at once has a status of its own. A watch (GET) may be quiet,
 * and is not waited for long; a load (POST) begins with a message or an error, however busy the machine is.
 */
async function firstThenRest<T>(
  messages: AsyncIterable<T>,
  verb: StreamRow["verb"],
): Promise<AsyncIterable<T>> {
  const iterator = messages[Symbol.asyncIterator]();
  const first = iterator.next();
  await (verb === "GET" ? within(first, quietTime) : first);
  return (async function* () {
    try {
      const { done, value } = await first;
      if (done) return;
      yield value;
      yield* { [Symbol.asyncIterator]: () => iterator };
    } finally {
      await iterator.return?.();
    }
  })();
}
