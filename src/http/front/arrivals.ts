/**
 * Connections that have brought no request yet, a handshake of TLS included: anybody can open them, without a token.
 * They have a time limit, and give way where a new one finds no place.
 */
import type { Socket } from "node:net";
import type { Limits } from "./limits.ts";

interface Arrival {
  readonly socket: Socket;
  readonly since: number;
  /** Undefined once it has said what it speaks. */
  late: NodeJS.Timeout | undefined;
}

export class Arrivals {
  /** Those with a request too. */
  readonly open = new Set<Socket>();
  readonly #limits: Pick<Limits, "headers" | "silent" | "connections">;
  /** By their address: beside TLS, a connection has two sockets. In the order of their arrival. */
  readonly #silent = new Map<string, Arrival>();

  constructor(limits: Pick<Limits, "headers" | "silent" | "connections">) {
    this.#limits = limits;
  }

  add(socket: Socket): void {
    const address = addressOf(socket);
    const late = setTimeout(() => socket.destroy(), this.#limits.headers).unref();
    this.open.add(socket);
    this.#silent.set(address, { socket, since: performance.now(), late });
    socket.on("error", () => {}); // A client that leaves midway.
    socket.once("close", () => {
      clearTimeout(late);
      this.open.delete(socket);
      if (this.#silent.get(address)?.socket === socket) this.#silent.delete(address);
    });
    if (this.open.size > this.#limits.connections) (this.#givesWay() ?? socket).destroy();
  }

  spoke(socket: Socket): void {
    const arrival = this.#silent.get(addressOf(socket));
    clearTimeout(arrival?.late);
    if (arrival) arrival.late = undefined;
  }

  broughtRequest(socket: Socket): void {
    this.#silent.delete(addressOf(socket));
  }

  /** Ends those that have not said what they speak. */
  end(): void {
    for (const { socket, late } of this.#silent.values()) if (late) socket.destroy();
  }

  /** The oldest: what comes in a burst, and speaks at once, is not meant. */
  #givesWay(): Socket | undefined {
    const [oldest] = this.#silent.values();
    return oldest && performance.now() - oldest.since >= this.#limits.silent ? oldest.socket : undefined;
  }
}

const addressOf = ({ remoteAddress, remotePort }: Socket) => `${remoteAddress} ${remotePort}`;
