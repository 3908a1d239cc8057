/** `/godot/*`: passed on to the engine's own HTTP side, whatever it serves, streaming both ways. */
import { Agent, request as httpRequest, type IncomingHttpHeaders, type OutgoingHttpHeaders } from "node:http";
import { pipeline } from "node:stream/promises";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import type { Link } from "../engine/link.ts";
import { ControlError, engineUnresponsive } from "../errors.ts";
import { answerInvalid, engineDown, engineSilent, malformedRequest, quitRefused } from "../server_errors.ts";
import { toConnectError } from "../services/errors_interceptor.ts";
import { restError, startError } from "./rest_errors.ts";

const prefix = "/godot";
/** A body up to here is sent in one packet with its head: a godottpd takes each packet for a request. */
const onePacket = 64 * 1024;
const usualWait = 60_000;

/** Headers that belong to one connection (RFC 9110, section 7.6.1), or to this server and not to the engine. */
const notPassedOn = new Set([
  "connection",
  "keep-alive",
  "proxy-authenticate",
  "proxy-authorization",
  "proxy-connection",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
  "http2-settings",
  "authorization",
  "cookie",
  "host",
  "origin",
  "expect",
]);

export interface ProxyOptions {
  /** What drives the engine now; undefined while none runs. */
  readonly link: () => Link | undefined;
  /** Whether the engine was started elsewhere, so that a quit is not followed by a restart from here. */
  readonly isAttached?: () => boolean;
  /** Until an answer begins, in ms; it may then be silent for as long as it likes. */
  readonly mostWait?: number;
}

export function serveProxy(
  app: FastifyInstance,
  { link, isAttached = () => false, mostWait = usualWait }: ProxyOptions,
): void {
  const agent = new Agent({ keepAlive: true, maxSockets: 64 });
  app.addHook("onClose", () => agent.destroy());
  app.register((scope, _options, done) => {
    // The body is passed on as it comes, whatever it is.
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser("*", (_request, payload, parsed) => parsed(null, payload));
    scope.all(`${prefix}/*`, (request, reply) => {
      if (!isAttached() && isQuit(pathOf(request))) {
        return refuse(reply, quitRefused());
      }
      return passOn(request, reply, { link: link(), agent, mostWait });
    });
    done();
  });
}

interface Passage {
  readonly link: Link | undefined;
  readonly agent: Agent;
  readonly mostWait: number;
}

async function passOn(request: FastifyRequest, reply: FastifyReply, { link, agent, mostWait }: Passage) {
  const path = pathOf(request);
  const problem = refusePath(path);
  if (problem) return refuse(reply, malformedRequest(problem));
  if (!link) return refuse(reply, engineDown(), startError);
  const headers: OutgoingHttpHeaders = { ...endToEnd(request.headers), ...link.headers };
  const body = await readSmall(request);
  if (Buffer.isBuffer(body)) {
    // A body that nobody reads (of a GET, say) is not announced either.
    delete headers["Content-Length"];
    if (body.length > 0) headers["Content-Length"] = body.length;
  }
  const { port } = link;
  const upstream = httpRequest({
    host: "127.0.0.1",
    port,
    path,
    method: request.method,
    headers,
    agent,
  });
  reply.raw.once("close", () => upstream.destroy());
  const late = setTimeout(() => upstream.destroy(engineSilent(mostWait)), mostWait);
  upstream.once("close", () => clearTimeout(late));
  const responded = new Promise<void>((resolve, reject) => {
    upstream.on("error", reject);
    upstream.once("response", (response) => {
      clearTimeout(late);
      const { statusCode = 0 } = response;
      // Node refuses to write what lies outside, and its throw would end the server.
      if (statusCode < 200 || statusCode > 599) {
        response.destroy();
        reject(answerInvalid(`its status is ${statusCode}`));
        return;
      }
      reply.hijack();
      reply.raw.writeHead(statusCode, endToEnd(response.headers));
      // A stream may have nothing to say for a while, and its reader has to know that it is open.
      if (response.headers["content-length"] === undefined) reply.raw.flushHeaders();
      pipeline(response, reply.raw).then(resolve, resolve); // Whoever broke it off knows.
    });
  });
  if (Buffer.isBuffer(body)) upstream.end(body);
  else pipeline(body, upstream).catch(() => {});
  try {
    await responded;
  } catch (error) {
    if (reply.sent) return;
    if (error instanceof ControlError) return refuse(reply, error);
    return refuse(reply, engineUnresponsive((error as Error).message), startError);
  }
}

function refuse(reply: FastifyReply, error: ControlError, inRest = restError) {
  const { status, body } = inRest(toConnectError(error));
  return reply.code(status).send(body);
}

const pathOf = (request: FastifyRequest) => request.raw.url?.slice(prefix.length) ?? "/";

/** The addon decodes a path before it looks it up. */
const isQuit = (path: string) =>
  /^\/quit(\?|$)/.test(
    path.replaceAll(/%([0-9a-f]{2})/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16))),
  );

/** What could make the engine see another path than this server does. */
function refusePath(path: string): string | undefined {
  const [before = ""] = path.split("?", 1);
  if (before.includes("//") || before.includes("\\"))
    return "The path may contain neither // nor a backslash.";
  if (/%(2f|5c|00|0d|0a)/i.test(before))
    return "The path may contain no encoded slash, backslash, NUL or line break.";
  return undefined;
}

function endToEnd(headers: IncomingHttpHeaders): OutgoingHttpHeaders {
  const named = new Set(
    String(headers.connection ?? "")
      .toLowerCase()
      .split(/\s*,\s*/),
  );
  return Object.fromEntries(
    Object.entries(headers)
      .filter(
        ([name]) =>
          !name.startsWith(":") &&
          !notPassedOn.has(name) &&
          !named.has(name) &&
          !name.startsWith("access-control-"),
      )
      .map(([name, value]) => [inUsualCase(name), value]),
  );
}

/** A godottpd compares header names by case: `Content-Type`, as nearly everybody writes it. */
const inUsualCase = (name: string) => name.replaceAll(/(^|-)[a-z]/g, (start) => start.toUpperCase());

/** The whole body where its announced length is small, else its stream. */
async function readSmall(request: FastifyRequest): Promise<Buffer | NodeJS.ReadableStream> {
  const stream = request.body as NodeJS.ReadableStream | undefined;
  if (!stream) return Buffer.alloc(0);
  const length = Number(request.headers["content-length"] ?? Number.NaN);
  if (!(length <= onePacket)) return stream;
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}
