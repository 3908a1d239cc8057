/** The channel to the addon, against servers that commit each fault an HTTP side can. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { type AddressInfo, createServer, type Socket } from "node:net";
import { type TestContext, test } from "node:test";
import { Channel } from "../../../../src/engine/link/channel.ts";

const never = () => new AbortController().signal;
const http = (body: string, status = "200 OK") =>
  `HTTP/1.1 ${status}\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`;
const unresponsive = (problem: RegExp) => (error: Error & { reason?: string }) => {
  assert.equal(error.reason, "ENGINE_UNRESPONSIVE");
  assert.match(error.message, problem);
  return true;
};

/** A channel to a server that does this with each request; `connections` counts. */
async function channelTo(context: TestContext, onRequest: (socket: Socket, request: string) => void) {
  const sockets: Socket[] = [];
  const server = createServer((socket) => {
    sockets.push(socket);
    socket.on("data", (bytes) => onRequest(socket, bytes.toString()));
    socket.on("error", () => {});
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const channel = new Channel((server.address() as AddressInfo).port, { Authorization: "Bearer secret" });
  context.after(() => {
    channel.close();
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return { channel, sockets };
}

test("a call is one packet with its headers, and its answer is read", async (context) => {
  let heard = "";
  const { channel } = await channelTo(context, (socket, request) => {
    heard = request;
    socket.write(http('{"ünï":1}', "422 Unprocessable Content"));
  });
  const answer = await channel.post("/scene/load", { path: "ß" }, never());
  assert.deepEqual(answer, { status: 422, body: { ünï: 1 } });
  assert.match(
    heard,
    /^POST \/scene\/load HTTP\/1\.1\r\nHost: 127\.0\.0\.1:\d+\r\nAuthorization: Bearer secret\r\n/,
  );
  assert.match(heard, /Content-Length: 13\r\n\r\n\{"path":"ß"\}$/);
});

test("calls in a row share a connection, calls at once do not", async (context) => {
  const waiting: Socket[] = [];
  const { channel, sockets } = await channelTo(context, (socket, request) => {
    if (request.includes("/held")) waiting.push(socket);
    else socket.write(http("1"));
  });
  await channel.post("/a", {}, never());
  await channel.post("/b", {}, never());
  assert.equal(sockets.length, 1);
  const held = channel.post("/held", {}, never());
  assert.equal((await channel.post("/c", {}, never())).body, 1);
  assert.equal(sockets.length, 2);
  waiting[0]?.write(http("2"));
  assert.equal((await held).body, 2);
});

test("an answer that comes byte by byte is read whole", async (context) => {
  const { channel } = await channelTo(context, (socket) => {
    socket.setNoDelay(true);
    const bytes = [...Buffer.from(http('{"a":"ß"}'))];
    const writeNext = () => {
      const byte = bytes.shift();
      if (byte !== undefined) socket.write(Buffer.of(byte), () => setImmediate(writeNext));
    };
    writeNext();
  });
  assert.deepEqual((await channel.post("/", {}, never())).body, { a: "ß" });
});

for (const [what, answer, problem] of [
  ["is no HTTP", "garbage\r\n\r\n", /no HTTP/],
  ["has no length", "HTTP/1.1 200 OK\r\n\r\n{}", /no HTTP/],
  ["has a head without an end", "a".repeat(20_000), /no HTTP/],
  [
    "is longer than any answer",
    "HTTP/1.1 200 OK\r\nContent-Length: 999999999999\r\n\r\n",
    /is over \d+ bytes/,
  ],
  ["is longer than it says", `${http("{}")}{}`, /more than it was asked/],
  ["is no JSON", http("{"), /JSON/],
] as const) {
  test(`an answer that ${what} fails the call, and the next one has a new connection`, async (context) => {
    let first = true;
    const { channel, sockets } = await channelTo(context, (socket) => {
      socket.write(first ? answer : http("1"));
      first = false;
    });
    await assert.rejects(channel.post("/", {}, never()), unresponsive(problem));
    assert.equal((await channel.post("/", {}, never())).body, 1);
    assert.equal(sockets.length, 2);
  });
}

for (const [what, fault] of [
  ["before it answers", (socket: Socket) => socket.end()],
  ["in the middle of its answer", (socket: Socket) => socket.end(http("{}").slice(0, -1))],
  ["by a reset", (socket: Socket) => socket.resetAndDestroy()],
] as const) {
  test(`a connection that closes ${what} fails the call at once`, async (context) => {
    const { channel } = await channelTo(context, fault);
    await assert.rejects(channel.post("/", {}, never()), unresponsive(/closed the connection|ECONNRESET/));
  });
}

test("a connection that closes between two calls is not used again", async (context) => {
  const { channel, sockets } = await channelTo(context, (socket) => socket.write(http("1")));
  await channel.post("/", {}, never());
  const [idle] = sockets;
  assert.ok(idle);
  // Closed from the other side: the channel's own end is gone when the server has seen it close.
  idle.end();
  await once(idle, "close");
  assert.equal((await channel.post("/", {}, never())).body, 1);
  assert.equal(sockets.length, 2);
});

test("nobody there fails the call, naming the cause", async (context) => {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  const channel = new Channel(port, {});
  context.after(() => channel.close());
  await assert.rejects(channel.post("/", {}, never()), unresponsive(/ECONNREFUSED/));
});

test("a caller that leaves gets its own reason, and its connection is closed", async (context) => {
  const arrived = Promise.withResolvers<Socket>();
  const { channel } = await channelTo(context, (socket) => arrived.resolve(socket));
  const leaving = new AbortController();
  const call = channel.post("/", {}, leaving.signal);
  const socket = await arrived.promise;
  const closed = once(socket, "close");
  const reason = new Error("left");
  leaving.abort(reason);
  await assert.rejects(call, reason);
  await closed;
  await assert.rejects(channel.post("/", {}, leaving.signal), reason);
});

test("a channel that is closed fails what is under way", async (context) => {
  const { channel } = await channelTo(context, () => channel.close());
  await assert.rejects(channel.post("/", {}, never()), unresponsive(/closed the connection/));
});
