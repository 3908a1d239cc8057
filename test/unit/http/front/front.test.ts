/** What a request passes before it is routed, over real sockets: none of it may end the server. */
import assert from "node:assert/strict";
import { once } from "node:events";
import type { RequestListener } from "node:http";
import { connect as connectHttp2, constants } from "node:http2";
import { type AddressInfo, connect } from "node:net";
import { text } from "node:stream/consumers";
import { type TestContext, test } from "node:test";
import { behindGuard, mostReasons } from "../../../../src/http/front/front.ts";
import type { GuardOptions } from "../../../../src/http/front/guard.ts";
import { createPort } from "../../../../src/http/front/port.ts";
import { mostAddresses, mostDelayed } from "../../../../src/http/front/wrong_tokens.ts";
import { rawHttp1, rawHttp2 } from "../../../support/raw_request.ts";

const token = "correct-horse-battery-staple";
const echo: RequestListener = ({ url }, response) => response.end(url);

/** A port whose requests pass the front before this listener; `told` has what the front says. */
async function standing(
  context: TestContext,
  listener: RequestListener = echo,
  options: Partial<GuardOptions> = {},
) {
  const told: { attempts: number[]; reasons: string[]; faults: unknown[] } = {
    attempts: [],
    reasons: [],
    faults: [],
  };
  const front = behindGuard(
    { allowedHosts: [], allowedOrigins: [], token: undefined, ...options },
    listener,
    {
      onWrongToken: (_address, attempts) => told.attempts.push(attempts),
      onTurnedAway: (reason) => told.reasons.push(reason),
      onFault: (error) => told.faults.push(error),
    },
  );
  return { port: await listening(context, front), told, front };
}

/** The port at which this listener answers until the test ends. */
async function listening(context: TestContext, listener: RequestListener): Promise<number> {
  const { server, drain } = createPort(listener);
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  context.after(async () => {
    server.close();
    await drain(0);
  });
  return (server.address() as AddressInfo).port;
}

/** The answer to these lines of HTTP/1.1, in which `PORT` is the port. */
async function answered(port: number, ...lines: string[]): Promise<{ status: number; body: string }> {
  const socket = connect(port, "127.0.0.1");
  socket.write(`${[...lines, "Connection: close"].join("\r\n")}\r\n\r\n`);
  const [head = "", body = ""] = (await text(socket)).split("\r\n\r\n");
  return { status: Number(/^HTTP\/1\.1 (\d+)/.exec(head)?.[1]), body };
}

test("an absolute target with another authority than its Host is 400", async (context) => {
  const { port } = await standing(context);
  for (const target of [
    "http://evil.test/health",
    "http://localhost:1/health",
    "http://user@localhost/health",
    "http:///health",
    "ftp://localhost/health",
    "localhost",
  ]) {
    const { status, body } = await answered(port, `GET ${target} HTTP/1.1`, "Host: localhost");
    assert.equal(status, 400, target);
    // Node's own parser refuses some of them, without a body.
    if (body) assert.equal(JSON.parse(body).reason, "MALFORMED_REQUEST", target);
  }
});

test("an absolute target with its own authority is its path", async (context) => {
  const { port } = await standing(context);
  for (const [target, path] of [
    ["http://localhost/godot/a?b=c", "/godot/a?b=c"],
    ["HTTP://LOCALHOST", "/"],
    ["https://localhost?b", "/?b"],
  ] as const) {
    const { body } = await answered(port, `GET ${target} HTTP/1.1`, "Host: localhost");
    assert.equal(body, path);
  }
});

test("two Host headers are 400, though both are its own", async (context) => {
  const { port } = await standing(context);
  for (const other of ["localhost", "evil.test"]) {
    const { status, body } = await answered(port, "GET / HTTP/1.1", "Host: localhost", `hOST: ${other}`);
    assert.deepEqual([status, JSON.parse(body).code], [400, "INVALID_ARGUMENT"]);
  }
});

test("a refusal has the shape of every error", async (context) => {
  const { port } = await standing(context, echo, { token });
  const foreign = await rawHttp1({ port, path: "/", headers: { host: "evil.test" } });
  assert.equal(foreign.status, 403);
  assert.deepEqual(JSON.parse(foreign.body), {
    status: "error",
    message:
      'Host "evil.test" is not this server\'s: use localhost or 127.0.0.1, or allow the name with --allowed-host.',
    code: "PERMISSION_DENIED",
    reason: "FORBIDDEN",
  });
  const stranger = await rawHttp2({ port, path: "/" });
  assert.equal(stranger.status, 401);
  assert.match(String(stranger.headers["www-authenticate"]), /^Bearer/);
  const { status, code, reason } = JSON.parse(stranger.body);
  assert.deepEqual([status, code, reason], ["error", "UNAUTHENTICATED", "UNAUTHENTICATED"]);
});

test("a listener that throws costs its own request, over both versions of HTTP", async (context) => {
  const fault = new Error("thrown by the listener");
  const { port, told } = await standing(context, ({ url }, response) => {
    if (url === "/throws") throw fault;
    if (url === "/throws/late") response.write("half");
    if (url === "/throws/late") throw fault;
    response.end("well");
  });
  for (const path of ["/throws", "/throws/late"]) {
    await assert.rejects(async () => JSON.parse((await rawHttp1({ port, path })).body));
    const session = connectHttp2(`http://127.0.0.1:${port}`);
    const stream = session.request({ ":path": path });
    stream.resume();
    await once(stream, "close");
    session.destroy();
    assert.equal((await rawHttp1({ port, path: "/" })).body, "well");
  }
  assert.deepEqual(told.faults, [fault, fault, fault, fault]);
});

test("a front whose own parts throw costs one request", async (context) => {
  const fault = new Error("thrown while a wrong token was told of");
  const faults: unknown[] = [];
  const front = behindGuard({ allowedHosts: [], allowedOrigins: [], token }, echo, {
    onWrongToken: () => {
      throw fault;
    },
    onTurnedAway: () => {
      throw fault;
    },
    onFault: (error) => faults.push(error),
  });
  const port = await listening(context, front);
  for (const headers of [{ authorization: "Bearer wrong" }, { host: "evil.test" }])
    await assert.rejects(rawHttp1({ port, path: "/", headers }));
  assert.deepEqual(faults, [fault, fault]);
  const authorization = `Bearer ${token}`;
  assert.equal((await rawHttp1({ port, path: "/", headers: { authorization } })).body, "/");
});

test("a client that leaves before its refusal is due ends nothing", async (context) => {
  context.mock.timers.enable({ apis: ["setTimeout"] });
  const { port, told } = await standing(context, echo, { token });
  const headers = { authorization: "Bearer wrong" };
  const session = connectHttp2(`http://127.0.0.1:${port}`);
  const stream = session.request({ ":path": "/", ...headers });
  stream.end();
  stream.on("error", () => {});
  await once(session, "remoteSettings");
  stream.close(constants.NGHTTP2_CANCEL);
  await once(stream, "close");
  session.destroy();
  const socket = connect(port, "127.0.0.1");
  socket.write("GET / HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer wrong\r\n\r\n", () =>
    socket.destroy(),
  );
  await once(socket, "close");
  const authorization = `Bearer ${token}`;
  assert.equal((await rawHttp1({ port, path: "/", headers: { authorization } })).body, "/");
  context.mock.timers.runAll();
  assert.deepEqual(told.faults, []);
});

test("of the wrong tokens of an address, the 1st, 10th, 100th and 1,000th are told of", async (context) => {
  context.mock.timers.enable({ apis: ["setTimeout"] });
  const { front, told } = await standing(context, echo, { token });
  for (let count = 0; count < 5_000; count += 1) attempt(front, "10.0.0.1");
  assert.deepEqual(told.attempts, [1, 10, 100, 1_000]);
});

test("the attempts of a bounded number of addresses are counted, the oldest forgotten first", async (context) => {
  context.mock.timers.enable({ apis: ["setTimeout"] });
  const { front, told } = await standing(context, echo, { token });
  for (let count = 0; count < 9; count += 1) attempt(front, "first");
  for (let other = 1; other < mostAddresses; other += 1) attempt(front, `other ${other}`);
  told.attempts.length = 0;
  attempt(front, "first");
  assert.deepEqual(told.attempts, [10], "It is still known.");
  for (let other = 0; other < mostAddresses; other += 1) attempt(front, `another ${other}`);
  told.attempts.length = 0;
  attempt(front, "first");
  assert.deepEqual(told.attempts, [1], "It was forgotten.");
});

test("of the wrong tokens whose answer is delayed, one too many is cut off, and the token is taken", async (context) => {
  context.mock.timers.enable({ apis: ["setTimeout"] });
  const { port, front } = await standing(context, echo, { token });
  let cut = 0;
  const guess = () =>
    attempt(front, "10.0.0.1", () => {
      cut += 1;
    });
  for (let count = 0; count < mostDelayed; count += 1) guess();
  assert.equal(cut, 0);
  const session = connectHttp2(`http://127.0.0.1:${port}`);
  context.after(() => session.destroy());
  const stream = session.request({ authorization: "Bearer wrong" });
  let isAnswered = false;
  stream.on("response", () => {
    isAnswered = true;
  });
  await once(stream, "close");
  assert.equal(isAnswered, false);
  const authorization = `Bearer ${token}`;
  assert.equal((await rawHttp1({ port, path: "/", headers: { authorization } })).body, "/");
  context.mock.timers.runAll();
  cut = 0;
  for (let count = 0; count < mostDelayed; count += 1) guess();
  assert.equal(cut, 0, "There is room again.");
});

test("of the reasons why senders are turned away, a bounded number is told of, each once", async (context) => {
  const { port, told } = await standing(context);
  for (let count = 0; count < 2 * mostReasons; count += 1)
    for (const _ of [1, 2]) await rawHttp1({ port, path: "/", headers: { host: `evil${count}.test` } });
  assert.equal(told.reasons.length, mostReasons);
  assert.equal(new Set(told.reasons).size, mostReasons);
});

/** A request with a wrong token from an address that no test can connect from. */
function attempt(front: RequestListener, remoteAddress: string, onCut = () => {}): void {
  const headers = { host: "localhost", authorization: "Bearer wrong" };
  const request = { headers, rawHeaders: [], url: "/", socket: { remoteAddress } };
  front(request as never, { destroy: onCut } as never);
}
