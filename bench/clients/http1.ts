/**
 * HTTP/1.1 over one connection with as little of its own as can be: the request is bytes made beforehand, and
 * of the answer only its length is looked at. What is measured is the server, not its client.
 */
import { connect, type Socket } from "node:net";

export interface Answer {
  readonly status: number;
  readonly text: string;
}

export class Http1Client {
  readonly #port: number;
  #socket: Socket;
  readonly #headers: string;
  #received = "";
  #resolve: (answer: Answer) => void = () => {};
  #reject: (problem: Error) => void = () => {};

  constructor(port: number, headers: Readonly<Record<string, string>> = {}) {
    this.#headers = Object.entries({ Host: "localhost", ...headers })
      .map(([name, value]) => `${name}: ${value}\r\n`)
      .join("");
    this.#port = port;
    this.#socket = this.#connect();
  }

  /** The bytes of a request, to be sent as often as one likes. */
  prepare(method: "GET" | "POST", path: string, body?: unknown): string {
    const text = body === undefined ? "" : JSON.stringify(body);
    const about = text
      ? `Content-Type: application/json\r\nContent-Length: ${Buffer.byteLength(text)}\r\n`
      : "";
    return `${method} ${path} HTTP/1.1\r\n${this.#headers}${about}\r\n${text}`;
  }

  send(request: string): Promise<Answer> {
    return new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
      // The server closes what was idle for long.
      if (this.#socket.destroyed) this.#socket = this.#connect();
      this.#socket.write(request);
    });
  }

  async json(method: "GET" | "POST", path: string, body?: unknown): Promise<Record<string, unknown>> {
    return JSON.parse((await this.send(this.prepare(method, path, body))).text) as Record<string, unknown>;
  }

  close(): void {
    this.#reject = () => {};
    this.#socket.destroy();
  }

  #connect(): Socket {
    const socket = connect({ port: this.#port, host: "127.0.0.1", noDelay: true });
    socket.setEncoding("latin1");
    socket.on("data", (text) => this.#onText(String(text)));
    socket.on("error", (error) => this.#reject(error));
    socket.on("close", () => this.#reject(new Error("the connection was closed")));
    return socket;
  }

  #onText(text: string): void {
    this.#received += text;
    const end = this.#received.indexOf("\r\n\r\n");
    const length = /\r\ncontent-length: (\d+)/i.exec(this.#received)?.[1];
    if (end < 0 || length === undefined || this.#received.length < end + 4 + Number(length)) return;
    const answer = { status: Number(this.#received.slice(9, 12)), text: this.#received.slice(end + 4) };
    this.#received = "";
    this.#resolve(answer);
  }
}
