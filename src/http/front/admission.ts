/**
 * Begins requests, a few at a time, and those of each connection in turn. Thousands can arrive at once, and if all were
 * begun, all would make their answers before the first is sent: no bound on what waits to be read could act.
 */
import type { ServerResponse } from "node:http";
import type { Http2ServerResponse } from "node:http2";
import type { Socket } from "node:net";
import { isGone } from "../rest/gone.ts";
import type { Limits } from "./limits.ts";
import { onSend } from "./sends.ts";

interface Request {
  readonly response: ServerResponse | Http2ServerResponse;
  /** Throws nothing. */
  readonly begin: () => void;
}

export class Admission {
  readonly #limits: Pick<Limits, "answering" | "quick">;
  readonly #isBehind: (socket: Socket) => boolean;
  /** That have been begun, and may yet be quick to answer. */
  #answering = 0;
  /** In the order in which each connection gets its next turn. */
  readonly #waiting = new Map<Socket, Request[]>();

  /** @param isBehind whether so much waits to be read on a connection that it gets nothing more to read */
  constructor(limits: Pick<Limits, "answering" | "quick">, isBehind: (socket: Socket) => boolean) {
    this.#limits = limits;
    this.#isBehind = isBehind;
  }

  add(socket: Socket, request: Request): void {
    const waiting = this.#waiting.get(socket);
    if (waiting) waiting.push(request);
    else this.#waiting.set(socket, [request]);
    this.#beginNext();
  }

  #beginNext(): void {
    // A connection that is put back comes again, after the others.
    for (const [socket, [request, ...others]] of this.#waiting) {
      if (this.#answering >= this.#limits.answering) return;
      if (this.#isBehind(socket)) continue;
      this.#waiting.delete(socket);
      if (others.length > 0) this.#waiting.set(socket, others);
      // Its client may have left meanwhile, or been cut off.
      if (request && !isGone(request.response) && !socket.destroyed) this.#begin(request);
    }
  }

  #begin({ response, begin }: Request): void {
    this.#answering += 1;
    let isOver = false;
    const over = () => {
      if (isOver) return;
      isOver = true;
      clearTimeout(slow);
      // Only a turn of the event loop sends what was answered, and ends connections that are over their bound.
      setImmediate(() => {
        this.#answering -= 1;
        this.#beginNext();
      });
    };
    // A watch says something at once; what waits for the engine, or for the next line of the log, makes nothing yet.
    const slow = setTimeout(over, this.#limits.quick).unref();
    onSend(response, over);
    // The connection may have been behind until then.
    for (const event of ["drain", "finish"]) response.on(event, () => this.#beginNext());
    response.once("close", () => {
      over();
      this.#beginNext();
    });
    begin();
  }
}
