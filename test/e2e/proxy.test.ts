/** What passes through `/godot/*` to the engine, and what does not: seen by a stand-in that notes all it is sent. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, type IncomingMessage } from "node:http";
import { connect } from "node:net";
import { text } from "node:stream/consumers";
import { describe, it, type TestContext } from "node:test";
import { untilHealth } from "../support/expect.ts";
import { temporaryProject } from "../support/project.ts";
import { rawHttp1, rawHttp2 } from "../support/raw_request.ts";
import { startServer } from "../support/server.ts";

async function listening(context: TestContext, server: ReturnType<typeof createServer>): Promise<number> {
  await once(server.listen(0, "127.0.0.1"), "listening");
  context.after(() => {
    server.closeAllConnections();
    server.close();
  });
  return (server.address() as { port: number }).port;
}

/** A server in front of a stand-in, which sends whoever asks for `/elsewhere` to a trap. */
async function standIn(context: TestContext) {
  const trapped: string[] = [];
  const trap = await listening(
    context,
    createServer((request, response) => {
      trapped.push(request.url ?? "");
      response.end();
    }),
  );
  const asked: IncomingMessage[] = [];
  const enginePort = await listening(
    context,
    createServer((request, response) => {
      if (request.headers["x-test"] !== undefined) asked.push(request);
      if (request.url === "/elsewhere")
        return response.writeHead(302, { Location: `http://127.0.0.1:${trap}/there` }).end();
      response.writeHead(200, {
        "Content-Type": "application/json",
        "Access-Control-Allow-Origin": "*",
        Connection: "close, X-Private",
        "X-Private": "1",
        "X-Public": "2",
      });
      return response.end(
        JSON.stringify({ status: "ok", scene_name: "Main", scene_path: "res://main.tscn" }),
      );
    }),
  );
  const project = await temporaryProject(context, {});
  const test = await startServer(context, project, ["--no-autostart", `--godot-port=${enginePort}`]);
  await untilHealth(test, (health) => health.api?.reachable === true);
  return { port: test.port, enginePort, trap, asked, trapped };
}

const secrets = { authorization: "Bearer of-the-server", cookie: "session=1", "x-test": "1" };

describe("The proxy", async () => {
  it("keeps from the engine what is not for it, and from the caller what is not for it", async (context) => {
    const { port, enginePort, asked } = await standIn(context);
    const overHttp1 = await rawHttp1({
      port,
      path: "/godot/anything?a=//b",
      headers: {
        ...secrets,
        connection: "keep-alive, X-Hop",
        "x-hop": "1",
        te: "trailers",
        upgrade: "h2c",
        "http2-settings": "AAMAAABk",
        "proxy-authorization": "Basic eA==",
        "keep-alive": "timeout=5",
        "x-kept": "1",
      },
    });
    const overHttp2 = await rawHttp2({
      port,
      path: "/godot/anything?a=//b",
      headers: { ...secrets, "x-kept": "1" },
    });
    assert.equal(asked.length, 2);
    for (const { headers, url } of asked) {
      assert.equal(url, "/anything?a=//b");
      assert.equal(headers.host, `127.0.0.1:${enginePort}`);
      assert.equal(headers["x-kept"], "1");
      const names = ["authorization", "cookie", "x-hop", "te", "upgrade", "http2-settings"];
      for (const name of [...names, "proxy-authorization", "keep-alive"])
        assert.equal(headers[name], undefined, name);
    }
    for (const { status, headers } of [overHttp1, overHttp2]) {
      assert.equal(status, 200);
      assert.equal(headers["x-public"], "2");
      assert.equal(headers["x-private"], undefined);
      assert.equal(headers["access-control-allow-origin"], undefined);
    }
  });

  it("is not taken for a leak", async (context) => {
    const { port } = await standIn(context);
    const warnings: Error[] = [];
    const note = (warning: Error) => warnings.push(warning);
    process.on("warning", note);
    context.after(() => process.off("warning", note));
    assert.equal((await fetch(`http://127.0.0.1:${port}/godot/x`)).status, 200);
    await new Promise(setImmediate);
    assert.deepEqual(warnings, []);
  });

  it("hands a redirect on, and follows none", async (context) => {
    const { port, trap, trapped } = await standIn(context);
    const { status, headers } = await rawHttp1({ port, path: "/godot/elsewhere" });
    assert.equal(status, 302);
    assert.equal(headers.location, `http://127.0.0.1:${trap}/there`);
    assert.deepEqual(trapped, []);
  });

  it("asks one host, whatever the path says", async (context) => {
    const { port, trap, trapped } = await standIn(context);
    const host = `127.0.0.1:${trap}`;
    const answers = async (target: string) => {
      const socket = connect(port, "127.0.0.1");
      socket.write(`GET ${target} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n`);
      return /^HTTP\/1\.1 (\d+) /.exec(await text(socket))?.[1];
    };
    for (const target of [`//${host}/`, `/godot@${host}/there`, `/godot/@${host}/there`])
      assert.match((await answers(target)) ?? "", /^(200|404)$/, target);
    for (const target of [
      `http://${host}/`,
      `http://${host}/godot/there`,
      `/godot//${host}/there`,
      `/godot/http://${host}/there`,
      `/godot/..//${host}/there`,
      `/godot/\\${host}/there`,
      `/godot/%2f${host}/there`,
      `/godot/%5C${host}/there`,
      `/godot/a%0d%0aHost:%20${host}`,
      "/godot/a%0ab",
      "/godot/a%00b",
    ])
      assert.equal(await answers(target), "400", target);
    assert.deepEqual(trapped, []);
  });

  it("makes of one request never two, as a line break in a header would", async (context) => {
    const { port, asked } = await standIn(context);
    const socket = connect(port, "127.0.0.1");
    const hidden = "GET /hidden HTTP/1.1\r\nHost: localhost\r\nX-Test: 1\r\n\r\n";
    socket.end(
      `POST /godot/shown HTTP/1.1\r\nHost: localhost\r\nX-Test: 1\r\nContent-Length: ${hidden.length}\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n${hidden}`,
    );
    assert.match(await text(socket), /^HTTP\/1\.1 400 /);
    const bare = connect(port, "127.0.0.1");
    bare.end(`GET /godot/shown HTTP/1.1\r\nHost: localhost\r\nX-Test: 1\nX-Smuggled: 1\r\n\r\n`);
    assert.match(await text(bare), /^HTTP\/1\.1 400 /);
    assert.deepEqual(
      asked.map(({ url }) => url).filter((url) => url === "/hidden"),
      [],
    );
  });
});
