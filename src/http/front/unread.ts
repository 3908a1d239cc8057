/** Bounds the answers that wait to be read, in time and in bytes: what nobody reads fills the memory of all. */
import type { ServerResponse } from "node:http";
import { constants, type Http2ServerResponse } from "node:http2";
import type { Socket } from "node:net";
import { isolatedOn } from "../../async/isolated.ts";
import type { Limits } from "./limits.ts";

type Bounds = Pick<Limits, "unread" | "unreadBytes" | "unreadBytesInAll">;

export class Unread {
  readonly #bounds: Bounds;
  readonly #connections = new Map<Socket, Connection>();
  /** No less than waits: what waited when it was last counted, and all that was written since. */
  #bytes = 0;

  constructor(bounds: Bounds) {
    this.#bounds = bounds;
  }

  watch(socket: Socket, response: ServerResponse): void {
    const connection = this.#connections.get(socket) ?? new Connection(socket);
    this.#connections.set(socket, connection);
    const answer = new Answer(response);
    connection.answers.add(answer);
    response.once("close", () => {
      clearTimeout(answer.late);
      connection.answers.delete(answer);
      if (connection.answers.size === 0) this.#connections.delete(socket);
    });
    for (const method of ["write", "end"] as const) {
      const send = response[method].bind(response) as (...given: unknown[]) => never;
      response[method] = (...given: unknown[]) => {
        const result = send(...given);
        this.#wrote(connection, answer, sizeOf(given[0]));
        return result;
      };
    }
  }

  #wrote(connection: Connection, answer: Answer, size: number): void {
    answer.written += size;
    connection.written += size;
    connection.bytes += size;
    this.#bytes += size;
    const { unread, unreadBytes, unreadBytesInAll } = this.#bounds;
    if (!answer.late && answer.waiting > 0) limitTime(connection, answer, unread);
    if (connection.bytes > unreadBytes && connection.count() > unreadBytes) connection.socket.destroy();
    if (this.#bytes > unreadBytesInAll && this.#count() > unreadBytesInAll) this.#cutLargest();
  }

  #count(): number {
    this.#bytes = 0;
    for (const connection of this.#connections.values()) this.#bytes += connection.count();
    return this.#bytes;
  }

  #cutLargest(): void {
    const [largest] = [...this.#connections.values()].toSorted((one, other) => other.bytes - one.bytes);
    largest?.socket.destroy();
  }
}

class Answer {
  readonly response: ServerResponse;
  written = 0;
  late: NodeJS.Timeout | undefined;

  constructor(response: ServerResponse) {
    this.response = response;
  }

  /** What was written at once counts until all of it is taken: Node does not say how much of it is. */
  get waiting(): number {
    return this.response.writableLength;
  }

  cut(): void {
    const { stream } = this.response as unknown as Http2ServerResponse;
    if (stream) stream.close(constants.NGHTTP2_CANCEL);
    else this.response.destroy();
  }
}

class Connection {
  readonly socket: Socket;
  readonly answers = new Set<Answer>();
  written = 0;
  /** As of all connections. */
  bytes = 0;

  constructor(socket: Socket) {
    this.socket = socket;
  }

  count(): number {
    this.bytes = 0;
    for (const { waiting } of this.answers) this.bytes += waiting;
    return this.bytes;
  }
}

/** Looks, as long as something waits, whether any of it was taken meanwhile. */
function limitTime(connection: Connection, answer: Answer, ms: number): void {
  const taken = answer.written - answer.waiting;
  const takenInAll = connection.written - connection.count();
  const look = () => {
    answer.late = undefined;
    const { waiting } = answer;
    if (waiting === 0) return;
    if (answer.written - waiting > taken) limitTime(connection, answer, ms);
    else if (connection.written - connection.count() > takenInAll) answer.cut();
    // A client that takes nothing at all would not even be told.
    else connection.socket.destroy();
  };
  answer.late = setTimeout(isolatedOn, ms, connection.socket, look).unref();
}

const sizeOf = (chunk: unknown) =>
  typeof chunk === "string" ? Buffer.byteLength(chunk) : chunk instanceof Uint8Array ? chunk.length : 0;
