/** What every request passes before it is routed: the guard, the answers that browsers ask for, the slow "no". */
import type { IncomingMessage, RequestListener, ServerResponse } from "node:http";
import { cors } from "@connectrpc/connect";
import { Guard, type GuardOptions, type Refusal } from "./guard.ts";

/** A wrong token is answered after this many ms, twice as many each further time, up to the longest. */
const firstDelay = 100;
const longestDelay = 5_000;
/** Addresses whose attempts are counted; the oldest is forgotten first. */
const mostAddresses = 1_000;
/** So many reasons why a sender is turned away are told, each once: whoever asks could think of more and more. */
const mostReasons = 20;
/** A browser may remember a preflight for so many seconds. */
const preflightAge = 7_200;

const methods = ["GET", "POST", "PUT", "PATCH", "DELETE"];
const allowedHeaders = [...cors.allowedHeaders, "Authorization", "Last-Event-ID"].join(", ");
const exposedHeaders = cors.exposedHeaders.join(", ");

export interface FrontListener {
  /** A wrong token: whose it was and how many there were in a row. */
  onWrongToken(address: string, attempts: number): void;
  /** Somebody was turned away for this reason, for the first time. */
  onTurnedAway(reason: string): void;
}

export function behindGuard(
  options: GuardOptions,
  listener: RequestListener,
  told: FrontListener,
): RequestListener {
  const guard = new Guard(options);
  const attempts = new Map<string, number>();
  const reasons = new Set<string>();
  const turnAway = (request: IncomingMessage, response: ServerResponse, refusal: Refusal) => {
    if (reasons.size < mostReasons && !reasons.has(refusal.message)) {
      reasons.add(refusal.message);
      told.onTurnedAway(refusal.message);
    }
    refuse(request, response, refusal);
  };
  return (request, response) => {
    const foreign = guard.refuseSender(request.headers);
    if (foreign) return turnAway(request, response, foreign);
    const { origin } = request.headers;
    if (origin !== undefined && guard.mayRead(origin)) {
      response.setHeader("Access-Control-Allow-Origin", origin);
      response.setHeader("Access-Control-Expose-Headers", exposedHeaders);
      response.setHeader("Vary", "Origin");
      // A preflight brings no token: it only asks whether it may.
      if (isPreflight(request)) return allow(response);
    }
    const { remoteAddress = "" } = request.socket;
    const stranger = guard.refuseToken(request.headers);
    if (!stranger) {
      if (attempts.size > 0) attempts.delete(remoteAddress);
      return listener(request, response);
    }
    // Who brings none has not tried to guess.
    if (request.headers.authorization === undefined) return refuse(request, response, stranger);
    const count = (attempts.get(remoteAddress) ?? 0) + 1;
    attempts.delete(remoteAddress);
    attempts.set(remoteAddress, count);
    for (const oldest of attempts.keys()) {
      if (attempts.size <= mostAddresses) break;
      attempts.delete(oldest);
    }
    told.onWrongToken(remoteAddress, count);
    const delay = Math.min(firstDelay * 2 ** (count - 1), longestDelay);
    setTimeout(() => refuse(request, response, stranger), delay).unref();
  };
}

const isPreflight = ({ method, headers }: IncomingMessage) =>
  method === "OPTIONS" && headers["access-control-request-method"] !== undefined;

function allow(response: ServerResponse): void {
  response.writeHead(204, {
    "Access-Control-Allow-Methods": methods.join(", "),
    "Access-Control-Allow-Headers": allowedHeaders,
    "Access-Control-Max-Age": preflightAge,
  });
  response.end();
}

function refuse(request: IncomingMessage, response: ServerResponse, { status, message }: Refusal): void {
  const body = JSON.stringify({ status: "error", message });
  response.writeHead(status, {
    "Content-Type": "application/json; charset=utf-8",
    "Content-Length": Buffer.byteLength(body),
    ...(status === 401 && { "WWW-Authenticate": 'Bearer realm="godot-control"' }),
  });
  response.end(body);
  // What it sends is not read: nobody who may not ask fills this server's memory.
  request.resume();
}
