/** WatchHealth over plain gRPC, written past Connect: a real HTTP/2 server and clients of every temper. */
import assert from "node:assert/strict";
import { once } from "node:events";
import {
  type ClientHttp2Session,
  type ClientHttp2Stream,
  connect,
  createServer,
  type Http2ServerResponse,
  type Settings,
} from "node:http2";
import type { AddressInfo } from "node:net";
import { type TestContext, test } from "node:test";
import { create, fromBinary } from "@bufbuild/protobuf";
import { Code, ConnectError } from "@connectrpc/connect";
import { WatchHealthResponseSchema } from "#gen/godot_control_service_pb.js";
import { type Health, HealthSchema } from "#gen/health_pb.js";
import { Feed } from "../../../src/async/feed.ts";
import { internalFault } from "../../../src/errors/server.ts";
import { HealthWatches } from "../../../src/http/health_watches.ts";

const health = (issue: string): Health => create(HealthSchema, { blockingIssues: [issue] });
const plainRequest = Buffer.alloc(5);

const thrown = new Error("thrown in a listener");

/** The watches behind a server of their own, which answers 418 to whatever they pass on. */
async function open(
  context: TestContext,
  settings: Settings = {},
  sabotage: (response: Http2ServerResponse, what: string) => void = () => {},
) {
  const feed = new Feed(health("first"));
  const closing = new AbortController();
  const faults: unknown[] = [];
  const watches = new HealthWatches(feed, closing.signal, (error) => faults.push(error));
  const server = createServer();
  server.on("request", (request, response) => {
    const what = String(request.headers["x-sabotage"] ?? "");
    const pass = () => {
      if (what === "pass") throw thrown;
      response.writeHead(418);
      request.pipe(response);
    };
    const take = () => {
      if (what === "take") throw thrown;
    };
    sabotage(response, what);
    watches.handle(request as never, response as never, pass, take);
    server.emit("handled");
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const session = connect(`http://127.0.0.1:${port}`, { settings });
  const other = connect(`http://127.0.0.1:${port}`);
  context.after(() => {
    session.destroy();
    other.destroy();
    server.close();
  });
  const watchOn = (session: ClientHttp2Session, body: Buffer = plainRequest, headers = {}) => {
    const stream = session.request({
      ":method": "POST",
      ":path": "/godot.control.v1.GodotControlService/WatchHealth",
      "content-type": "application/grpc",
      te: "trailers",
      ...headers,
    });
    stream.end(body);
    return stream;
  };
  const watch = (body?: Buffer, headers?: object) => watchOn(session, body, headers);
  return { server, feed, closing, faults, session, watch, watchElsewhere: () => watchOn(other) };
}

/** The issue in each message of a watch, as it comes. */
async function* issues(stream: ClientHttp2Stream): AsyncGenerator<string, undefined> {
  let rest = Buffer.alloc(0);
  for await (const chunk of stream) {
    rest = Buffer.concat([rest, chunk as Buffer]);
    while (rest.length >= 5 && rest.length >= 5 + rest.readUInt32BE(1)) {
      const end = 5 + rest.readUInt32BE(1);
      const message = fromBinary(WatchHealthResponseSchema, rest.subarray(5, end));
      rest = rest.subarray(end);
      yield message.health?.blockingIssues[0] ?? "";
    }
  }
  return undefined;
}

test("each watcher gets the present health, then each change", async (context) => {
  const { feed, watch } = await open(context);
  const watchers = Array.from({ length: 150 }, () => issues(watch()));
  const next = async () => new Set(await Promise.all(watchers.map(async (one) => (await one.next()).value)));
  assert.deepEqual(await next(), new Set(["first"]));
  feed.set(health("second"));
  assert.deepEqual(await next(), new Set(["second"]));
  feed.set(health("third"));
  assert.deepEqual(await next(), new Set(["third"]));
});

test("who does not read has one message waiting, and the latest after it", async (context) => {
  const { feed, session, watch, watchElsewhere } = await open(context, { initialWindowSize: 0 });
  const stream = watch();
  await once(stream, "response");
  const follower = issues(watchElsewhere());
  await follower.next();
  for (let change = 1; change <= 50; change += 1) {
    feed.set(health(`change ${change}`));
    assert.equal((await follower.next()).value, `change ${change}`);
  }
  session.settings({ initialWindowSize: 1 << 20 });
  const slow = issues(stream);
  assert.equal((await slow.next()).value, "first");
  assert.equal((await slow.next()).value, "change 50");
});

test("a server that closes says so in the trailers", async (context) => {
  const { closing, watch } = await open(context);
  const stream = watch();
  const seen = issues(stream);
  await seen.next();
  const trailers = once(stream, "trailers");
  closing.abort(new ConnectError("closing", Code.Unavailable));
  assert.equal((await seen.next()).done, true);
  const [{ "grpc-status": status, "grpc-message": message }] = await trailers;
  assert.deepEqual([status, message], [String(Code.Unavailable), "closing"]);
});

test("a watch whose body comes when the server closes already goes Connect's way, which ends it", async (context) => {
  const { server, closing, session } = await open(context);
  const stream = session.request({
    ":method": "POST",
    ":path": "/godot.control.v1.GodotControlService/WatchHealth",
    "content-type": "application/grpc",
    te: "trailers",
  });
  await once(server, "handled");
  closing.abort(new ConnectError("closing", Code.Unavailable));
  const response = once(stream, "response");
  stream.end(plainRequest);
  assert.equal((await response)[0][":status"], 418);
  stream.resume();
  await once(stream, "close");
});

for (const what of ["take", "writeHead", "write", "write, later", "addTrailers", "end", "pass"])
  test(`a throw from ${what} ends its own watch, and no other`, async (context) => {
    let isArmed = what !== "write, later";
    const throws = () => {
      if (isArmed) throw thrown;
    };
    const { feed, closing, faults, watch } = await open(context, {}, (response, sabotaged) => {
      const [method] = sabotaged.split(",");
      if (method === undefined || !(method in response)) return;
      const sound = response[method as "write"].bind(response) as (...args: unknown[]) => never;
      response[method as "write"] = (...args: unknown[]) => {
        throws();
        return sound(...args);
      };
    });
    const other = issues(watch());
    assert.equal((await other.next()).value, "first");
    // What passes is what is no plain watch.
    const body = what === "pass" ? Buffer.from([0, 0, 0, 0, 2, 8, 1]) : plainRequest;
    const broken = watch(body, { "x-sabotage": what });
    broken.on("error", () => {}); // It is reset.
    const closed = new Promise((resolve) => broken.once("close", resolve));
    broken.resume();
    if (!isArmed) {
      await once(broken, "response");
      isArmed = true;
      feed.set(health("second"));
      assert.equal((await other.next()).value, "second");
    }
    if (what === "addTrailers" || what === "end") {
      await once(broken, "response");
      closing.abort(new ConnectError("closing", Code.Unavailable));
      assert.equal((await other.next()).done, true);
    }
    await closed;
    assert.deepEqual(faults, [thrown]);
    if (closing.signal.aborted) return;
    feed.set(health("third"));
    assert.equal((await other.next()).value, "third");
  });

test("a health that cannot be put into bytes is a fault, and the watch after it is served", async (context) => {
  const { feed, watch, faults } = await open(context);
  const unwritable = () => create(HealthSchema, { process: { pid: -5 } });
  const assertFault = async (stream: ClientHttp2Stream) => {
    const trailers = once(stream, "trailers");
    stream.resume();
    const [{ "grpc-status": status, "grpc-message": message, "grpc-status-details-bin": details }] =
      await trailers;
    assert.equal(status, String(Code.Internal));
    assert.equal(decodeURIComponent(message), internalFault().message);
    assert.ok(details);
  };
  const first = watch();
  const ended = assertFault(first);
  await once(first, "response");
  feed.set(unwritable());
  await ended;
  await assertFault(watch());
  assert.equal(faults.length, 2);
  feed.set(health("mended"));
  assert.equal((await issues(watch()).next()).value, "mended");
});

for (const [what, body, headers] of [
  ["with options", Buffer.from([0, 0, 0, 0, 2, 8, 1]), {}],
  ["with a deadline", plainRequest, { "grpc-timeout": "1S" }],
  ["with compression", plainRequest, { "grpc-encoding": "gzip" }],
  ["over gRPC-Web", plainRequest, { "content-type": "application/grpc-web" }],
  ["over Connect", plainRequest, { "content-type": "application/connect+proto" }],
] as const) {
  test(`a watch ${what} goes Connect's way, with its whole body`, async (context) => {
    const { watch } = await open(context);
    const stream = watch(body, headers);
    const [{ ":status": status }] = await once(stream, "response");
    assert.equal(status, 418);
    const received: Buffer[] = [];
    for await (const chunk of stream) received.push(chunk as Buffer);
    assert.deepEqual(Buffer.concat(received), body);
  });
}
