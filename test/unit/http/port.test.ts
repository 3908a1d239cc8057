import assert from "node:assert/strict";
import { once } from "node:events";
import type { IncomingMessage, RequestListener, ServerResponse } from "node:http";
import { type ClientHttp2Session, connect as connectHttp2 } from "node:http2";
import { type AddressInfo, connect, type Socket } from "node:net";
import { text } from "node:stream/consumers";
import { type TestContext, test } from "node:test";
import { setImmediate as nextTurn } from "node:timers/promises";
import { createPort, type Port } from "../../../src/http/port.ts";

const hello: RequestListener = (request, response) => {
  response.end(`${request.method} ${request.httpVersion}`);
};

interface Open {
  readonly port: Port;
  readonly number: number;
  /** A plain connection. */
  socket(): Socket;
  /** A connection of HTTP/2. */
  session(): ClientHttp2Session;
}

async function open(t: TestContext, listener: RequestListener): Promise<Open> {
  const port = createPort(listener);
  port.server.listen(0, "127.0.0.1");
  await once(port.server, "listening");
  const { port: number } = port.server.address() as AddressInfo;
  const clients: { destroy(): void }[] = [];
  t.after(async () => {
    for (const client of clients) client.destroy();
    port.server.close();
    await port.drain(0);
  });
  return {
    port,
    number,
    socket() {
      const socket = connect(number, "127.0.0.1");
      socket.setNoDelay(true).on("error", () => {});
      clients.push(socket);
      return socket;
    },
    session() {
      const session = connectHttp2(`http://127.0.0.1:${number}`).on("error", () => {});
      clients.push(session);
      return session;
    },
  };
}

/** A request whose answer the test gives itself, whenever it likes. */
function held() {
  const { promise, resolve } = Promise.withResolvers<ServerResponse>();
  const listener = (_request: IncomingMessage, response: ServerResponse) => resolve(response);
  return { listener, arrived: promise };
}

test("HTTP/1.1 is answered, many requests on one connection", async (t) => {
  const { number } = await open(t, hello);
  for (const method of ["GET", "POST", "PUT", "PATCH"]) {
    const response = await fetch(`http://127.0.0.1:${number}/`, { method });
    assert.equal(await response.text(), `${method} 1.1`);
  }
});

test("cleartext HTTP/2 is answered on the same port", async (t) => {
  const session = (await open(t, hello)).session();
  const answers = await Promise.all([1, 2, 3].map(() => text(session.request({ ":method": "POST" }))));
  assert.deepEqual(answers, ["POST 2.0", "POST 2.0", "POST 2.0"]);
});

test("what is neither is answered with 400 and closed", async (t) => {
  const socket = (await open(t, hello)).socket();
  socket.write("\x16\x03\x01 this is TLS\r\n\r\n");
  assert.match(await text(socket), /^HTTP\/1.1 400 /);
});

test("broken frames end their own session only", async (t) => {
  const { socket, number } = await open(t, hello);
  const broken = socket();
  broken.write("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\nthis is no frame at all, but long enough");
  broken.resume();
  await once(broken, "close");
  assert.equal(await (await fetch(`http://127.0.0.1:${number}/`)).text(), "GET 1.1");
});

test("a session may have 128 streams", async (t) => {
  const session = (await open(t, hello)).session();
  await once(session, "remoteSettings");
  assert.equal(session.remoteSettings.maxConcurrentStreams, 128);
});

test("on drain, idle connections are closed at once", async (t) => {
  const { port, socket, session } = await open(t, hello);
  const http1 = socket();
  http1.write("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n");
  await once(http1, "data");
  const http2 = session();
  await text(http2.request());
  const closed = Promise.all([once(http1, "close"), once(http2, "close")]);
  t.mock.timers.enable({ apis: ["setTimeout"] }); // The grace never ends.
  await Promise.all([port.drain(1), closed]);
});

test("on drain, calls in flight are finished", async (t) => {
  const request = held();
  const { port, socket } = await open(t, request.listener);
  const client = socket();
  client.write("GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
  const response = await request.arrived;
  t.mock.timers.enable({ apis: ["setTimeout"] });
  const drained = port.drain(1);
  response.end("finished");
  assert.match(await text(client), /finished$/);
  await drained;
});

test("on drain, calls in flight over HTTP/2 are finished", async (t) => {
  const request = held();
  const { port, session } = await open(t, request.listener);
  const answer = text(session().request());
  const response = await request.arrived;
  t.mock.timers.enable({ apis: ["setTimeout"] });
  const drained = port.drain(1);
  response.end("finished");
  assert.equal(await answer, "finished");
  await drained;
});

test("on drain, a call that is stuck is cut off when the grace ends, and not before", async (t) => {
  const request = held();
  const { port, socket } = await open(t, request.listener);
  const client = socket();
  client.write("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n");
  await request.arrived;
  t.mock.timers.enable({ apis: ["setTimeout"] });
  const drained = port.drain(5000);
  t.mock.timers.tick(4999);
  await nextTurn();
  assert.equal(client.closed, false);
  t.mock.timers.tick(1);
  await Promise.all([drained, once(client, "close")]);
});

/** Sends each byte in a packet of its own, as far as the system lets it. */
async function trickle(socket: Socket, bytes: string): Promise<void> {
  for (const byte of Buffer.from(bytes)) {
    await new Promise((resolve) => socket.write(Buffer.of(byte), resolve));
    await nextTurn();
  }
}

test("a preface that comes byte by byte is still HTTP/2", async (t) => {
  const socket = (await open(t, hello)).socket();
  await trickle(socket, "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");
  socket.write(Buffer.from([0, 0, 0, 4, 0, 0, 0, 0, 0]));
  const [frame] = (await once(socket, "data")) as [Buffer];
  assert.equal(frame[3], 4, "The server answers with its own SETTINGS frame.");
});

test("a request of HTTP/1.1 that begins like the preface and comes byte by byte is one", async (t) => {
  const { socket } = await open(t, hello);
  for (const method of ["POST", "PROPFIND", "PUT"]) {
    const client = socket();
    await trickle(client, `${method} / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n`);
    assert.match(await text(client), new RegExp(`^HTTP/1.1 200 OK\r\n[^]*${method} 1.1`));
  }
});

test("a connection that leaves in the middle of the preface harms nobody", async (t) => {
  const { socket, number } = await open(t, hello);
  const leaving = socket();
  await trickle(leaving, "PRI * HT");
  leaving.resetAndDestroy();
  assert.equal(await (await fetch(`http://127.0.0.1:${number}/`)).text(), "GET 1.1");
});

test("when it drains, a connection that has sent nothing, or half a line, is closed at once", async (t) => {
  const { port, socket } = await open(t, hello);
  const silent = socket();
  await once(port.server, "connection");
  const halfway = socket();
  const [accepted] = (await once(port.server, "connection")) as [Socket];
  halfway.write("GET / HT");
  await once(accepted, "readable");
  const closed = [once(silent, "close"), once(halfway, "close")];
  // With a grace this long, the test would not end in time.
  await port.drain(600_000);
  await Promise.all(closed);
});
