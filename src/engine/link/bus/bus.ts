/** The connection to the addon: calls of its commands, their answers, and its events. It begins as HTTP. */
import { type IncomingMessage, request } from "node:http";
import type { Socket } from "node:net";
import { unlessAborted } from "../../../async/deadline.ts";
import { isolated } from "../../../async/isolated.ts";
import type { Variant } from "../variant/variant.ts";
import { encodeFrame, FrameReader, kinds, type Message } from "./frame.ts";

/** The protocol's name in `Upgrade`; the header of the same name has its version (bus_router.gd). */
const protocol = "godot-control-bus";
/** The event of an engine that ends, and waits until this end is closed (bus.gd). */
const goodbye = "goodbye";

/** Why a call has failed, in the addon's words. */
export class Failure extends Error {
  readonly payload: Variant;

  constructor(payload: Variant) {
    super("the call has failed");
    this.payload = payload;
  }
}

/** It answered HTTP instead. */
export class Refusal extends Error {
  readonly status: number;

  constructor(status: number) {
    super(`it answered ${status} to GET /bus`);
    this.status = status;
  }
}

/** What waits to be sent is more than it may be: the engine does not read. */
export class Full extends Error {}

/** Bytes. */
const mostUnsent = 16 * 1024 * 1024;

export interface BusOptions {
  readonly port: number;
  /** What the addon must be shown. */
  readonly headers: Readonly<Record<string, string>>;
  readonly version: number;
  /** May throw where the event cannot be; then the connection is lost. */
  readonly onEvent: (name: string, payload: Variant) => void;
  /** Called once, unless it was closed from here. */
  readonly onLost: (problem: Error) => void;
}

interface Waiting {
  readonly onMessage: (message: Variant) => void;
  resolve(payload: Variant): void;
  reject(problem: Error): void;
}

export class Bus {
  readonly #options: BusOptions;
  readonly #calls = new Map<number, Waiting>();
  readonly #closing = new AbortController();
  readonly #socket: Promise<Socket>;
  #lastId = 0;
  #lastHeard = performance.now();

  constructor(options: BusOptions) {
    this.#options = options;
    this.#socket = this.#open();
    this.#socket.catch((problem: Error) => this.#lose(problem));
  }

  /**
   * @param onMessage gets what the command tells before it answers
   * @throws the signal's reason, `Failure`, `Full`, why the connection was lost, or where no Variant is like the payload
   */
  async call(
    name: string,
    payload: Variant,
    signal: AbortSignal,
    onMessage: (message: Variant) => void = () => {},
  ): Promise<Variant> {
    const socket = await unlessAborted(this.#socket, signal);
    signal.throwIfAborted();
    this.#closing.signal.throwIfAborted();
    if (socket.writableLength > mostUnsent) throw new Full("too much waits to be sent");
    this.#lastId += 1;
    const id = this.#lastId;
    const call = encodeFrame(kinds.call, id, name, payload);
    const { promise, resolve, reject } = Promise.withResolvers<Variant>();
    const abort = () => {
      if (this.#calls.has(id)) socket.write(encodeFrame(kinds.cancel, id, name, null));
      reject(signal.reason as Error);
    };
    this.#calls.set(id, { resolve, reject, onMessage });
    signal.addEventListener("abort", abort, { once: true });
    socket.write(call);
    try {
      return await promise;
    } finally {
      this.#calls.delete(id);
      signal.removeEventListener("abort", abort);
    }
  }

  /** Milliseconds since bytes came. */
  get silence(): number {
    return performance.now() - this.#lastHeard;
  }

  close(): void {
    this.#end(new Error("it was closed"));
  }

  #open(): Promise<Socket> {
    const { port, headers, version } = this.#options;
    return new Promise((resolve, reject) => {
      const outgoing = request({
        host: "127.0.0.1",
        port,
        path: "/bus",
        agent: false,
        headers: { ...headers, Connection: "Upgrade", Upgrade: protocol, [protocol]: String(version) },
        signal: this.#closing.signal,
      });
      outgoing.on("error", (error) =>
        reject(this.#closing.signal.aborted ? this.#closing.signal.reason : error),
      );
      outgoing.once("response", (response: IncomingMessage) => {
        response.destroy();
        reject(new Refusal(response.statusCode ?? 0));
      });
      outgoing.once("upgrade", (_response: IncomingMessage, socket: Socket, head: Buffer) => {
        socket.setNoDelay(true);
        this.#listen(socket, head);
        resolve(socket);
      });
      outgoing.end();
    });
  }

  #listen(socket: Socket, head: Buffer): void {
    const frames = new FrameReader();
    const take = (bytes: Buffer) => {
      this.#lastHeard = performance.now();
      try {
        for (const message of frames.read(bytes)) {
          if (message.name === goodbye) socket.destroy();
          else this.#take(message);
        }
      } catch (error) {
        socket.destroy();
        this.#lose(error as Error);
      }
    };
    let problem = new Error("it closed the connection");
    socket.on("data", take);
    socket.on("error", (error) => {
      problem = error;
    });
    socket.on("close", () => this.#lose(problem));
    this.#closing.signal.addEventListener("abort", () => socket.destroy(), { once: true });
    if (head.length > 0) take(head);
  }

  #take({ kind, id, name, payload }: Message): void {
    // The answer to a call that was given up comes too late.
    const call = this.#calls.get(id);
    if (kind === kinds.event && id === 0) this.#options.onEvent(name, payload);
    else if (kind === kinds.event) call?.onMessage(payload);
    else if (kind === kinds.answer) call?.resolve(payload);
    else if (kind === kinds.failure) call?.reject(new Failure(payload));
    else throw new Error(`it sent a frame of kind ${kind}`);
  }

  #lose(problem: Error): void {
    if (this.#closing.signal.aborted) return;
    this.#end(problem);
    isolated(() => this.#options.onLost(problem));
  }

  #end(problem: Error): void {
    this.#closing.abort(problem);
    for (const { reject } of this.#calls.values()) reject(problem);
    this.#calls.clear();
  }
}
