/** Requests to the engine's HTTP side, over kept-alive connections. */
import { Agent, type IncomingMessage, request } from "node:http";
import { engineUnresponsive } from "../../errors/engine.ts";
import { largestAnswer } from "../bounds.ts";

export interface Answer {
  readonly status: number;
  /** The parsed JSON; undefined where the body is none. */
  readonly body: unknown;
}

export class HttpClient {
  readonly port: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly #agent: Agent;

  constructor(port: number, headers: Readonly<Record<string, string>> = {}) {
    this.port = port;
    this.headers = headers;
    // Node's agent would use a connection again that the other side was asked to close.
    this.#agent = new Agent({ keepAlive: headers.Connection !== "close", maxSockets: 16 });
  }

  /**
   * One request, one answer.
   * @throws the signal's reason, or `engineUnresponsive`
   */
  async call(method: "GET" | "POST", path: string, signal: AbortSignal, body?: unknown): Promise<Answer> {
    const response = await this.open(method, path, signal, body);
    try {
      let text = "";
      response.setEncoding("utf8");
      for await (const chunk of response) {
        text += chunk;
        if (text.length > largestAnswer) throw new Error(`its answer is over ${largestAnswer} bytes`);
      }
      return { status: response.statusCode ?? 0, body: parse(text) };
    } catch (error) {
      throw signal.aborted ? signal.reason : engineUnresponsive((error as Error).message);
    }
  }

  /** Sends a request and answers with the response before its body was read. */
  open(method: "GET" | "POST", path: string, signal: AbortSignal, body?: unknown): Promise<IncomingMessage> {
    return new Promise((resolve, reject) => {
      // Head and body leave in one write: a godottpd takes each packet for a whole request.
      const text = body === undefined ? undefined : JSON.stringify(body);
      const headers: Record<string, string | number> = { ...this.headers };
      if (text !== undefined) {
        headers["Content-Type"] = "application/json";
        headers["Content-Length"] = Buffer.byteLength(text);
      }
      const { port } = this;
      const outgoing = request({
        host: "127.0.0.1",
        port,
        method,
        path,
        headers,
        signal,
        agent: this.#agent,
      });
      outgoing.once("response", resolve);
      // Node destroys such a connection without a word where nothing listens.
      outgoing.once("upgrade", (_response, socket) => {
        socket.destroy();
        reject(engineUnresponsive("it answered 101 to a request of HTTP"));
      });
      outgoing.on("error", (error) =>
        reject(signal.aborted ? signal.reason : engineUnresponsive(error.message)),
      );
      outgoing.end(text);
    });
  }

  close(): void {
    this.#agent.destroy();
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
