/**
 * For a process of its own: a port on which what is named throws, again and again. Says what was reported, and at last
 * that the port goes on.
 */
import { once } from "node:events";
import { connect as connectHttp2 } from "node:http2";
import { type AddressInfo, connect } from "node:net";
import { Arrivals } from "../../src/http/front/arrivals.ts";
import { createPort } from "../../src/http/front/port.ts";
import { Unread } from "../../src/http/front/unread.ts";

process.on("unhandledRejection", (error) => process.stdout.write(`reported: ${(error as Error).message}\n`));
const fail = (): never => {
  throw new Error("a listener's fault");
};
const limits = { request: 30_001, keepAlive: 30_002, unread: 30_003 };
const listener = { called() {} };
const port = createPort(
  (_request, response) => {
    listener.called();
    response.end("well");
  },
  { limits },
);
port.server.listen(0, "127.0.0.1");
await once(port.server, "listening");
const { port: number } = port.server.address() as AddressInfo;

/** Until the other side ends it, or has answered. */
async function overHttp1(): Promise<void> {
  const socket = connect(number, "127.0.0.1").on("error", () => {});
  socket.write("GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
  await once(socket.resume(), "close");
}
async function overHttp2(): Promise<void> {
  const session = connectHttp2(`http://127.0.0.1:${number}`).on("error", () => {});
  const stream = session.request().on("error", () => {});
  await new Promise((resolve) => stream.resume().once("close", resolve));
  session.destroy();
}

/** Puts this in the place of a method or function, and gives what takes it back. */
function replaced<T extends object>(target: T, name: keyof T, by: unknown): () => void {
  const before = target[name];
  target[name] = by as never;
  return () => {
    target[name] = before;
  };
}
/** A timer of this length, and no other, cannot be set. */
function untimed(name: "setTimeout" | "setInterval", ms: number): () => void {
  const set = globalThis[name] as (...given: unknown[]) => unknown;
  return replaced(globalThis, name, (...given: unknown[]) => (given[1] === ms ? fail() : set(...given)));
}

/** How each is made to throw, and what it takes to call it. */
const faults: Record<string, [sabotage: () => () => void, call: () => Promise<void>]> = {
  connection: [() => replaced(Arrivals.prototype, "add", fail), overHttp1],
  "first bytes": [() => replaced(Arrivals.prototype, "spoke", fail), overHttp1],
  "request of HTTP/1.1": [() => replaced(Unread.prototype, "watch", fail), overHttp1],
  "request of HTTP/2": [() => replaced(Unread.prototype, "watch", fail), overHttp2],
  session: [() => untimed("setInterval", limits.keepAlive), overHttp2],
  stream: [() => untimed("setTimeout", limits.request), overHttp2],
  "listener of requests, HTTP/1.1": [() => replaced(listener, "called", fail), overHttp1],
  "listener of requests, HTTP/2": [() => replaced(listener, "called", fail), overHttp2],
  "error of the port": [
    () => () => {},
    async () => void port.server.emit("error", new Error("a listener's fault")),
  ],
};

const [sabotage, call] = faults[process.argv[2] ?? ""] ?? [fail, fail];
const undo = sabotage();
await call();
await call();
undo();
const answer = await (await fetch(`http://127.0.0.1:${number}/`)).text();
process.stdout.write(answer === "well" ? "it goes on\n" : "it does not\n");
process.exit();
