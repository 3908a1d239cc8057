/** What a client may cost: times in ms, sizes in bytes. A test shortens them. */
export interface Limits {
  /** Until a handshake is done, then until the first bytes, and until a request's headers, are there. */
  readonly headers: number;
  /** A connection without a request gives its place to a new one after this long, where there is no other. */
  readonly silent: number;
  /** How often Node looks for requests that are late; by itself only every 30 s. */
  readonly headersCheck: number;
  /** Until a request is there with its whole body; an answer may take as long as it likes. */
  readonly request: number;
  /** Without a request. */
  readonly idle: number;
  /** When we have said all. */
  readonly halfClosed: number;
  /** Until the client has taken more of an answer; what was written at once has to be taken in whole by then. */
  readonly unread: number;
  /** The same once the server ends: a client that reads takes the end of its streams by then. */
  readonly unreadAtEnd: number;
  /** Of answers that wait to be read: its next request is not begun before less waits. */
  readonly behind: number;
  /** Of answers that wait to be read, on one connection. */
  readonly unreadBytes: number;
  /** The same, on all connections. */
  readonly unreadBytesInAll: number;
  /** Between two signs of life that a client, or what lies between, is asked for, where nothing is to be said. */
  readonly keepAlive: number;
  /** Until a client of HTTP/2 answers one. */
  readonly pong: number;
  readonly connections: number;
  /** On one connection of HTTP/2. */
  readonly streams: number;
  /** Requests that wait behind the one that is being answered, on one connection of HTTP/1.1; one more closes it. */
  readonly pipelined: number;
  /** Requests that are begun, on all connections, and have neither said anything yet nor are slow to. */
  readonly answering: number;
  /** What has said nothing by then waits for something, and makes no answer meanwhile. */
  readonly quick: number;
}

export const defaultLimits: Limits = Object.freeze({
  headers: 10_000,
  silent: 1_000,
  headersCheck: 500,
  request: 30_000,
  idle: 75_000,
  halfClosed: 500,
  unread: 30_000,
  unreadAtEnd: 1_000,
  behind: 1024 * 1024,
  unreadBytes: 64 * 1024 * 1024,
  unreadBytesInAll: 128 * 1024 * 1024,
  keepAlive: 15_000,
  pong: 20_000,
  connections: 256,
  streams: 128,
  pipelined: 16,
  answering: 16,
  quick: 20,
});
