/** `/godot/*`: passed on to the engine's own HTTP side, whatever it serves, streaming both ways. */
import { Agent, type ClientRequest, request as httpRequest, type IncomingMessage } from "node:http";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { Code } from "@connectrpc/connect";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { type Deadline, deadline } from "../../async/deadline.ts";
import { Semaphore } from "../../async/semaphore.ts";
import type { Link } from "../../engine/link/link.ts";
import { engineUnresponsive } from "../../errors/engine.ts";
import {
  answerInvalid,
  engineDown,
  engineSilent,
  proxyBusy,
  quitRefused,
  tooManyStreams,
} from "../../errors/proxy.ts";
import { malformedRequest } from "../../errors/request.ts";
import { shuttingDown } from "../../errors/server.ts";
import { ControlError } from "../../model/control_error.ts";
import { toConnectError } from "../../services/errors_interceptor.ts";
import { type RestAnswer, restError, startError } from "../rest/errors.ts";
import { onceGone } from "../rest/gone.ts";
import { type Body, gather } from "./body.ts";
import { endToEnd } from "./headers.ts";
import { mostAsking, mostGathering, mostStreaming, mostUploading, mostWaiting } from "./limits.ts";
import { isQuit, pathProblem, proxyPrefix } from "./path.ts";

/** Those of a pipeline and of every layer before it: Node takes an eleventh for a leak. */
const mostListeners = 20;

export interface ProxyOptions {
  /** What drives the engine now; undefined while none runs. */
  readonly link: () => Link | undefined;
  /** Whether the engine was started elsewhere, so that a quit is not followed by a restart from here. */
  readonly isAttached?: () => boolean;
  /** Aborted when the server waits for calls in flight no longer. */
  readonly cut?: AbortSignal;
  /** Until an answer begins, in ms; it may then be silent for as long as it likes. */
  readonly mostWait?: number;
  /** Until a client sends more of its body, in ms. */
  readonly chunkWait?: number;
}

export function serveProxy(app: FastifyInstance, options: ProxyOptions): void {
  const proxy = new EngineProxy(options);
  app.addHook("onClose", () => proxy.close());
  app.register((scope, _options, done) => {
    // The body is passed on as it comes, whatever it is.
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser("*", (_request, payload, parsed) => parsed(null, payload));
    scope.all(`${proxyPrefix}/*`, (request, reply) => proxy.answer(request, reply));
    done();
  });
}

/** A request that is whole, or has begun, as the engine gets it. */
interface Question {
  readonly request: FastifyRequest;
  readonly path: string;
  readonly body: Body;
  /** Aborted when the client leaves. */
  readonly left: AbortSignal;
}

class EngineProxy {
  readonly #agent = new Agent({ keepAlive: true, maxFreeSockets: mostAsking });
  readonly #gathering = new Semaphore(mostGathering, 0, () => proxyBusy(mostGathering));
  readonly #asking = new Semaphore(mostAsking, mostWaiting, () => proxyBusy(mostWaiting));
  readonly #uploading = new Semaphore(mostUploading, mostWaiting, () => proxyBusy(mostWaiting));
  readonly #streaming = new Semaphore(mostStreaming, 0, () => tooManyStreams(mostStreaming));
  readonly #link: ProxyOptions["link"];
  readonly #isAttached: () => boolean;
  readonly #cut: AbortSignal | undefined;
  readonly #mostWait: number;
  readonly #chunkWait: number;

  constructor({ link, isAttached = () => false, cut, mostWait = 60_000, chunkWait = 10_000 }: ProxyOptions) {
    this.#link = link;
    this.#isAttached = isAttached;
    this.#cut = cut;
    this.#mostWait = mostWait;
    this.#chunkWait = chunkWait;
  }

  close(): void {
    this.#agent.destroy();
  }

  async answer(request: FastifyRequest, reply: FastifyReply) {
    const left = new AbortController();
    onceGone(reply.raw, () => left.abort());
    try {
      await this.#passOn(request, reply, left.signal);
    } catch (error) {
      if (reply.sent || left.signal.aborted) return;
      if (!(error instanceof ControlError)) throw error;
      const { status, body } = failure(this.#cut?.aborted ? shuttingDown() : error);
      return reply.code(status).send(body);
    }
  }

  async #passOn(request: FastifyRequest, reply: FastifyReply, left: AbortSignal): Promise<void> {
    const path = request.raw.url?.slice(proxyPrefix.length) ?? "/";
    const problem = pathProblem(path);
    if (problem) throw malformedRequest(problem);
    if (!this.#isAttached() && isQuit(path)) throw quitRefused();
    if (!this.#link()) throw engineDown();
    const body = await this.#gather(request, left);
    const limit = deadline(this.#mostWait, left, () => engineSilent(this.#mostWait));
    try {
      const places = body.kind === "whole" ? this.#asking : this.#uploading;
      let giveBack = await places.take(limit.signal);
      const upstream = this.#ask({ request, path, body, left }, () => giveBack());
      await respond(upstream, reply, limit, async () => {
        const asked = giveBack;
        giveBack = await this.#streaming.take(left);
        asked();
        if (upstream.closed) giveBack();
      });
    } finally {
      limit.clear();
    }
  }

  async #gather(request: FastifyRequest, left: AbortSignal): Promise<Body> {
    const stream = request.body as AsyncIterable<Buffer> | undefined;
    if (!stream) return gather(undefined, this.#chunkWait);
    const giveBack = await this.#gathering.take(left);
    try {
      return await gather(stream, this.#chunkWait);
    } finally {
      giveBack();
    }
  }

  /** @param giveBack is called when the connection is free for another */
  #ask({ request, path, body, left }: Question, giveBack: () => void): ClientRequest {
    let upstream: ClientRequest;
    try {
      upstream = this.#open(request, path, body);
    } catch (error) {
      giveBack();
      throw error;
    }
    upstream.once("close", giveBack);
    left.addEventListener("abort", () => upstream.destroy());
    // `respond` handles its failure once it listens.
    upstream.on("error", () => {});
    if (body.kind === "whole") upstream.end(body.bytes);
    else
      Readable.from(body.chunks)
        .on("error", (error) => upstream.destroy(error))
        .pipe(upstream);
    return upstream;
  }

  #open({ headers: given, method }: FastifyRequest, path: string, body: Body): ClientRequest {
    const link = this.#link();
    if (!link) throw engineDown();
    const headers = { ...endToEnd(given), ...link.headers };
    if (body.kind === "whole") {
      // A body that is not sent (of a GET, say) is not announced either.
      delete headers["Content-Length"];
      if (body.bytes.length > 0) headers["Content-Length"] = body.bytes.length;
    }
    return httpRequest({ host: "127.0.0.1", port: link.port, path, method, headers, agent: this.#agent });
  }
}

/**
 * Passes the engine's answer on, and resolves when it has ended, however that was.
 * @param onStream is called for an answer without a length; the answer begins when it resolves, and not where it rejects
 * @throws ControlError where there is none that can be passed on
 */
async function respond(
  upstream: ClientRequest,
  reply: FastifyReply,
  limit: Deadline,
  onStream: () => Promise<void>,
): Promise<void> {
  const { promise: answered, resolve, reject } = Promise.withResolvers<IncomingMessage>();
  const abort = () => {
    reject(limit.signal.reason);
    upstream.destroy();
  };
  if (limit.signal.aborted) abort();
  else limit.signal.addEventListener("abort", abort);
  upstream.on("error", (error) =>
    reject(error instanceof ControlError ? error : engineUnresponsive(error.message)),
  );
  upstream.once("upgrade", (_head, socket) => {
    socket.destroy();
    reject(answerInvalid("its status is 101"));
  });
  upstream.once("close", () => reject(engineUnresponsive("it closed the connection")));
  upstream.once("response", resolve);
  const response = await answered;
  // From here on it may be silent.
  limit.clear();
  response.on("error", () => {}); // An answer that breaks off ends the client's, by the pipeline.
  try {
    if (isStream(response)) await onStream();
    begin(reply, response);
  } catch (error) {
    upstream.destroy();
    throw error;
  }
  reply.raw.setMaxListeners(mostListeners);
  await pipeline(response, reply.raw).catch(() => {});
}

/** @throws answerInvalid where its head is none that a client could be sent */
function begin(reply: FastifyReply, { statusCode = 0, headers }: IncomingMessage): void {
  if (statusCode < 200 || statusCode > 599) throw answerInvalid(`its status is ${statusCode}`);
  try {
    const passing = endToEnd(headers);
    // HTTP/2 would take the stream for broken.
    if (statusCode === 204) delete passing["Content-Length"];
    reply.raw.writeHead(statusCode, passing);
  } catch (error) {
    throw answerInvalid(`its headers are refused (${(error as NodeJS.ErrnoException).code})`);
  }
  reply.hijack();
  // A stream may have nothing to say for a while, and its reader has to know that it is open.
  if (isStream({ statusCode, headers })) reply.raw.flushHeaders();
}

const isStream = ({ statusCode, headers }: Pick<IncomingMessage, "statusCode" | "headers">): boolean =>
  headers["content-length"] === undefined && statusCode !== 204 && statusCode !== 304;

function failure(error: ControlError): RestAnswer {
  const told = toConnectError(error);
  return told.code === Code.Unavailable ? startError(told) : restError(told);
}
