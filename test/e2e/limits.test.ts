/** What one client may cost, and what the engine and the proxy are given of the server's secrets. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { type ClientHttp2Session, connect as connectHttp2, constants } from "node:http2";
import { connect, type Socket } from "node:net";
import { describe, it, type TestContext } from "node:test";
import { brotliCompressSync, gzipSync, constants as zlib } from "node:zlib";
import { Code } from "@connectrpc/connect";
import { defaultLimits, type Limits } from "../../src/http/front/limits.ts";
import { timed, untilLogged } from "../support/expect.ts";
import { peakMemory } from "../support/process_figures.ts";
import { importedProject, projectGodot, sceneFile, temporaryProject } from "../support/project.ts";
import { rawHttp1 } from "../support/raw_request.ts";
import { startServer } from "../support/server.ts";
import { serverThatSaid } from "../support/server_process.ts";

const mainScene = (script?: string) => ({
  "project.godot": projectGodot({ mainScene: "res://main.tscn" }),
  "main.tscn": sceneFile("Main", script === undefined ? {} : { script: "res://main.gd" }),
  ...(script !== undefined && { "main.gd": script }),
});

/** In hexadecimal, as what follows it is. */
const preface = Buffer.from("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n").toString("hex");

/** A server that starts nothing: only its front is looked at. */
async function front(context: TestContext, limits: Partial<Limits> = {}) {
  const project = await temporaryProject(context, mainScene());
  const { port } = await startServer(context, project, ["--no-autostart"], limits);
  const sockets: Socket[] = [];
  context.after(() => {
    for (const socket of sockets) socket.destroy();
  });
  return {
    port,
    open(): Socket {
      const socket = connect(port, "127.0.0.1").on("error", () => {});
      sockets.push(socket);
      return socket;
    },
    openHttp2(): ClientHttp2Session {
      const session = connectHttp2(`http://127.0.0.1:${port}`).on("error", () => {});
      context.after(() => session.destroy());
      return session;
    },
  };
}

/** Everything that comes until the other side closes. */
async function untilClosed(socket: Socket): Promise<string> {
  let received = "";
  socket.on("data", (bytes) => {
    received += bytes.toString("latin1");
  });
  await once(socket, "close");
  return received;
}

/** 100 MB of a request that is sound, in a few KB. */
const bombs = {
  gzip: gzipSync(Buffer.alloc(100_000_000, " ")),
  br: brotliCompressSync(Buffer.alloc(100_000_000, " "), {
    params: { [zlib.BROTLI_PARAM_QUALITY]: 5, [zlib.BROTLI_PARAM_LGWIN]: 24 },
  }),
};
const rpc = "/godot.control.v1.SceneService/LoadScene";
const streamRpc = "/godot.control.v1.SceneService/LoadSceneStream";

/** One message behind its envelope, whose flag says that it is compressed. */
function enveloped(bytes: Buffer): Buffer {
  const head = Buffer.alloc(5);
  head.writeUInt8(1);
  head.writeUInt32BE(bytes.length, 1);
  return Buffer.concat([head, bytes]);
}

interface Bomb {
  readonly over: string;
  readonly path: string;
  readonly type: string;
  readonly header: string;
  readonly isEnveloped?: boolean;
  /** In the answer's headers, body or trailers. */
  readonly refused: RegExp;
}

/** Brotli takes a window of 16 MB for a request of a few bytes. */
const notTaken = new RegExp(`unimplemented|MALFORMED_REQUEST|grpc-status"?: ?"?${Code.Unimplemented}`);
const exhausted = `${Code.ResourceExhausted}`;
const everyBomb: readonly Bomb[] = [
  ...["application/json", "application/proto"].map((type) => ({
    over: `Connect, ${type}`,
    path: rpc,
    type,
    header: "content-encoding",
    refused: /"code":"resource_exhausted"/,
  })),
  ...["application/connect+json", "application/connect+proto"].map((type) => ({
    over: `a stream of Connect, ${type}`,
    path: streamRpc,
    type,
    header: "connect-content-encoding",
    isEnveloped: true,
    refused: /"code":"resource_exhausted"/,
  })),
  ...["application/grpc", "application/grpc+json"].map((type) => ({
    over: `gRPC, ${type}`,
    path: rpc,
    type,
    header: "grpc-encoding",
    isEnveloped: true,
    refused: new RegExp(`"grpc-status":"${exhausted}"`),
  })),
  ...["application/grpc-web", "application/grpc-web+json"].map((type) => ({
    over: `gRPC-Web, ${type}`,
    path: streamRpc,
    type,
    header: "grpc-encoding",
    isEnveloped: true,
    refused: new RegExp(`grpc-status"?: ?"?${exhausted}`),
  })),
  {
    over: "REST",
    path: "/scene/load",
    type: "application/json",
    header: "content-encoding",
    refused: /"reason":"MALFORMED_REQUEST"/,
  },
];

describe("A message that is too large", async () => {
  it("after decompression is refused over every protocol, and costs no memory", async (context) => {
    const project = await temporaryProject(context, mainScene());
    const { server, baseUrl } = await serverThatSaid(context, project, /Listening on/, {
      flags: ["--no-autostart"],
    });
    const session = connectHttp2(baseUrl);
    context.after(() => session.destroy());
    const send = async ({ path, type, header, isEnveloped }: Bomb, encoding: keyof typeof bombs) => {
      const stream = session.request({
        ":method": "POST",
        ":path": path,
        "content-type": type,
        te: "trailers",
        [header]: encoding,
      });
      let answer = "";
      for (const event of ["response", "trailers"])
        stream.on(event, (headers) => {
          answer += JSON.stringify(headers);
        });
      stream.on("data", (bytes) => {
        answer += bytes;
      });
      const closed = once(stream, "close");
      stream.end(isEnveloped ? enveloped(bombs[encoding]) : bombs[encoding]);
      await closed;
      return answer;
    };
    let mostMore = 0;
    for (const bomb of everyBomb)
      for (const encoding of ["gzip", "br"] as const) {
        const refused = async () =>
          assert.match(
            await send(bomb, encoding),
            encoding === "br" ? notTaken : bomb.refused,
            `${bomb.over}, ${encoding}`,
          );
        await refused();
        mostMore = Math.max(mostMore, await peakMemory(server.pid as number, refused));
      }
    context.diagnostic(`100 MB in a message: ${(mostMore / 1e6).toFixed(1)} MB more at most`);
    assert.ok(mostMore < 10_000_000);
  });
});

describe("A client", () => {
  it("has the limits that docs/security.md tells of", () => {
    assert.deepEqual(defaultLimits, {
      headers: 10_000,
      headersCheck: 500,
      request: 30_000,
      idle: 75_000,
      halfClosed: 500,
      silent: 1_000,
      unread: 30_000,
      unreadAtEnd: 1_000,
      unreadBytes: 64 * 1024 * 1024,
      unreadBytesInAll: 128 * 1024 * 1024,
      keepAlive: 15_000,
      pong: 20_000,
      connections: 256,
      streams: 128,
      pipelined: 16,
      behind: 1024 * 1024,
      answering: 16,
      quick: 20,
    } satisfies Limits);
  });
});

/** The same limits, so short that a test can wait for them. */
const soon = { headers: 300, headersCheck: 10, request: 600, idle: 300, halfClosed: 50 };

describe("A connection", async () => {
  it("that does not finish its headers in time is closed", async (context) => {
    const socket = (await front(context, soon)).open();
    socket.write("GET /health HTTP/1.1\r\nHost: localhost\r\n");
    assert.match(await timed(context, "closed after", () => untilClosed(socket)), /^HTTP\/1\.1 408 /);
  });

  it("that says nothing, or not enough to tell what it speaks, is closed", async (context) => {
    const { open } = await front(context, soon);
    const sockets = [open(), open()];
    sockets[1]?.write("PRI * HT");
    await timed(context, "closed after", () => Promise.all(sockets.map(untilClosed)));
  });

  it("keeps a request without its whole body for a while, and a watch for as long as it likes", async (context) => {
    const { open, openHttp2 } = await front(context, soon);
    const session = openHttp2();
    const watch = session.request({ ":path": "/health/watch" });
    watch.resume();
    const halfSent = session.request(
      { ":method": "POST", ":path": "/scene/load", "content-type": "application/json" },
      { endStream: false },
    );
    halfSent.on("error", () => {});
    halfSent.write("{");
    const socket = open();
    socket.write(
      "POST /scene/load HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 9\r\n\r\n{",
    );
    await timed(context, "ended after", () => Promise.all([untilClosed(socket), once(halfSent, "close")]));
    assert.equal(halfSent.rstCode, constants.NGHTTP2_CANCEL);
    assert.equal(watch.closed, false);
  });

  it("that asks nothing more is closed", async (context) => {
    const { open, openHttp2 } = await front(context, soon);
    const session = openHttp2();
    const request = session.request({ ":path": "/scenes" });
    request.resume();
    const socket = open();
    socket.write("GET /scenes HTTP/1.1\r\nHost: localhost\r\n\r\n");
    await once(request, "close");
    await timed(context, "closed after", () => Promise.all([untilClosed(socket), once(session, "close")]));
  });

  it("of HTTP/2 that brings no whole request is closed", async (context) => {
    const socket = (await front(context, soon)).open();
    const settings = "000000040000000000";
    const beginOfHeaders = "000020010400000001";
    socket.write(Buffer.from(preface + settings + beginOfHeaders, "hex"));
    await timed(context, "closed after", () => untilClosed(socket));
  });

  it("from beyond 127.0.0.1 is not taken where nobody asked for that", async (context) => {
    const { port } = await front(context);
    const [error] = await once(connect(port, "127.0.0.2"), "error");
    assert.match(error.code, /ECONNREFUSED|EADDRNOTAVAIL|ETIMEDOUT|ENETUNREACH/);
  });

  it("is one of 256 at most", async (context) => {
    const { open } = await front(context);
    let answered = 0;
    let refused = 0;
    await Promise.all(
      Array.from({ length: 300 }, async () => {
        const socket = open();
        socket.write("GET /scenes HTTP/1.1\r\nHost: localhost\r\n\r\n");
        const isAnswered = await new Promise<boolean>((resolve) => {
          socket.once("data", () => resolve(true));
          socket.once("close", () => resolve(false));
        });
        if (isAnswered) answered += 1;
        else refused += 1;
      }),
    );
    assert.deepEqual([answered, refused], [256, 44]);
  });

  it("of HTTP/2 that resets its streams as fast as it can is closed, and no other is", async (context) => {
    const { openHttp2 } = await front(context);
    const good = openHttp2();
    await once(good, "connect");
    const bad = openHttp2();
    await once(bad, "connect");
    let isOpen = true;
    bad.once("close", () => {
      isOpen = false;
    });
    let resets = 0;
    while (isOpen) {
      for (let count = 0; count < 50 && !bad.destroyed; count += 1) {
        bad
          .request({ ":path": "/health" })
          .on("error", () => {})
          .close(constants.NGHTTP2_CANCEL);
        resets += 1;
      }
      await new Promise(setImmediate);
      assert.ok(resets < 1_000, "It is not closed.");
    }
    context.diagnostic(`closed after ${resets} resets`);
    const stream = good.request({ ":path": "/scenes" });
    const [headers] = await once(stream, "response");
    assert.equal(headers[":status"], 200);
  });

  for (const [what, request] of [
    ["CONNECT", "CONNECT evil.test:80 HTTP/1.1\r\nHost: localhost\r\n\r\n"],
    ["CONNECT for a path of the proxy", "CONNECT /godot/health HTTP/1.1\r\nHost: localhost\r\n\r\n"],
  ] as const) {
    it(`becomes no tunnel by ${what}`, async (context) => {
      const socket = (await front(context)).open();
      socket.write(request);
      assert.doesNotMatch(await untilClosed(socket), /^HTTP\/1\.1 [12]/);
    });
  }

  it("becomes no tunnel by CONNECT over HTTP/2", async (context) => {
    const { openHttp2, port } = await front(context);
    const session = openHttp2();
    for (const authority of ["evil.test:80", `localhost:${port}`]) {
      const request = session.request({ ":method": "CONNECT", ":authority": authority }, { endStream: true });
      request.resume();
      const [headers] = await once(request, "response");
      assert.equal(headers[":status"], 405);
    }
  });

  it("becomes no other protocol by Upgrade", async (context) => {
    const { port } = await front(context);
    for (const upgrade of ["websocket", "h2c"])
      for (const path of ["/health", "/godot/health"]) {
        const { status } = await rawHttp1({ port, path, headers: { connection: "Upgrade", upgrade } });
        assert.notEqual(status, 101);
      }
  });
});

describe("A game", async () => {
  it("cannot read the server's secrets in its environment, nor on its command line", async (context) => {
    const name = "GODOT_CONTROL_TOKEN";
    process.env[name] = "correct-horse-battery-staple";
    context.after(() => delete process.env[name]);
    const project = await importedProject(
      context,
      mainScene(
        `extends Node2D\n\nfunc _ready() -> void:\n\tvar output: Array[String] = []\n\tOS.execute("sh", ["-c", "env; cat /proc/$PPID/cmdline /proc/$PPID/environ | tr '\\\\\\\\0' ' '"], output)\n\tprint("environment ", output[0].replace("\\n", " "))\n`,
      ),
    );
    const test = await startServer(context, project);
    let environment = "";
    await untilLogged(test, (message) => {
      if (message.startsWith("environment ")) environment = message;
      return environment !== "";
    });
    assert.match(environment, /PATH=.*--headless/);
    assert.doesNotMatch(environment, /correct-horse|GODOT_CONTROL/);
    assert.doesNotMatch(environment, /Bearer|secret|nonce/i);
  });
});
