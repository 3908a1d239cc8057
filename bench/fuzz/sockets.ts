/** Bytes as no client would send them, over a raw connection. */
import { connect } from "node:net";
import type { Random } from "./mutate.ts";

/** An answer, or none, within so many ms: what was sent may well be incomplete. */
const patience = 150;

/** Sends bytes over a connection of their own, and resolves to what came back until it closed or was given up. */
export function exchange(port: number, bytes: Uint8Array): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1");
    let received = "";
    const timer = setTimeout(() => socket.destroy(), patience);
    socket.on("data", (chunk) => {
      received += chunk.toString("latin1");
      // One answer is enough.
      if (received.includes("\r\n\r\n")) socket.destroy();
    });
    socket.on("error", () => {});
    socket.on("close", () => {
      clearTimeout(timer);
      resolve(received);
    });
    socket.write(bytes);
  });
}

const harmfulHttp = [
  ...["\r\n", "\n", "\r", "\0", ": ", "Content-Length: -1\r\n", "Content-Length: 99999999999999\r\n"],
  ...["Transfer-Encoding: chunked\r\n", "Transfer-Encoding: gzip, chunked\r\n", "Expect: 100-continue\r\n"],
  ...[
    "Upgrade: h2c\r\nConnection: Upgrade, HTTP2-Settings\r\nHTTP2-Settings: AAMAAABk\r\n",
    "Host: evil.test\r\n",
  ],
  ...[
    "CONNECT evil.test:80 HTTP/1.1",
    "GET http://evil.test/ HTTP/1.1",
    "HTTP/0.9",
    "HTTP/9.9",
    "x".repeat(20_000),
  ],
  ...[
    "Connection: close, Authorization\r\n",
    "Origin: null\r\n",
    "0\r\n\r\n",
    "ffffffff\r\n",
    '{"a":'.repeat(500),
  ],
];

/** A request of HTTP/1.1, mutated. */
export const http1 = (random: Random, requests: readonly string[]): Buffer =>
  random.mutated(Buffer.from(random.pick(requests)), harmfulHttp);

const preface = Buffer.from("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");

/** The preface of HTTP/2, then frames of any type, flags, stream and content (RFC 9113, section 4.1). */
export function http2(random: Random): Buffer {
  const frame = (type: number, flags: number, stream: number, payload: Buffer, length = payload.length) => {
    const head = Buffer.alloc(9);
    head.writeUIntBE(length, 0, 3);
    head.writeUInt8(type, 3);
    head.writeUInt8(flags, 4);
    head.writeUInt32BE(stream, 5);
    return Buffer.concat([head, payload]);
  };
  const frames = [preface, frame(4, 0, 0, Buffer.alloc(0))];
  for (let count = random.below(30); count >= 0; count -= 1)
    frames.push(
      frame(
        random.below(12),
        random.below(256),
        random.pick([0, 1, 3, 5, 2 ** 31 - 1, random.below(2 ** 31)]),
        random.bytes(64),
        random.pick([undefined, undefined, undefined, random.below(2 ** 24)]),
      ),
    );
  return random.below(4) === 0
    ? random.mutated(Buffer.concat(frames), ["\0", "\xff"])
    : Buffer.concat(frames);
}
