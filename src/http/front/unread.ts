/** Bounds the answers that wait to be read, in time and in bytes: what nobody reads fills the memory of all. */
import type { ServerResponse } from "node:http";
import { constants, type Http2ServerResponse } from "node:http2";
import type { Socket } from "node:net";
import { isolatedOn } from "../../async/isolated.ts";
import type { Limits } from "./limits.ts";
import { onSend } from "./sends.ts";

type Bounds = Pick<Limits, "unread" | "unreadAtEnd" | "behind" | "unreadBytes" | "unreadBytesInAll">;

export class Unread {
  readonly #bounds: Bounds;
  readonly #connections = new Map<Socket, Connection>();
  /** No less than waits: what waited when it was last counted, and all that was written since. */
  #bytes = 0;
  /** Until the client has taken more, in milliseconds. */
  #patience: number;

  constructor(bounds: Bounds) {
    this.#bounds = bounds;
    this.#patience = bounds.unread;
  }

  /** The server ends: there is less time to take what waits. */
  end(): void {
    this.#patience = this.#bounds.unreadAtEnd;
    for (const connection of this.#connections.values())
      for (const answer of connection.answers) {
        clearTimeout(answer.late);
        if (answer.waiting > 0) limitTime(connection, answer, this.#patience);
      }
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
    onSend(response, (size) => this.#wrote(connection, answer, size));
  }

  /** Whether so much waits on a connection that it gets nothing more to read. */
  isBehind(socket: Socket): boolean {
    const connection = this.#connections.get(socket);
    const { behind } = this.#bounds;
    return connection !== undefined && connection.bytes > behind && connection.count() > behind;
  }

  #wrote(connection: Connection, answer: Answer, size: number): void {
    answer.written += size;
    connection.written += size;
    connection.bytes += size;
    this.#bytes += size;
    const { unreadBytes, unreadBytesInAll } = this.#bounds;
    if (!answer.late && answer.waiting > 0) limitTime(connection, answer, this.#patience);
    if (connection.bytes > unreadBytes && connection.count() > unreadBytes) this.#cut(connection);
    if (this.#bytes > unreadBytesInAll) this.#cutLargest(unreadBytesInAll);
  }

  #count(): number {
    this.#bytes = 0;
    for (const connection of this.#connections.values()) this.#bytes += connection.count();
    return this.#bytes;
  }

  #cutLargest(most: number): void {
    if (this.#count() <= most) return;
    for (const largest of [...this.#connections.values()].toSorted((one, other) => other.bytes - one.bytes)) {
      if (this.#bytes <= most) return;
      this.#cut(largest);
    }
  }

  /** Its answers are gone from here at once, and from the memory when the socket has closed. */
  #cut({ socket, bytes }: Connection): void {
    this.#connections.delete(socket);
    this.#bytes -= bytes;
    socket.destroy();
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
