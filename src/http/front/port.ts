/**
 * One port for HTTP/1.1 and HTTP/2, in the clear or over TLS, told apart by the connection's first bytes: every HTTP/2
 * client begins with the same preface (RFC 9113, section 3.4).
 */
import {
  createServer as createHttp1Server,
  type IncomingMessage,
  type RequestListener,
  type ServerResponse,
} from "node:http";
import {
  createServer as createHttp2Server,
  type Http2ServerRequest,
  type Http2ServerResponse,
  type ServerHttp2Session,
} from "node:http2";
import { createServer, type Server, type Socket } from "node:net";
import { createServer as createTlsServer } from "node:tls";
import { isolated, isolatedOn } from "../../async/isolated.ts";
import { Admission } from "./admission.ts";
import { Arrivals } from "./arrivals.ts";
import type { TlsFiles } from "./credentials.ts";
import { ping, watchTime } from "./http2_times.ts";
import { InTurn } from "./in_turn.ts";
import { defaultLimits, type Limits } from "./limits.ts";
import { onSend } from "./sends.ts";
import { answerUnparsed } from "./unparsed.ts";
import { Unread } from "./unread.ts";

const preface = Buffer.from("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");
/** A burst of resets that no honest client needs (CVE-2023-44487). */
const resetBurst = 200;
const resetsPerSecond = 50;

export interface Port {
  readonly server: Server;
  /**
   * Idle connections go at once, calls in flight may finish; what is left after `grace` ms is cut off.
   * Resolves when the last connection is gone.
   */
  drain(grace: number): Promise<void>;
}

export interface PortOptions {
  /**
   * A certificate and its key: then every connection is TLS, and HTTP/2 is told apart by its first bytes all the
   * same, whatever ALPN agreed on.
   */
  readonly tls?: TlsFiles | undefined;
  readonly limits?: Partial<Limits>;
}

/** @throws where the certificate and the key are none, or do not belong together */
export function createPort(listener: RequestListener, options: PortOptions = {}): Port {
  const { tls } = options;
  const limits: Limits = { ...defaultLimits, ...options.limits };
  const unread = new Unread(limits);
  const arrivals = new Arrivals(limits);
  const inTurn = new InTurn(limits);
  const admission = new Admission(limits, (socket) => unread.isBehind(socket));
  /** Those that are past their handshake. */
  const sockets = new Set<Socket>();
  /** A session that is destroyed waits for what it writes: only its connection ends at once. */
  const sessions = new Map<ServerHttp2Session, Socket>();
  /** What is in flight on the connections of HTTP/1.1. */
  const busy = new Map<Socket, ServerResponse>();
  const overHttp2 = new WeakSet<Socket>();
  let draining = false;

  const http1 = createHttp1Server(
    {
      headersTimeout: limits.headers,
      keepAliveTimeout: limits.idle,
      requestTimeout: limits.request,
      connectionsCheckingInterval: limits.headersCheck,
    },
    (request, response) => {
      const { socket } = request;
      const begin = () => {
        arrivals.broughtRequest(socket, request, response);
        busy.set(socket, response);
        response.once("close", () => {
          busy.delete(socket);
          if (draining) socket.destroySoon();
        });
        closeUnlessRead(request, response);
        unread.watch(socket, response);
        const answer = () => isolatedOn(socket, () => listener(request, response));
        admission.add(socket, { response, begin: answer });
      };
      inTurn.add(socket, { response, begin });
    },
  );
  http1.on("clientError", (error, socket: Socket) =>
    isolatedOn(socket, () => answerUnparsed(error, socket, busy.get(socket)?.headersSent ?? false)),
  );
  const http2 = createHttp2Server({
    settings: { maxConcurrentStreams: limits.streams },
    streamResetBurst: resetBurst,
    streamResetRate: resetsPerSecond,
  });
  // Fastify and Connect take both kinds of request; Node's types do not know that.
  http2.on("request", (request, response) => {
    const { stream } = request;
    isolatedOn(stream, () => {
      const socket = sessions.get(stream.session as ServerHttp2Session);
      if (!socket) return stream.destroy();
      arrivals.broughtRequest(socket, request, response);
      unread.watch(socket, response as never);
      discardUnread(request, response);
      const begin = () => isolatedOn(stream, () => listener(request as never, response as never));
      admission.add(socket, { response, begin });
    });
  });
  let arriving: Socket;
  http2.on("session", (session) => {
    const socket = arriving;
    sessions.set(session, socket);
    session.once("close", () => sessions.delete(session));
    session.on("error", () => {}); // A client's broken frames end its session, and nothing else.
    isolatedOn(socket, () => {
      watchTime(session, socket, limits);
      ping(session, socket, limits);
    });
  });

  const accept = (socket: Socket) => {
    sockets.add(socket);
    socket.once("close", () => sockets.delete(socket));
    socket.on("error", () => {}); // A client that leaves midway.
    let head = Buffer.alloc(0);
    const read = () => isolatedOn(socket, sniff);
    const sniff = () => {
      const bytes: Buffer | null = socket.read();
      if (bytes === null) return;
      head = Buffer.concat([head, bytes]);
      const length = Math.min(head.length, preface.length);
      const mayBeHttp2 = head.compare(preface, 0, length, 0, length) === 0;
      if (mayBeHttp2 && head.length < preface.length) return;
      socket.off("readable", read);
      socket.unshift(head);
      arrivals.spoke(socket);
      // When we have said all, a client may keep its half of the connection open, but not for long.
      socket.once("finish", () => socket.setTimeout(limits.halfClosed, () => socket.destroy()));
      if (mayBeHttp2) overHttp2.add(socket);
      arriving = socket;
      (mayBeHttp2 ? http2 : http1).emit("connection", socket);
    };
    socket.on("readable", read);
  };
  const ofTcp = { noDelay: true, keepAlive: true, keepAliveInitialDelay: limits.keepAlive };
  const server = tls
    ? createTlsServer({ ...tls, ...ofTcp, ALPNProtocols: ["h2", "http/1.1"] }, accept)
    : createServer(ofTcp, accept);
  // With one more than there are places, so that a silent one can give way.
  server.on("connection", (socket: Socket) =>
    isolatedOn(socket, () => (draining ? socket.destroy() : arrivals.add(socket))),
  );
  server.maxConnections = limits.connections + 1;
  // It never listens by itself, and begins to watch its time limits when it does.
  server.once("listening", () => {
    http1.emit("listening");
    // That of a connection which the system could not hand over, from then on.
    server.on("error", (error) => isolated(() => thrown(error)));
  });
  server.once("close", () => http1.close());

  return {
    server,
    async drain(grace) {
      draining = true;
      for (const session of sessions.keys()) session.close();
      arrivals.end();
      unread.end();
      for (const socket of sockets) if (!busy.has(socket) && !overHttp2.has(socket)) socket.destroy();
      const cut = setTimeout(() => {
        for (const socket of arrivals.open) socket.destroy();
      }, grace);
      await Promise.all(
        [...arrivals.open].map((socket) => new Promise((resolve) => socket.once("close", resolve))),
      );
      clearTimeout(cut);
    },
  };
}

function thrown(error: Error): never {
  throw error;
}

/**
 * A call that is answered before its body has ended, because that is too large, leaves the rest of it on the
 * connection, and the next call would wait behind it: the answer says that the connection closes.
 */
function closeUnlessRead(request: IncomingMessage, response: ServerResponse): void {
  const { "content-length": length = "0", "transfer-encoding": encoding } = request.headers;
  if (length === "0" && encoding === undefined) return;
  const writeHead = response.writeHead.bind(response) as (...head: unknown[]) => ServerResponse;
  response.writeHead = (...head: unknown[]) => {
    if (!request.complete) response.shouldKeepAlive = false;
    return writeHead(...head);
  };
}

/**
 * The same over HTTP/2: Node counts what was not read of a stream against its connection for good, and refuses every
 * further call on that after 10 MB (ENHANCE_YOUR_CALM).
 */
function discardUnread({ stream }: Http2ServerRequest, response: Http2ServerResponse): void {
  onSend(response, (_size, isLast) => {
    if (isLast) stream.removeAllListeners("data").resume();
  });
}
