/** The errors that an rpc throws, with a name and without, as a caller of each protocol sees them. */
import assert from "node:assert/strict";
import { EventEmitter, once } from "node:events";
import { type ClientHttp2Stream, connect } from "node:http2";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { type TestContext, test } from "node:test";
import type { DescMethod, DescMethodServerStreaming, DescMethodUnary } from "@bufbuild/protobuf";
import { Code, type HandlerContext } from "@connectrpc/connect";
import Fastify from "fastify";
import { ErrorReason } from "#gen/error_pb.js";
import { GodotControlService } from "#gen/godot_control_service_pb.js";
import { engineExited } from "../../../src/errors/engine.ts";
import { internalFault } from "../../../src/errors/server.ts";
import { createPort, type Port } from "../../../src/http/front/port.ts";
import { type Row, rowsOf } from "../../../src/http/rest/rows.ts";
import { frameworkErrors, largestRequest, serveServices } from "../../../src/http/surfaces.ts";
import type { Implementation } from "../../../src/services/in_process.ts";
import { clientKinds, type OpenClient } from "../../contract/clients.ts";
import { readEvents } from "../../support/event_stream.ts";
import { failure } from "../../support/expect.ts";
import { logEntry } from "../../support/log_entry.ts";
import { everyService } from "../../support/services.ts";

const services = await everyService();
const restRoutes = rowsOf(services);
const methods = services.flatMap((service) => service.methods);
const fault = new Error("EACCES: permission denied, open '/home/me/game/project.godot'");
const { message: sentence } = internalFault();

const throwing = (error: Error) => () => {
  throw error;
};
const throws = throwing(fault);
async function* throwsAfterOne() {
  yield {};
  throw fault;
}

/** A server of every service, each method of which is what `implement` makes of it. */
async function serving(context: TestContext, implement: (method: DescMethod) => unknown) {
  const faults: unknown[] = [];
  let port: Port | undefined;
  const app = Fastify({
    bodyLimit: largestRequest,
    frameworkErrors,
    serverFactory: (handler) => {
      port = createPort(handler);
      return port.server as never;
    },
  });
  const implementations = services.map((service) => ({
    service,
    methods: Object.fromEntries(service.methods.map((method) => [method.localName, implement(method)])),
  }));
  serveServices(app, implementations as Implementation[], {
    onFault: (error) => faults.push(error),
    cut: new AbortController().signal,
    keepAlive: 10,
  });
  await app.listen({ host: "127.0.0.1", port: 0 });
  context.after(async () => {
    const closed = app.close();
    await port?.drain(0);
    await closed;
  });
  return { port: (app.server.address() as AddressInfo).port, faults };
}

/** Calls any rpc with an empty request, and reads all of its answer. */
async function call({ transport }: OpenClient, method: DescMethod): Promise<void> {
  if (method.methodKind === "unary") {
    await transport.unary(method as DescMethodUnary, undefined, undefined, undefined, {});
  } else if (method.methodKind === "server_streaming") {
    const input = (async function* () {
      yield {};
    })();
    const { message } = await transport.stream(
      method as DescMethodServerStreaming,
      undefined,
      undefined,
      undefined,
      input,
    );
    for await (const _ of message);
  } else throw new Error(`Nothing here can call a ${method.methodKind} method.`);
}

const rest = (port: number, { verb, template }: Row) =>
  fetch(`http://127.0.0.1:${port}${template.url}`, { method: verb });

function assertFault(body: Record<string, unknown>): void {
  assert.deepEqual(body, {
    status: "error",
    message: sentence,
    code: "INTERNAL",
    reason: "UNSPECIFIED",
  });
}

test("the contract's services are found", () => {
  assert.ok(methods.length >= 14);
});

for (const [when, streaming] of [
  ["at once", throws],
  ["after a first message", throwsAfterOne],
] as const) {
  const implement = ({ methodKind }: DescMethod) => (methodKind === "unary" ? throws : streaming);

  for (const kind of clientKinds.filter(({ name }) => name !== "REST"))
    test(`${kind.name}: every rpc that throws ${when} is an internal fault, and tells no path`, async (context) => {
      const { port, faults } = await serving(context, implement);
      const client = kind.open(port);
      context.after(client.close);
      for (const method of methods) {
        const { code, message, detail } = await failure(call(client, method));
        assert.deepEqual([Code[code], message], ["Internal", sentence], method.name);
        assert.equal(detail?.reason, ErrorReason.UNSPECIFIED, method.name);
      }
      assert.deepEqual(
        faults,
        methods.map(() => fault),
        "each is reported once",
      );
    });

  test(`REST: every row that throws ${when} is an internal fault, and tells no path`, async (context) => {
    const { port, faults } = await serving(context, implement);
    for (const row of restRoutes) {
      const response = await rest(port, row);
      if (row.kind === "stream" && streaming === throwsAfterOne) {
        const events = await Array.fromAsync(readEvents(response));
        assert.equal(events.at(-1)?.event, "error", row.template.url);
        assertFault(events.at(-1)?.data ?? {});
      } else {
        assert.equal(response.status, 500, row.template.url);
        assertFault((await response.json()) as Record<string, unknown>);
      }
    }
    assert.deepEqual(
      faults,
      restRoutes.map(() => fault),
      "each is reported once",
    );
  });
}

/** A crash with the longest log tail that there is: 50 entries of 8 KB. */
const crash = () => {
  const exit = { run: 1, signal: "SIGSEGV", asked: false, time: 0, message: "It crashed" };
  return engineExited(exit, Array(50).fill(logEntry("ü".repeat(4_096), { cursor: 7 })));
};

for (const kind of clientKinds)
  test(`${kind.name}: an error with a long log arrives, and the next call too`, async (context) => {
    const { port, faults } = await serving(context, () => throwing(crash()));
    const client = kind.open(port);
    context.after(client.close);
    const { getHealth } = GodotControlService.method;
    for (const _ of [1, 2]) {
      const { code, message, detail } = await failure(call(client, getHealth));
      assert.equal(code, Code.Unavailable);
      assert.match(message, /^It crashed/);
      assert.equal(detail?.reason, ErrorReason.ENGINE_EXITED);
      assert.ok(detail.logTail.length > 0);
      assert.equal(detail.logTail.length + detail.logTailOmitted, 50);
      assert.equal(detail.logCursor, 6n);
    }
    assert.deepEqual(faults, []);
  });

for (const type of ["application/grpc+json", "application/grpc-web+json", "application/connect+json"])
  test(`${type}: an error that quotes its caller is cut, and the next call is answered`, async (context) => {
    const { port } = await serving(context, () => () => ({}));
    const session = connect(`http://127.0.0.1:${port}`);
    context.after(() => session.destroy());
    const body = Buffer.from(JSON.stringify({ ["x".repeat(200_000)]: 1 }));
    const head = Buffer.alloc(5);
    head.writeUInt32BE(body.length, 1);
    for (const _ of [1, 2]) {
      const stream = session.request({
        ":method": "POST",
        ":path": "/godot.control.v1.GodotControlService/WatchHealth",
        "content-type": type,
        te: "trailers",
      });
      stream.end(Buffer.concat([head, body]));
      let answer = "";
      stream.on("trailers", (trailers) => {
        answer += JSON.stringify(trailers);
      });
      stream.on("data", (chunk) => {
        answer += chunk;
      });
      await once(stream, "close");
      assert.match(answer, /x{100}.*(…|%E2%80%A6)/);
      assert.ok(answer.length < 20_000, `${answer.length}`);
    }
  });

test("gRPC: no trailer of an error is longer than clients take", async (context) => {
  const { port } = await serving(context, () => throwing(crash()));
  const session = connect(`http://127.0.0.1:${port}`);
  context.after(() => session.destroy());
  const stream = session.request({
    ":method": "POST",
    ":path": "/godot.control.v1.GodotControlService/GetHealth",
    "content-type": "application/grpc",
    te: "trailers",
  });
  stream.end(Buffer.alloc(5));
  stream.resume();
  const sent: Record<string, unknown>[] = [];
  stream.on("response", (headers) => sent.push(headers));
  stream.on("trailers", (trailers) => sent.push(trailers));
  await once(stream, "close");
  const all = Object.assign({}, ...sent) as Record<string, string>;
  assert.ok((all["grpc-message"] ?? "").length <= 1_024);
  assert.ok((all["grpc-status-details-bin"] ?? "").length <= 5_464, "4 KiB, in base64");
  assert.equal(all["grpc-status"], String(Code.Unavailable));
});

for (const kind of clientKinds)
  test(`${kind.name}: an error whose log cannot be written arrives without that`, async (context) => {
    const exit = { run: 1, signal: "SIGSEGV", asked: false, time: 0, message: "It crashed" };
    const { port } = await serving(context, () =>
      throwing(engineExited(exit, [logEntry("boo", { line: 99_999_999_999 })])),
    );
    const client = kind.open(port);
    context.after(client.close);
    const { code, detail } = await failure(call(client, GodotControlService.method.getHealth));
    assert.deepEqual(
      [code, detail?.reason, detail?.logTail.length, detail?.logTailOmitted],
      [Code.Unavailable, ErrorReason.ENGINE_EXITED, 0, 1],
    );
  });

test("Connect, JSON: false, zero and nothing are written out", async (context) => {
  const { port } = await serving(context, () => () => ({ health: { process: {} } }));
  const response = await fetch(`http://127.0.0.1:${port}/godot.control.v1.GodotControlService/GetHealth`, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: "{}",
  });
  assert.deepEqual(await response.json(), {
    health: {
      healthy: false,
      blockingIssues: [],
      process: { state: "ENGINE_STATE_UNSPECIFIED", running: false, run: "0", attached: false },
    },
  });
});

const json = { "Content-Type": "application/json" };
const tooLarge = `{"scene_path": "${"x".repeat(largestRequest)}"}`;
for (const [path, init, status, code, reason, message] of [
  ["/nothing", {}, 404, "NOT_FOUND", "NO_SUCH_PATH", /^No such path: \/nothing\. There are/],
  ["/%zz", {}, 400, "INVALID_ARGUMENT", "MALFORMED_REQUEST", /%zz/],
  ["/scene/load", {}, 405, "UNIMPLEMENTED", "NO_SUCH_PATH", /^\/scene\/load takes POST, not GET\.$/],
  ["/scene/load", { body: "{" }, 400, "INVALID_ARGUMENT", "INVALID_FIELD", /^body: it is not JSON: /],
  [
    "/scene/load",
    { body: "[1]" },
    400,
    "INVALID_ARGUMENT",
    "INVALID_FIELD",
    /^body: it must be a JSON object$/,
  ],
  [
    "/scene/load",
    { body: '{"a": 1}' },
    400,
    "INVALID_ARGUMENT",
    "INVALID_FIELD",
    /^a: there is no such field/,
  ],
  ["/scene/load", { body: tooLarge }, 413, "RESOURCE_EXHAUSTED", "REQUEST_TOO_LARGE", /larger than 1048576/],
] as const)
  test(`REST: ${status} of ${path} has a code and a reason: ${code}, ${reason}`, async (context) => {
    const { port, faults } = await serving(context, () => () => ({}));
    const post = "body" in init ? { method: "POST", headers: json, ...init } : init;
    const response = await fetch(`http://127.0.0.1:${port}${path}`, post);
    assert.equal(response.status, status);
    const body = (await response.json()) as Record<string, unknown>;
    assert.deepEqual([body.status, body.code, body.reason], ["error", code, reason]);
    assert.match(String(body.message), message);
    assert.deepEqual(faults, []);
  });

test("REST: a body that is too large is refused over HTTP/2 without a warning of Node's", async (context) => {
  const warnings: Error[] = [];
  const warn = (warning: Error) => warnings.push(warning);
  process.on("warning", warn);
  context.after(() => process.off("warning", warn));
  const { port } = await serving(context, () => () => ({}));
  const { head, body } = await overHttp2(context, port, "POST", "/scene/load", tooLarge);
  assert.deepEqual([head[":status"], body.reason], [413, "REQUEST_TOO_LARGE"]);
  assert.deepEqual(warnings, []);
});

/** Sends one request over HTTP/2, without headers that it need not have, and reads its answer as JSON. */
async function overHttp2(context: TestContext, port: number, method: string, path: string, body = "") {
  const session = connect(`http://127.0.0.1:${port}`);
  context.after(() => session.destroy());
  const stream = session.request({ ":method": method, ":path": path });
  stream.end(body);
  const [head] = (await once(stream, "response")) as [Record<string, unknown>];
  return { head, body: JSON.parse(await text(stream)) };
}

for (const [path, allow] of [
  ["/godot/health", "GET, HEAD"],
  ["/scene/load", "POST"],
] as const)
  for (const method of ["PROPFIND", "FOO"])
    test(`REST, HTTP/2: ${method} is told what ${path} takes`, async (context) => {
      const { port } = await serving(context, () => () => ({}));
      const { head, body } = await overHttp2(context, port, method, path);
      assert.deepEqual([head[":status"], body.reason], [405, "NO_SUCH_PATH"]);
      assert.ok(String(head.allow).startsWith(allow), String(head.allow));
      assert.match(body.message, new RegExp(`^${path} takes .*, not ${method}\\.$`));
    });

test("REST, HTTP/2: a method that nobody knows, and a path that nobody serves", async (context) => {
  const { port } = await serving(context, () => () => ({}));
  const { head, body } = await overHttp2(context, port, "FOO", "/nothing");
  assert.deepEqual([head[":status"], body.reason], [404, "NO_SUCH_PATH"]);
});

test("REST, HTTP/2: a body is read without a header that announces it", async (context) => {
  const { port } = await serving(context, () => () => ({}));
  const { body } = await overHttp2(context, port, "POST", "/scene/load", '{"a": 1}');
  assert.match(body.message, /^a: there is no such field/);
});

for (const message of ["!!!!", "_"])
  test(`Connect by GET: ${message} is said not to be base64`, async (context) => {
    const { port, faults } = await serving(context, () => () => ({}));
    const path =
      "/godot.control.v1.GodotControlService/GetHealth?connect=v1&encoding=proto&base64=1&message=";
    const response = await fetch(`http://127.0.0.1:${port}${path}${message}`);
    const body = (await response.json()) as Record<string, unknown>;
    assert.deepEqual(
      [response.status, body.code, body.message, faults],
      [400, "invalid_argument", "The request cannot be read: its message is not base64.", []],
    );
    assert.equal((await fetch(`http://127.0.0.1:${port}${path}`)).status, 200);
  });

for (const [type, header, value] of [
  ["application/json", "connect-timeout-ms", "9999999999"],
  ["application/proto", "connect-timeout-ms", "2147483648"],
  ["application/grpc", "grpc-timeout", "99999999H"],
  ["application/grpc", "grpc-timeout", "99999999M"],
  ["application/grpc-web", "grpc-timeout", "99999999S"],
] as const)
  test(`${type}: a deadline of ${value} is as far away as a timer can hold`, async (context) => {
    const left: (number | undefined)[] = [];
    const { port } = await serving(context, () => (_request: unknown, { timeoutMs }: HandlerContext) => {
      left.push(timeoutMs());
      return {};
    });
    const session = connect(`http://127.0.0.1:${port}`);
    context.after(() => session.destroy());
    const stream = session.request({
      ":method": "POST",
      ":path": "/godot.control.v1.GodotControlService/GetHealth",
      "content-type": type,
      te: "trailers",
      [header]: value,
    });
    const empty = { json: "{}", proto: "", grpc: Buffer.alloc(5), "grpc-web": Buffer.alloc(5) };
    stream.end(empty[type.slice("application/".length) as keyof typeof empty]);
    await once(stream.resume(), "close");
    const day = 86_400_000;
    assert.equal(left.length, 1);
    assert.ok((left[0] ?? 0) > 24 * day && (left[0] ?? 0) < 2 ** 31, `${left[0]}`);
  });

test("REST: every stream that is quiet has comments", async (context) => {
  const { port } = await serving(context, ({ methodKind }) =>
    methodKind === "unary" ? () => ({}) : (_request: unknown, { signal }: HandlerContext) => quietly(signal),
  );
  async function* quietly(signal: AbortSignal) {
    yield {};
    await once(signal, "abort");
  }
  for (const row of restRoutes.filter(({ kind }) => kind === "stream")) {
    const response = await rest(port, row);
    const decoder = new TextDecoder();
    let text = "";
    for await (const bytes of response.body ?? []) {
      text += decoder.decode(bytes);
      if (/^event: .+\n.+\n\n: quiet\n\n: quiet\n\n$/.test(text)) break;
    }
    assert.match(text, /quiet/, row.template.url);
  }
});

test("REST: HEAD is answered where GET is, but of no stream, and Allow says so", async (context) => {
  const { port } = await serving(context, ({ methodKind }) =>
    methodKind === "unary" ? () => ({}) : async function* () {},
  );
  for (const { verb, template, kind } of restRoutes) {
    const { url: path } = template;
    const url = `http://127.0.0.1:${port}${path}`;
    const head = await fetch(url, { method: "HEAD" });
    const takesHead = verb === "GET" && kind === "unary";
    assert.equal(head.status !== 405, takesHead, path);
    const { headers } = await fetch(url, { method: "DELETE" });
    assert.equal(headers.get("allow"), takesHead ? "GET, HEAD" : verb, path);
  }
});

test("REST: an answer that cannot be written is an internal fault too", async (context) => {
  const unwritable = { entries: [{ time: { seconds: 10n ** 15n, nanos: 0 } }] };
  const { port, faults } = await serving(context, ({ methodKind }) =>
    methodKind === "unary"
      ? () => unwritable
      : async function* () {
          yield unwritable;
        },
  );
  for (const path of ["/logs", "/logs/watch"]) {
    const row = restRoutes.find((one) => one.template.url === path);
    assert.ok(row);
    const response = await rest(port, row);
    assert.equal(response.status, 500);
    assertFault((await response.json()) as Record<string, unknown>);
  }
  assert.equal(faults.length, 2);
});

test("watches whose clients leave at any moment end, each of them", async (context) => {
  let begun = 0;
  let ended = 0;
  const all = new EventEmitter();
  const { port } = await serving(context, ({ methodKind }) => {
    if (methodKind === "unary") return () => ({});
    return async function* (_request: unknown, { signal }: HandlerContext) {
      begun += 1;
      try {
        yield {};
        if (!signal.aborted) await once(signal, "abort");
      } finally {
        ended += 1;
        all.emit("ended");
      }
    };
  });
  for (let turn = 0; turn < 12; turn += 1) {
    const session = connect(`http://127.0.0.1:${port}`, { settings: { initialWindowSize: 0 } });
    session.on("error", () => {});
    const streams = Array.from({ length: 100 }, () => session.request({ ":path": "/health/watch" }));
    for (const stream of streams) stream.on("error", () => {});
    if (turn % 3 > 0) await once(streams[turn % 3 === 1 ? 0 : 99] as ClientHttp2Stream, "response");
    else await once(session, "connect");
    const closed = once(session, "close");
    session.destroy();
    await closed;
  }
  // One that is asked for now is begun after all of those.
  const last = connect(`http://127.0.0.1:${port}`);
  context.after(() => last.destroy());
  await once(last.request({ ":path": "/health/watch" }), "data");
  while (ended < begun - 1) await once(all, "ended");
});
