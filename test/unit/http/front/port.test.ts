import assert from "node:assert/strict";
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import type { IncomingMessage, RequestListener, ServerResponse } from "node:http";
import { type ClientHttp2Session, connect as connectHttp2, constants, type Settings } from "node:http2";
import { type AddressInfo, connect, type Socket } from "node:net";
import { text } from "node:stream/consumers";
import { type TestContext, test } from "node:test";
import { setImmediate as nextTurn } from "node:timers/promises";
import { connect as connectTls } from "node:tls";
import type { TlsFiles } from "../../../../src/http/front/credentials.ts";
import type { Limits } from "../../../../src/http/front/limits.ts";
import { createPort, type Port } from "../../../../src/http/front/port.ts";
import { certificate } from "../../../support/certificate.ts";

const hello: RequestListener = (request, response) => {
  response.end(`${request.method} ${request.httpVersion}`);
};

interface Open {
  readonly port: Port;
  readonly number: number;
  /** A plain connection. */
  socket(): Socket;
  /** A connection of HTTP/2. */
  session(settings?: Settings): ClientHttp2Session;
}

async function open(
  t: TestContext,
  listener: RequestListener,
  limits: Partial<Limits> = {},
  tls?: TlsFiles,
): Promise<Open> {
  const port = createPort(listener, { limits, tls });
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
    session(settings = {}) {
      const session = connectHttp2(`http://127.0.0.1:${number}`, { settings }).on("error", () => {});
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

const unreadBodies: readonly [string, RequestListener][] = [
  ["not at all", (_request, response) => response.end()],
  [
    "in part",
    (request, response) => {
      request[Symbol.asyncIterator]()
        .next()
        .then(() => response.end());
    },
  ],
];

for (const [howMuch, listener] of unreadBodies)
  test(`a connection of HTTP/2 serves on, however many bodies were read ${howMuch}`, async (t) => {
    const session = (await open(t, listener)).session();
    const body = Buffer.alloc(1024 * 1024);
    // Node allows a session 10 MB.
    for (let turn = 0; turn < 12; turn += 1) {
      const stream = session.request({ ":method": "POST" });
      stream.resume().end(body);
      const [{ ":status": status }] = await once(stream, "response");
      assert.equal(status, 200);
      await once(stream, "close");
    }
  });

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

const get = "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n";
const full = 17;

test("of HTTP/1.1, requests that come at once are begun one by one, in their order", async (t) => {
  let inFlight = 0;
  const most: number[] = [];
  const { socket } = await open(t, (request, response) => {
    inFlight += 1;
    most.push(inFlight);
    response.once("close", () => {
      inFlight -= 1;
    });
    setImmediate(() => response.end(`<${request.url}>`));
  });
  const client = socket();
  const numbers = Array.from({ length: full }, (_, number) => number);
  client.write(numbers.map((number) => get.replace("/", `/${number}`)).join(""));
  let answers = "";
  for await (const chunk of client) {
    answers += chunk;
    if (answers.includes(`</${full - 1}>`)) break;
  }
  assert.deepEqual(
    answers.match(/<.*?>/g),
    numbers.map((number) => `</${number}>`),
  );
  assert.deepEqual(
    most,
    numbers.map(() => 1),
  );
});

test("of HTTP/1.1, a connection on which too many requests wait is closed, and told why", async (t) => {
  let handed = 0;
  const { socket, number } = await open(t, (request, response) => {
    if (request.url === "/held") handed += 1;
    else response.end("well");
  });
  for (const many of [full + 1, 1_500]) {
    const client = socket();
    client.write(get.replace("/", "/held").repeat(many));
    const [head = "", body = "{}"] = (await text(client)).split("\r\n\r\n");
    assert.match(head, /^HTTP\/1\.1 429 Too Many Requests\r\n.*Connection: close$/s);
    assert.equal(JSON.parse(body).reason, "QUEUE_FULL");
  }
  assert.equal(handed, 2);
  assert.equal(await (await fetch(`http://127.0.0.1:${number}/`)).text(), "well");
});

test("of HTTP/1.1, an answer that has begun has no refusal in its middle", async (t) => {
  const { socket } = await open(t, (_request, response) => response.writeHead(200).write("begun"));
  const client = socket();
  client.write(get);
  await once(client, "data");
  const rest = text(client);
  client.write(get.repeat(full));
  assert.equal(await rest, "");
});

/** More than the system takes for a reader that does not read. */
const large = Buffer.alloc(64 * 1024 * 1024);
/** As many bytes as the path says. */
const sized = ({ url = "" }: IncomingMessage) => Buffer.alloc(Number(url.slice(1)));
/** A client of HTTP/2 that takes nothing of any answer. */
const closedWindow = { initialWindowSize: 0 };

test("of HTTP/1.1, an answer that nobody reads is cut off", async (t) => {
  const request = held();
  const { socket } = await open(t, request.listener, { unread: 50, unreadBytes: 2 * large.length });
  const client = socket();
  client.write(get); // And not a byte of the answer is read.
  const response = await request.arrived;
  const closed = once(response, "close");
  response.end(large);
  await closed;
});

test("of HTTP/1.1, an answer that nobody reads does not hold up the end", async (t) => {
  const request = held();
  const { port, socket } = await open(t, request.listener, {
    unreadAtEnd: 50,
    unreadBytes: 2 * large.length,
  });
  socket().write(get);
  (await request.arrived).end(large);
  await port.drain(2 ** 31 - 1);
});

test("of HTTP/2, an answer that nobody reads is cut off, and those beside it are not", async (t) => {
  const quiet = held();
  const { session } = await open(
    t,
    (request, response) =>
      request.url === "/quiet" ? quiet.listener(request, response) : response.end(sized(request)),
    { unread: 50 },
  );
  const client = session();
  await once(client, "connect");
  client.setLocalWindowSize(10_000_000); // By itself the stream that is not read would hold up all others.
  const watch = client.request({ ":path": "/quiet" });
  const response = await quiet.arrived;
  const unread = client.request({ ":path": "/1000000" });
  while (!unread.closed) assert.equal(await text(client.request({ ":path": "/2" })), "\0\0");
  assert.equal(unread.rstCode, constants.NGHTTP2_CANCEL);
  response.end("later");
  assert.equal(await text(watch), "later");
});

/** Frames of HTTP/2 (RFC 9113): the widest windows that there are, and a request. */
const wideRequest = Buffer.concat([
  Buffer.from("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"),
  Buffer.from("00000604000000000000047fffffff", "hex"),
  Buffer.from("0000040800000000007fff0000", "hex"),
  Buffer.from("00000e010500000001828684", "hex"),
  Buffer.from("A\x09localhost"),
]);

test("a client of HTTP/2 that reads nothing at all loses its connection", async (t) => {
  const request = held();
  const { port, socket } = await open(t, request.listener, { unread: 50, unreadBytes: 2 * large.length });
  const accepted = once(port.server, "connection");
  socket().write(wideRequest);
  const [connection] = (await accepted) as [Socket];
  const closed = once(connection, "close");
  (await request.arrived).end(large);
  await closed;
});

test("a connection whose answers are over its bound is cut off, and no other", async (t) => {
  const { session } = await open(t, (request, response) => response.end(sized(request)), {
    unreadBytes: 250_000,
  });
  const hoarding = session(closedWindow);
  for (const _ of [1, 2, 3]) hoarding.request({ ":path": "/100000" }).on("error", () => {});
  await once(hoarding, "close");
  const reading = session();
  for (let count = 0; count < 5; count += 1)
    assert.equal((await text(reading.request({ ":path": "/100000" }))).length, 100_000);
});

test("over the bound of all connections, the one with the most goes", async (t) => {
  const { session } = await open(t, (request, response) => response.end(sized(request)), {
    unreadBytesInAll: 1_000_000,
  });
  const [small, most] = [session(closedWindow), session(closedWindow)];
  const kept = small.request({ ":path": "/400000" });
  await once(kept, "response");
  most.request({ ":path": "/700000" }).on("error", () => {});
  await once(most, "close");
  assert.equal(kept.closed, false);
  assert.equal(await text(session().request({ ":path": "/2" })), "\0\0");
});

test("over the bound of all connections, as many go as it takes, however fast they came", async (t) => {
  const held: ServerResponse[] = [];
  const all = Promise.withResolvers<void>();
  const { session } = await open(
    t,
    (_request, response) => {
      if (held.push(response) === 6) all.resolve();
    },
    { unreadBytesInAll: 1_000_000 },
  );
  const sessions = Array.from({ length: 6 }, () => session(closedWindow));
  for (const one of sessions) one.request().on("error", () => {});
  await all.promise;
  const closed = sessions.map((one) => once(one, "close"));
  let gone = 0;
  const four = new Promise<void>((resolve) => {
    for (const one of closed)
      one.then(() => {
        gone += 1;
        if (gone === 4) resolve();
      });
  });
  for (const response of held) response.end(Buffer.alloc(400_000));
  await four;
  assert.equal(sessions.filter((one) => !one.destroyed).length, 2);
});

test("answers that nobody would read are not even made, and others are served meanwhile", async (t) => {
  let made = 0;
  const { session } = await open(t, (request, response) => {
    made += 1;
    response.end(sized(request));
  });
  const hoarding = Array.from({ length: 20 }, () => session(closedWindow));
  for (const one of hoarding)
    for (let count = 0; count < 100; count += 1) one.request({ ":path": "/2000000" }).on("error", () => {});
  await Promise.all(hoarding.map((one) => new Promise((resolve) => one.ping(resolve))));
  assert.equal(await text(session().request({ ":path": "/2" })), "\0\0");
  assert.ok(made <= hoarding.length + 1, `${made} answers`);
});

test("a client of HTTP/2 that answers no ping loses its connection, one that does keeps it", async (t) => {
  const request = held();
  const { socket, session } = await open(t, request.listener, { keepAlive: 20, pong: 50 });
  const alive = session();
  let pings = 0;
  const pinged = new Promise<void>((resolve) => {
    alive.on("ping", () => {
      pings += 1;
      if (pings === 5) resolve();
    });
  });
  const gone = socket();
  gone.resume().write(wideRequest);
  const response = await request.arrived;
  await Promise.all([once(response, "close"), once(gone, "close"), pinged]);
  assert.equal(alive.destroyed, false);
});

/** Connections that never come to a request. */
const unfinished: readonly [string, string][] = [
  ["nothing", ""],
  ["half a line", "GET / HT"],
  ["half the preface of HTTP/2", "PRI * HT"],
  ["the preface of HTTP/2", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"],
  ["half a handshake of TLS", "\x16\x03\x01\x02"],
];
/** Long enough for a handshake of TLS on a busy machine, which must come before it. */
const soon = { headers: 500, headersCheck: 10, halfClosed: 10 };
const never = 600_000;

for (const withTls of [false, true]) {
  const over = withTls ? "over TLS" : "in the clear";
  const tlsFiles = async (t: TestContext): Promise<TlsFiles | undefined> => {
    if (!withTls) return undefined;
    const { cert, key } = await certificate(t);
    return { cert: await readFile(cert), key: await readFile(key) };
  };
  /** A client that has shaken hands, where there is TLS. */
  const connected = async (t: TestContext, { number, socket }: Open): Promise<Socket> => {
    if (!withTls) return socket();
    const secure = connectTls({ port: number, host: "localhost", rejectUnauthorized: false });
    t.after(() => secure.destroy());
    await once(
      secure.on("error", () => {}),
      "secureConnect",
    );
    return secure;
  };

  for (const [what, bytes] of unfinished)
    test(`${over}, a connection that has sent ${what} is closed at its time limit`, async (t) => {
      const port = await open(t, hello, soon, await tlsFiles(t));
      const clients = [port.socket(), await connected(t, port)];
      const closed = clients.map((client) => once(client.resume(), "close"));
      for (const client of clients) client.write(bytes);
      await Promise.all(closed);
    });

  test(`${over}, those that have sent nothing do not hold up a drain`, async (t) => {
    const port = await open(t, hello, { headers: never, request: never }, await tlsFiles(t));
    const accepted = once(port.port.server, "connection");
    const silent = port.socket();
    await accepted;
    const closed = [silent, await connected(t, port)].map((client) => once(client, "close"));
    await port.port.drain(never);
    await Promise.all(closed);
  });

  test(`${over}, one that has brought no request gives way to a new one`, async (t) => {
    const limits = { headers: never, request: never, silent: 0, connections: 2 };
    const port = await open(t, hello, limits, await tlsFiles(t));
    const silent = [port.socket(), await connected(t, port)];
    await Promise.all(silent.map((client) => client.connecting && once(client, "connect")));
    const oldest = once(silent[0] as Socket, "close");
    const client = await connected(t, port);
    client.write("GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
    assert.match(await text(client), /GET 1\.1$/);
    await oldest;
    assert.equal(silent[1]?.closed, false);
  });

  for (const [request, status] of [
    ["GET /", 401],
    ["GET /", 403],
    ["GET /", 400],
    ["OPTIONS /", 204],
  ] as const)
    test(`${over}, one whose request (${request}) got a ${status} gives way to a new one`, async (t) => {
      const limits = { headers: never, request: never, silent: 0, connections: 2 };
      const refuse: RequestListener = (_request, response) => response.writeHead(status).end();
      const port = await open(t, refuse, limits, await tlsFiles(t));
      const refused = [await connected(t, port), await connected(t, port)];
      for (const client of refused) {
        client.write(`${request} HTTP/1.1\r\nHost: localhost\r\n\r\n`);
        await once(client, "data");
      }
      const oldest = once(refused[0] as Socket, "close");
      const client = await connected(t, port);
      client.write("GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
      assert.match(await text(client), new RegExp(`^HTTP/1.1 ${status}`));
      await oldest;
      assert.equal(refused[1]?.closed, false);
    });

  test(`${over}, one that has brought a request does not give way`, async (t) => {
    const limits = { headers: never, request: never, silent: 0, connections: 2 };
    const port = await open(t, hello, limits, await tlsFiles(t));
    const served = [await connected(t, port), await connected(t, port)];
    for (const client of served) {
      client.write(get);
      await once(client, "data");
    }
    await once(port.socket(), "close");
    assert.deepEqual(
      served.map(({ closed }) => closed),
      [false, false],
    );
  });
}
