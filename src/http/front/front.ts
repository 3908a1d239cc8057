/** What every request passes before it is routed: the guard, the answers that browsers ask for, the slow "no". */
import type { IncomingMessage, RequestListener, ServerResponse } from "node:http";
import { cors } from "@connectrpc/connect";
import { malformedRequest } from "../../errors/request.ts";
import type { ControlError } from "../../model/control_error.ts";
import { toConnectError } from "../../services/errors_interceptor.ts";
import { restError } from "../rest/errors.ts";
import { Guard, type GuardOptions } from "./guard.ts";
import { readTarget } from "./target.ts";
import { WrongTokens } from "./wrong_tokens.ts";

/** The reasons why a sender is turned away that are told, each once: a sender could think of more and more. */
export const mostReasons = 20;
/** How long a browser may remember a preflight, in seconds. */
const preflightAge = 7_200;

const methods = ["GET", "POST", "PUT", "PATCH", "DELETE"];
const allowedHeaders = [...cors.allowedHeaders, "Authorization", "Last-Event-ID"].join(", ");
const exposedHeaders = cors.exposedHeaders.join(", ");

export interface FrontListener {
  /** The 1st, 10th, 100th … wrong token in a row from an address. */
  onWrongToken(address: string, attempts: number): void;
  /** A sender was turned away for this reason, for the first time. */
  onTurnedAway(reason: string): void;
  /** Answering a request threw this: that request is cut off, and nothing else. */
  onFault(error: unknown): void;
}

export function behindGuard(
  options: GuardOptions,
  listener: RequestListener,
  told: FrontListener,
): RequestListener {
  const guard = new Guard(options);
  const wrongTokens = new WrongTokens((address, attempts) => told.onWrongToken(address, attempts));
  const reasons = new Set<string>();
  const turnAway = (request: IncomingMessage, response: ServerResponse, refusal: ControlError) => {
    if (reasons.size < mostReasons && !reasons.has(refusal.message)) {
      reasons.add(refusal.message);
      told.onTurnedAway(refusal.message);
    }
    refuse(request, response, refusal);
  };
  /** A throw from a listener would end the process, and with it the engine. */
  const safely = (response: ServerResponse, work: () => void) => {
    try {
      work();
    } catch (error) {
      told.onFault(error);
      response.destroy();
    }
  };
  const admit = (request: IncomingMessage, response: ServerResponse) => {
    const unreadable = readTarget(request);
    if (unreadable) return refuse(request, response, malformedRequest(unreadable));
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
      wrongTokens.forget(remoteAddress);
      return listener(request, response);
    }
    // A request without a token is no attempt to guess one.
    if (request.headers.authorization === undefined) return refuse(request, response, stranger);
    const say = () => safely(response, () => refuse(request, response, stranger));
    if (!wrongTokens.answerLater(remoteAddress, say)) response.destroy();
  };
  return (request, response) => safely(response, () => admit(request, response));
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

function refuse(request: IncomingMessage, response: ServerResponse, refusal: ControlError): void {
  const { status, body } = restError(toConnectError(refusal));
  const text = JSON.stringify(body);
  response.writeHead(status, {
    "Content-Type": "application/json; charset=utf-8",
    "Content-Length": Buffer.byteLength(text),
    ...(status === 401 && { "WWW-Authenticate": 'Bearer realm="godot-control"' }),
  });
  response.end(text);
  // What it sends is not read: a sender that is refused fills no memory of this server.
  request.resume();
}
