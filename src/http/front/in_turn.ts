/**
 * The requests of each connection of HTTP/1.1, one after the other. Its answers go out in the order of its requests, so
 * that to begin one before the last is done would only fill memory, with as many as a client can write.
 */
import { type ServerResponse, STATUS_CODES } from "node:http";
import type { Socket } from "node:net";
import { isolatedOn } from "../../async/isolated.ts";
import { pipelineFull } from "../../errors/request.ts";
import { toConnectError } from "../../services/errors_interceptor.ts";
import { restError } from "../rest/errors.ts";
import type { Limits } from "./limits.ts";

interface Turn {
  readonly response: ServerResponse;
  readonly begin: () => void;
}

export class InTurn {
  readonly #most: number;
  /** The first is being answered. */
  readonly #turns = new WeakMap<Socket, Turn[]>();

  constructor({ pipelined }: Pick<Limits, "pipelined">) {
    this.#most = pipelined;
  }

  /** Begins when those before it have been answered; where too many wait, the connection is closed. */
  add(socket: Socket, turn: Turn): void {
    // Node goes on to parse what it has read.
    if (socket.destroyed) return;
    const turns = this.#turns.get(socket) ?? [];
    this.#turns.set(socket, turns);
    const [first] = turns;
    if (turns.length > this.#most) close(socket, first, this.#most);
    else if (turns.push(turn) === 1) this.#begin(socket, turn, turns);
  }

  #begin(socket: Socket, { response, begin }: Turn, turns: Turn[]): void {
    isolatedOn(socket, begin);
    response.once("close", () => {
      turns.shift();
      const [next] = turns;
      if (next && socket.writable) this.#begin(socket, next, turns);
    });
  }
}

function close(socket: Socket, first: Turn | undefined, most: number): void {
  if (!first?.response.headersSent) socket.write(refusal(most));
  socket.destroy();
}

function refusal(most: number): string {
  const { status, body } = restError(toConnectError(pipelineFull(most)));
  const text = JSON.stringify(body);
  const head = [
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}`,
    "Content-Type: application/json; charset=utf-8",
    `Content-Length: ${Buffer.byteLength(text)}`,
    "Connection: close",
  ];
  return `${head.join("\r\n")}\r\n\r\n${text}`;
}
