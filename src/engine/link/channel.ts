/**
 * Calls to our addon over kept-alive connections: one request at a time on each, head and body in one packet.
 * It reads just what the addon writes (http_response.gd): a status line, headers with a Content-Length, a body.
 */
import { connect, type Socket } from "node:net";
import { engineUnresponsive } from "../../errors/engine.ts";
import { largestAnswer, largestHead } from "../bounds.ts";
import type { Answer } from "./http_client.ts";

const endOfHead = "\r\n\r\n";

export class Channel {
  readonly #port: number;
  readonly #head: string;
  readonly #idle: Connection[] = [];
  readonly #all = new Set<Connection>();

  constructor(port: number, headers: Readonly<Record<string, string>>) {
    this.#port = port;
    const lines = Object.entries({ Host: `127.0.0.1:${port}`, ...headers });
    this.#head = lines.map(([name, value]) => `${name}: ${value}\r\n`).join("");
  }

  /** @throws the signal's reason, or `engineUnresponsive` */
  async post(path: string, body: unknown, signal: AbortSignal): Promise<Answer> {
    signal.throwIfAborted();
    const connection = this.#idle.pop() ?? this.#open();
    const text = JSON.stringify(body);
    const abort = () => connection.close();
    signal.addEventListener("abort", abort, { once: true });
    try {
      const answer = await connection.exchange(
        `POST ${path} HTTP/1.1\r\n${this.#head}Content-Type: application/json\r\nContent-Length: ${Buffer.byteLength(text)}${endOfHead}${text}`,
      );
      this.#idle.push(connection);
      return answer;
    } catch (error) {
      throw signal.aborted ? signal.reason : engineUnresponsive((error as Error).message);
    } finally {
      signal.removeEventListener("abort", abort);
    }
  }

  close(): void {
    for (const connection of this.#all) connection.close();
  }

  #open(): Connection {
    const connection = new Connection(this.#port, () => {
      this.#all.delete(connection);
      const place = this.#idle.indexOf(connection);
      if (place >= 0) this.#idle.splice(place, 1);
    });
    this.#all.add(connection);
    return connection;
  }
}

interface Exchange {
  resolve(answer: Answer): void;
  reject(problem: Error): void;
}

class Connection {
  readonly #socket: Socket;
  /** What came of the answer so far. */
  #received: Buffer[] = [];
  #size = 0;
  /** How long the whole answer is; 0 until its head is there. */
  #awaited = 0;
  #exchange: Exchange | undefined;

  constructor(port: number, onClose: () => void) {
    this.#socket = connect({ port, host: "127.0.0.1", noDelay: true });
    this.#socket.on("data", (bytes) => this.#onData(bytes));
    let problem = new Error("it closed the connection");
    this.#socket.on("error", (error) => {
      problem = error;
    });
    this.#socket.on("close", () => {
      onClose();
      this.#exchange?.reject(problem);
    });
  }

  exchange(request: string): Promise<Answer> {
    return new Promise((resolve, reject) => {
      this.#exchange = { resolve, reject };
      this.#socket.write(request);
    });
  }

  close(): void {
    this.#socket.destroy();
  }

  #onData(bytes: Buffer): void {
    this.#received.push(bytes);
    this.#size += bytes.length;
    if (this.#size < this.#awaited) return;
    const all = this.#received.length === 1 ? bytes : Buffer.concat(this.#received);
    this.#received = [all];
    try {
      this.#read(all);
    } catch (error) {
      this.#socket.destroy(error as Error);
    }
  }

  /** @throws where the answer is none, or too large */
  #read(all: Buffer): void {
    const end = all.indexOf(endOfHead);
    if (end < 0) {
      if (all.length > largestHead) throw new Error("its answer is no HTTP");
      return;
    }
    const head = all.toString("latin1", 0, end);
    const status = /^HTTP\/1\.1 (\d{3}) /.exec(head)?.[1];
    const length = /\r\nContent-Length: (\d+)(?:\r\n|$)/i.exec(head)?.[1];
    if (!this.#exchange || status === undefined || length === undefined)
      throw new Error("its answer is no HTTP");
    if (Number(length) > largestAnswer) throw new Error(`its answer is over ${largestAnswer} bytes`);
    this.#awaited = end + endOfHead.length + Number(length);
    if (all.length < this.#awaited) return;
    if (all.length > this.#awaited) throw new Error("it answered more than it was asked");
    const body = JSON.parse(all.toString("utf8", end + endOfHead.length)) as unknown;
    const { resolve } = this.#exchange;
    this.#exchange = undefined;
    this.#received = [];
    this.#size = 0;
    this.#awaited = 0;
    resolve({ status: Number(status), body });
  }
}
