/**
 * Connections that have brought no request yet, a handshake of TLS included, or only such as were refused: anybody can
 * open them, without a token. They give way where a new one finds no place, and those without a request have a time limit.
 */
import type { IncomingMessage, ServerResponse } from "node:http";
import type { Http2ServerRequest, Http2ServerResponse } from "node:http2";
import type { Socket } from "node:net";
import type { Limits } from "./limits.ts";

interface Arrival {
  readonly socket: Socket;
  readonly since: number;
  /** Undefined once it has said what it speaks. */
  late: NodeJS.Timeout | undefined;
  /** Its requests that are not answered yet. */
  busy: number;
}

export class Arrivals {
  /** Those with a request too. */
  readonly open = new Set<Socket>();
  readonly #limits: Pick<Limits, "headers" | "silent" | "connections">;
  /** By their address: beside TLS, a connection has two sockets. In the order of their arrival. */
  readonly #strangers = new Map<string, Arrival>();

  constructor(limits: Pick<Limits, "headers" | "silent" | "connections">) {
    this.#limits = limits;
  }

  add(socket: Socket): void {
    const address = addressOf(socket);
    const late = setTimeout(() => socket.destroy(), this.#limits.headers).unref();
    this.open.add(socket);
    this.#strangers.set(address, { socket, since: performance.now(), late, busy: 0 });
    socket.on("error", () => {}); // A client that leaves midway.
    socket.once("close", () => {
      clearTimeout(late);
      this.open.delete(socket);
      if (this.#strangers.get(address)?.socket === socket) this.#strangers.delete(address);
    });
    if (this.open.size > this.#limits.connections) (this.#givesWay() ?? socket).destroy();
  }

  spoke(socket: Socket): void {
    const arrival = this.#strangers.get(addressOf(socket));
    clearTimeout(arrival?.late);
    if (arrival) arrival.late = undefined;
  }

  broughtRequest(
    socket: Socket,
    { method }: IncomingMessage | Http2ServerRequest,
    response: ServerResponse | Http2ServerResponse,
  ): void {
    const address = addressOf(socket);
    const arrival = this.#strangers.get(address);
    if (!arrival) return;
    arrival.busy += 1;
    response.once("close", () => {
      arrival.busy -= 1;
      // A preflight brings no token.
      const isAdmitted = !refusals.has(response.statusCode) && method !== "OPTIONS";
      if (isAdmitted && this.#strangers.get(address) === arrival) this.#strangers.delete(address);
    });
  }

  /** Ends those that have not said what they speak. */
  end(): void {
    for (const { socket, late } of this.#strangers.values()) if (late) socket.destroy();
  }

  /** The oldest: what comes in a burst, and speaks at once, is not meant. */
  #givesWay(): Socket | undefined {
    const oldest = [...this.#strangers.values()].find(({ busy }) => busy === 0);
    return oldest && performance.now() - oldest.since >= this.#limits.silent ? oldest.socket : undefined;
  }
}

/** What the guard, and what comes before it, answers: such a request may have shown no token. */
const refusals = new Set([400, 401, 403]);

const addressOf = ({ remoteAddress, remotePort }: Socket) => `${remoteAddress} ${remotePort}`;
