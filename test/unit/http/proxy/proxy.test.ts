/** The proxy in front of a stand-in for the engine's HTTP side. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, type RequestListener, type ServerResponse } from "node:http";
import { connect as connectHttp2, constants } from "node:http2";
import { type AddressInfo, connect, createServer as createRawServer, type Server } from "node:net";
import { text } from "node:stream/consumers";
import { type TestContext, test } from "node:test";
import Fastify from "fastify";
import type { Link } from "../../../../src/engine/link/link.ts";
import { engineDown } from "../../../../src/errors/proxy.ts";
import { createPort, type Port } from "../../../../src/http/front/port.ts";
import { gatheredBytes } from "../../../../src/http/proxy/body.ts";
import {
  mostAsking,
  mostGathering,
  mostStreaming,
  mostUploading,
  mostWaiting,
} from "../../../../src/http/proxy/limits.ts";
import { type ProxyOptions, serveProxy } from "../../../../src/http/proxy/proxy.ts";
import { rawHttp1, rawHttp2 } from "../../../support/raw_request.ts";

async function listening(context: TestContext, server: Server): Promise<number> {
  await once(server.listen(0, "127.0.0.1"), "listening");
  context.after(() => server.close());
  return (server.address() as AddressInfo).port;
}

/** A proxy in front of what listens there; gives its own port. `prepare` gets each response before anything is sent. */
async function inFrontOf(
  context: TestContext,
  enginePort: number,
  options: Partial<ProxyOptions> = {},
  prepare: (response: ServerResponse) => void = () => {},
): Promise<number> {
  let port: Port | undefined;
  const app = Fastify({
    serverFactory: (handler) => {
      port = createPort(handler, { limits: { connections: 10_000 } });
      return port.server as never;
    },
  });
  const link = { port: enginePort, headers: {} } as Link;
  app.addHook("onRequest", async (_request, reply) => prepare(reply.raw));
  serveProxy(app, { link: () => link, ...options });
  await app.listen({ host: "127.0.0.1", port: 0 });
  context.after(async () => {
    const closed = app.close();
    await port?.drain(0);
    await closed;
  });
  return (app.server.address() as AddressInfo).port;
}

/** A proxy in front of this; gives what fetches a path of it. */
async function proxying(
  context: TestContext,
  listener: RequestListener,
  options: Partial<ProxyOptions> = {},
) {
  const engine = createServer(listener);
  const port = await inFrontOf(context, await listening(context, engine), options);
  context.after(() => engine.closeAllConnections());
  return (path: string, init?: RequestInit) => fetch(`http://127.0.0.1:${port}/godot${path}`, init);
}

test("the time limit ends with the answer's headers: a silent stream is open, and lives", async (context) => {
  let finish = () => {};
  const get = await proxying(
    context,
    ({ url }, response) => {
      if (url === "/silent") return;
      response.writeHead(200).flushHeaders();
      finish = () => response.end("late, and whole");
    },
    { mostWait: 300 },
  );
  const stream = await get("/stream");
  assert.equal(stream.status, 200);
  // It was asked after the stream began: when its limit is over, so would the stream's be.
  assert.equal((await get("/silent")).status, 504);
  finish();
  assert.equal(await stream.text(), "late, and whole");
});

test("no answer in time is 504, and says so as every error does", async (context) => {
  const get = await proxying(context, () => {}, { mostWait: 20 });
  const response = await get("/silent");
  assert.equal(response.status, 504);
  assert.deepEqual(await response.json(), {
    status: "error",
    message:
      "The engine's HTTP side did not answer within 0.02 s. GET /health says whether its main loop stands still.",
    code: "DEADLINE_EXCEEDED",
    reason: "ENGINE_UNRESPONSIVE",
  });
});

test("an engine that is not there is 503, and says what to do", async (context) => {
  const get = await proxying(context, () => {}, { link: () => undefined });
  const response = await get("/anything");
  assert.equal(response.status, 503);
  assert.deepEqual(await response.json(), {
    status: "error",
    message: "Godot API not ready",
    details: engineDown().message,
    code: "UNAVAILABLE",
    reason: "ENGINE_NOT_RUNNING",
  });
});

test("an engine that hangs up is 503", async (context) => {
  const get = await proxying(context, (request) => request.socket.destroy());
  const response = await get("/gone");
  assert.equal(response.status, 503);
  const { status, message, code, reason, details } = (await response.json()) as Record<string, unknown>;
  assert.deepEqual([status, message], ["error", "Godot API not ready"]);
  assert.deepEqual([code, reason], ["UNAVAILABLE", "ENGINE_UNRESPONSIVE"]);
  assert.match(String(details), /HTTP side failed: socket hang up/);
});

for (const path of ["/quit", "/quit?now=1", "/%71uit"])
  test(`${path} is not passed on: the engine would be started again`, async (context) => {
    const asked: unknown[] = [];
    const get = await proxying(context, ({ url }, response) => {
      asked.push(url);
      response.end();
    });
    const response = await get(path, { method: "POST" });
    assert.equal(response.status, 403);
    const { status, code, message } = (await response.json()) as Record<string, unknown>;
    assert.deepEqual([status, code], ["error", "PERMISSION_DENIED"]);
    assert.match(String(message), /Use POST \/stop\.$/);
    assert.deepEqual(asked, []);
  });

test("whatever else begins like that is passed on, and an attached engine's own /quit", async (context) => {
  const listener: RequestListener = ({ url }, response) => response.end(url);
  const get = await proxying(context, listener);
  for (const path of ["/quits", "/quit/now", "/game/quit"])
    assert.equal(await (await get(path)).text(), path);
  const attached = await proxying(context, listener, { isAttached: () => true });
  assert.equal(await (await attached("/quit")).text(), "/quit");
});

/** An engine that answers each connection with these bytes, and closes it. */
const answering = (context: TestContext, ...packets: string[]) =>
  listening(
    context,
    createRawServer((socket) => {
      socket.on("error", () => {});
      socket.once("data", () => {
        for (const packet of packets) socket.write(packet, "latin1");
        socket.end();
      });
    }),
  );

const bothVersions = [
  ["HTTP/1.1", rawHttp1],
  ["HTTP/2", rawHttp2],
] as const;

for (const [version, send] of bothVersions) {
  for (const [head, statuses] of [
    ["HTTP/1.1 000 None\r\nContent-Length: 0", [502]],
    ["HTTP/1.1 099 Less\r\nContent-Length: 0", [502]],
    ["HTTP/1.1 101 Switching Protocols", [502]],
    ["HTTP/1.1 600 More\r\nContent-Length: 0", [502]],
    ["HTTP/1.1 999 Most\r\nContent-Length: 0", [502]],
    ["HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: x", [502]],
    // Node's own client refuses these.
    ["HTTP/1.1 100 Continue", [503]],
    ["HTTP/1.1 103 Early Hints", [503]],
    ["HTTP/1.1 9999 Too Long", [503]],
    ["HTTP/1.1 -01 Negative", [503]],
    ["HTTP/1.1 200 OK\r\n:status: 200", [503]],
    ["HTTP/1.1 200 OK\r\nA(b): c", [503]],
    ["HTTP/1.1 200 OK\r\nA: b\x01c", [503]],
    ["HTTP/1.1 200 OK\r\nContent-Length: -1", [503]],
    // And these pass: a body that a status forbids is left out.
    ["HTTP/1.1 204 None\r\nContent-Length: 2\r\n\r\nhi", [204]],
    ["HTTP/1.1 304 Same\r\nContent-Length: 2", [304]],
    ["HTTP/1.1 205 Reset\r\nContent-Length: 0", [205]],
    ["HTTP/1.1 200 OK\r\nA: b\xffc\r\nA: d\r\nSet-Cookie: e\r\nSet-Cookie: f\r\n__proto__: g", [200]],
    [
      "HTTP/1.1 200 OK\r\nConnection: close, x\r\nKeep-Alive: 1\r\nTE: a\r\nUpgrade: b\r\nHTTP2-Settings: c",
      [200],
    ],
  ] as const)
    test(`${version}: the server outlives ${JSON.stringify(head)}`, async (context) => {
      const port = await inFrontOf(context, await answering(context, `${head}\r\n\r\n`));
      for (const _ of [1, 2]) {
        const { status, body } = await send({ port, path: "/godot/a" });
        assert.ok((statuses as readonly number[]).includes(status), `${status}: ${body}`);
        if (status === 502) {
          const { code, reason, message } = JSON.parse(body);
          assert.deepEqual([code, reason], ["UNAVAILABLE", "ANSWER_INVALID"]);
          assert.match(message, /its status is \d+/);
        }
      }
    });

  for (const [what, ...packets] of [
    ["is cut in the middle", "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n", "hello"],
    ["has a broken chunk", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", "2\r\nhi\r\n", "zz\r\n"],
    ["ends between chunks", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", "2\r\nhi\r\n"],
  ] as const)
    test(`${version}: an answer that ${what} breaks off for its client, and for no other`, async (context) => {
      const engine = await answering(context, ...packets);
      const port = await inFrontOf(context, engine);
      for (const _ of [1, 2]) await assert.rejects(send({ port, path: "/godot/a" }));
    });
}

for (const [version, send] of bothVersions)
  test(`${version}: an answer whose head is refused is 502`, async (context) => {
    const refusing = (response: ServerResponse) => {
      const writeHead = response.writeHead.bind(response);
      response.writeHead = () => {
        response.writeHead = writeHead;
        throw Object.assign(new TypeError("Invalid character"), { code: "ERR_INVALID_CHAR" });
      };
    };
    const engine = await answering(context, "HTTP/1.1 200 OK\r\nA: b\r\n\r\n");
    const port = await inFrontOf(context, engine, {}, refusing);
    const { status, body } = await send({ port, path: "/godot/a" });
    assert.equal(status, 502, body);
    assert.match(JSON.parse(body).message, /its headers are refused \(ERR_INVALID_CHAR\)/);
  });

/** Posts this much of a body that has no end, over a connection of its own. */
function upload(context: TestContext, port: number, bytes: number) {
  const socket = connect(port, "127.0.0.1");
  context.after(() => socket.destroy());
  socket.on("error", () => {});
  socket.write("POST /godot/slow HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n");
  socket.write(`${bytes.toString(16)}\r\n${"x".repeat(bytes)}\r\n`);
  return {
    socket,
    /** The answer's status, as soon as its first line is there. */
    status: once(socket, "data").then(([head]) => Number(/^HTTP\/1\.1 (\d+)/.exec(String(head))?.[1])),
  };
}

/** An engine that tells of each request, and answers each when its body has ended. */
async function telling(context: TestContext, options: Partial<ProxyOptions> = {}) {
  const asked: string[] = [];
  const engine = createServer(async (request, response) => {
    asked.push(`${request.method} ${request.url}`);
    engine.emit("asked");
    const body = await text(request).catch(() => undefined);
    if (body !== undefined) response.end(String(body.length));
  });
  const port = await inFrontOf(context, await listening(context, engine), options);
  context.after(() => engine.closeAllConnections());
  const untilAsked = async (count: number) => {
    while (asked.length < count) await once(engine, "asked");
  };
  const get = () => rawHttp1({ port, path: "/godot/quick" });
  return { asked, port, untilAsked, get };
}

const uploads = (context: TestContext, port: number, count: number, bytes: number) =>
  Array.from({ length: count }, () => upload(context, port, bytes));

test("uploads whose beginning is still on its way ask nothing of the engine, and hold up nobody", async (context) => {
  const { asked, port, get } = await telling(context);
  uploads(context, port, 100, 1);
  // The answers come in the order of what was sent: the uploads are there by then.
  assert.equal((await get()).status, 200);
  assert.deepEqual(asked, ["GET /quick"]);
});

test("large uploads that stall hold up one another, and no other request", async (context) => {
  const { asked, port, untilAsked, get } = await telling(context);
  const slow = uploads(context, port, mostUploading, gatheredBytes + 1);
  await untilAsked(mostUploading);
  const [waiting] = uploads(context, port, 1, gatheredBytes + 1);
  assert.equal((await get()).status, 200);
  assert.equal(asked.filter((line) => line.startsWith("POST")).length, mostUploading);
  slow[0]?.socket.destroy();
  await untilAsked(mostUploading + 2);
  waiting?.socket.write("0\r\n\r\n");
  assert.equal(await waiting?.status, 200);
});

for (const bytes of [1, gatheredBytes + 1])
  test(`an upload that stalls after ${bytes} bytes is 408, and its place is free again`, async (context) => {
    const { port, get } = await telling(context, { chunkWait: 50 });
    const count = 3 * mostUploading;
    for (const { status } of uploads(context, port, count, bytes)) assert.equal(await status, 408);
    assert.equal((await get()).status, 200);
  });

test("a thousand slow uploads keep a bounded number of places, and not for ever", async (context) => {
  const { asked, port, get } = await telling(context, { chunkWait: 2_000 });
  const statuses = await Promise.all(uploads(context, port, 1_000, 1).map(({ status }) => status));
  const count = (status: number) => statuses.filter((one) => one === status).length;
  assert.equal(count(408) + count(429), 1_000);
  assert.ok(count(408) >= mostGathering, `${count(408)}`);
  assert.ok(count(429) > 0, `${count(429)}`);
  assert.deepEqual(asked, []);
  const [after] = uploads(context, port, 1, 1);
  after?.socket.write("0\r\n\r\n");
  assert.equal(await after?.status, 200);
  assert.equal((await get()).status, 200);
});

test("streams that last keep no request waiting, and one more than there may be is 429", async (context) => {
  const engine = createServer(({ url }, response) => {
    if (url !== "/stream") return response.end("answered");
    response.writeHead(200, { "Content-Type": "text/event-stream" }).flushHeaders();
    response.once("close", () => engine.emit("left"));
  });
  const port = await inFrontOf(context, await listening(context, engine));
  context.after(() => engine.closeAllConnections());
  const left = new AbortController();
  context.after(() => left.abort());
  const ask = (path: string, signal = left.signal) =>
    fetch(`http://127.0.0.1:${port}/godot${path}`, { signal });
  const one = new AbortController();
  assert.equal((await ask("/stream", one.signal)).status, 200);
  for (let open = 1; open < mostStreaming; open += 1) assert.equal((await ask("/stream")).status, 200);
  const refused = await ask("/stream");
  assert.equal(refused.status, 429);
  assert.match(await refused.text(), /64 streams of \/godot\/\* are open already/);
  assert.equal(await (await ask("/answer")).text(), "answered");
  const closed = once(engine, "left");
  one.abort();
  await closed;
  assert.equal((await ask("/stream")).status, 200);
});

test("as many requests as there are places are asked, a bounded number waits, and one more is 429", async (context) => {
  const held: (() => void)[] = [];
  const engine = createServer((_request, response) => {
    held.push(() => response.end());
    engine.emit("asked");
  });
  const port = await inFrontOf(context, await listening(context, engine));
  context.after(() => engine.closeAllConnections());
  const sessions = Array.from({ length: 4 }, () => connectHttp2(`http://127.0.0.1:${port}`));
  context.after(() => {
    for (const session of sessions) session.destroy();
  });
  const get = (index: number) => {
    const stream = (sessions[index % sessions.length] as (typeof sessions)[number]).request({
      ":path": "/godot/a",
    });
    stream.on("error", () => {});
    return { stream, status: once(stream, "response").then(([headers]) => headers[":status"] as number) };
  };
  const all = Array.from({ length: mostAsking + mostWaiting }, (_, index) => get(index));
  while (held.length < mostAsking) await once(engine, "asked");
  // They wait, and as many as come beside them are refused: each connection has its turns, so that it may be any.
  const refused = 8;
  all.push(...Array.from({ length: refused }, (_, index) => get(index)));
  const waiting = new Set(all);
  const statuses: number[] = [];
  await new Promise<void>((resolve) => {
    for (const one of all)
      one.status.then((status) => {
        waiting.delete(one);
        if (statuses.push(status) === refused) resolve();
      });
  });
  assert.deepEqual(new Set(statuses), new Set([429]));
  assert.equal(held.length, mostAsking);
  // A client that leaves the queue frees its place in it.
  const last = [...waiting].at(-1);
  assert.ok(last);
  waiting.delete(last);
  last.stream.close(constants.NGHTTP2_CANCEL);
  await once(last.stream, "close");
  waiting.add(get(0));
  let done = 0;
  const answered = Promise.all([...waiting].map((one) => one.status));
  while (done < mostAsking + mostWaiting) {
    for (const end of held.splice(0)) {
      end();
      done += 1;
    }
    if (done < mostAsking + mostWaiting) await once(engine, "asked");
  }
  assert.deepEqual(new Set(await answered), new Set([200]));
});

test("a request that waits for its turn longer than the time limit is 504", async (context) => {
  const get = await proxying(context, () => {}, { mostWait: 300 });
  const all = await Promise.all(Array.from({ length: mostAsking + 5 }, () => get("/silent")));
  for (const response of all) {
    assert.equal(response.status, 504);
    assert.equal(((await response.json()) as Record<string, unknown>).reason, "ENGINE_UNRESPONSIVE");
  }
});
