/** Who may use the server: each attack, over each protocol, on each path. None reaches a handler. */
import assert from "node:assert/strict";
import { chmod, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it, type TestContext } from "node:test";
import { importedProject, projectGodot, sceneFile, temporaryFolder } from "../support/project.ts";
import { type RawRequest, type RawResponse, rawHttp1, rawHttp2 } from "../support/raw_request.ts";
import { startServer } from "../support/server.ts";

const token = "correct-horse-battery-staple";
const load = JSON.stringify({ scene_path: "res://other.tscn" });
const rpc = "/godot.control.v1.SceneService";
const json = { "content-type": "application/json" };
/** An empty message in its envelope. */
const empty = "\0\0\0\0\0";

type Target = Omit<RawRequest, "port"> & { readonly onlyHttp2?: boolean };

/** Each way in. */
const targets: Readonly<Record<string, Target>> = {
  REST: { method: "POST", path: "/scene/load", headers: json, body: load },
  "REST as a form posts it": {
    method: "POST",
    path: "/scene/load",
    headers: { "content-type": "text/plain" },
    body: load,
  },
  "REST, read": { path: "/health" },
  "server-sent events": { path: "/health/watch" },
  "server-sent events of a load": { method: "POST", path: "/scene/load/watch", headers: json, body: load },
  "the proxy": { method: "POST", path: "/godot/scene/load", headers: json, body: load },
  Connect: {
    method: "POST",
    path: `${rpc}/LoadScene`,
    headers: json,
    body: JSON.stringify({ scenePath: "res://other.tscn" }),
  },
  "Connect by GET": { path: `${rpc}/GetCurrentScene?connect=v1&encoding=json&message=%7B%7D` },
  "gRPC-Web": {
    method: "POST",
    path: `${rpc}/GetCurrentScene`,
    headers: { "content-type": "application/grpc-web+proto" },
    body: empty,
  },
  gRPC: {
    method: "POST",
    path: `${rpc}/GetCurrentScene`,
    headers: { "content-type": "application/grpc", te: "trailers" },
    body: empty,
    onlyHttp2: true,
  },
  "a gRPC watch": {
    method: "POST",
    path: "/godot.control.v1.GodotControlService/WatchHealth",
    headers: { "content-type": "application/grpc", te: "trailers" },
    body: empty,
    onlyHttp2: true,
  },
  "a path that is not there": { path: "/nothing" },
  "a path that is none": { path: "/%zz" },
};

/** Makes this request of each target, over both versions of HTTP. */
async function attack(
  port: number,
  headers: Readonly<Record<string, string>>,
  check: (answer: RawResponse, what: string) => void,
): Promise<void> {
  for (const [name, { onlyHttp2, ...target }] of Object.entries(targets)) {
    const request = { ...target, port, headers: { ...target.headers, ...headers } };
    const { host, ...others } = request.headers as Record<string, string>;
    const overHttp2 = { ...request, headers: { ...others, ...(host && { ":authority": host }) } };
    check(await rawHttp2(overHttp2), `${name}, HTTP/2`);
    if (!onlyHttp2) check(await rawHttp1(request), `${name}, HTTP/1.1`);
  }
}

const withProject = async (context: TestContext, flags: readonly string[] = []) => {
  const test = await startServer(
    context,
    await importedProject(context, { "main.tscn": sceneFile("Main"), "other.tscn": sceneFile("Other") }),
    flags,
  );
  return test;
};

describe("A web page", async () => {
  it("from elsewhere, or under a name of its own, reaches nothing, whatever it speaks", async (context) => {
    const test = await withProject(context);
    await test.scene.loadScene({ scenePath: "res://main.tscn" });
    for (const headers of [
      { host: "evil.test" },
      { host: "localhost.evil.test" },
      { origin: "https://evil.test" },
      { origin: "null" },
      { origin: "http://localhost:3000" },
      { "sec-fetch-site": "cross-site" },
    ] as readonly Record<string, string>[]) {
      await attack(test.port, headers, ({ status, headers: answered }, what) => {
        assert.equal(status, 403, `${what}, ${JSON.stringify(headers)}`);
        for (const name of Object.keys(answered)) assert.ok(!name.startsWith("access-control-"), what);
      });
    }
    const { result } = await test.scene.loadScene({ scenePath: "res://main.tscn" });
    assert.equal(result?.scene?.generation, 2n, "No other scene was loaded in between.");
    // Whoever writes such a page sees no more than that it failed; the log says why, once.
    const told = test.reports.filter((line) => line.startsWith("Turned away: "));
    assert.equal(told.filter((line) => line.includes('"http://localhost:3000"')).length, 1);
    assert.ok(
      told.every((line) => /--allowed-(host|origin)|another site/.test(line)),
      told.join("\n"),
    );
  });

  it("is told of in the log, but not for ever", async (context) => {
    const { port, reports } = await withProject(context, ["--no-autostart"]);
    for (let count = 0; count < 100; count += 1)
      await rawHttp1({ port, path: "/scenes", headers: { origin: `https://evil${count}.test` } });
    assert.equal(reports.filter((line) => line.startsWith("Turned away: ")).length, 20);
  });

  it("from an origin that was allowed works, its preflight included; no other one does", async (context) => {
    const origin = "https://app.example";
    const { port } = await withProject(context, [`--allowed-origin=${origin}`, "--no-autostart"]);
    const crossing = { origin, "sec-fetch-site": "cross-site" };
    const preflight = {
      port,
      method: "OPTIONS",
      path: `${rpc}/LoadScene`,
      headers: { ...crossing, "access-control-request-method": "POST" },
    };
    for (const answer of [await rawHttp1(preflight), await rawHttp2(preflight)]) {
      assert.equal(answer.status, 204);
      assert.equal(answer.headers["access-control-allow-origin"], origin);
      assert.match(String(answer.headers["access-control-allow-headers"]), /Connect-Protocol-Version/);
      assert.equal(answer.headers["access-control-allow-credentials"], undefined);
    }
    for (const send of [rawHttp1, rawHttp2]) {
      const answer = await send({ port, path: "/scenes", headers: crossing });
      assert.equal(answer.status, 200);
      assert.equal(answer.headers["access-control-allow-origin"], origin);
      assert.equal(answer.headers.vary, "Origin");
      const other = await send({
        port,
        path: "/scenes",
        headers: { ...crossing, origin: "https://evil.test" },
      });
      assert.equal(other.status, 403);
    }
  });
});

describe("A server with a token", async () => {
  const tokenFile = async (context: TestContext, text = token, mode = 0o600) => {
    const path = join(await temporaryFolder(context), "token");
    await writeFile(path, `${text}\n`);
    await chmod(path, mode);
    return path;
  };

  it("gives nothing to who does not bring it, whatever he speaks, and says none of it", async (context) => {
    const test = await withProject(context, [`--token-file=${await tokenFile(context)}`, "--no-autostart"]);
    await attack(test.port, {}, ({ status, headers, body }, what) => {
      assert.equal(status, 401, what);
      assert.match(String(headers["www-authenticate"]), /^Bearer/);
      assert.ok(!body.includes(token));
    });
    for (const name of ["/scenes", "/godot/health"]) {
      const answer = await rawHttp1({
        port: test.port,
        path: name,
        headers: { authorization: `Bearer ${token}` },
      });
      assert.notEqual(answer.status, 401, name);
    }
  });

  it("answers a wrong one ever more slowly, logs whose the first was and never what it was", async (context) => {
    const test = await withProject(context, [`--token-file=${await tokenFile(context)}`, "--no-autostart"]);
    const guess = {
      port: test.port,
      path: "/health",
      headers: { authorization: "Bearer guess-guess-guess" },
    };
    const answered: string[] = [];
    const guesses = Array.from({ length: 5 }, async (_, index) => {
      assert.equal((await (index % 2 === 0 ? rawHttp1 : rawHttp2)(guess)).status, 401);
      answered.push("wrong");
    });
    await guesses[0];
    const right = { ...guess, headers: { authorization: `Bearer ${token}` } };
    assert.notEqual((await rawHttp1(right)).status, 401);
    answered.push("right");
    await Promise.all(guesses);
    assert.equal(answered.at(-1), "wrong", "Who has the token does not wait behind who guesses.");
    assert.deepEqual(
      test.reports
        .filter((line) => line.includes("wrong token"))
        .map((line) => Number(/(\d+) in a row/.exec(line)?.[1])),
      [1],
    );
    assert.ok(!test.reports.join().includes("guess"));
  });

  it("does not take one that others can read, or could guess", async (context) => {
    for (const [path, problem] of [
      [await tokenFile(context, token, 0o644), /can be read by others \(mode 0644\): chmod 600/],
      [await tokenFile(context, "short"), /at least 16 printable characters/],
      [join(await temporaryFolder(context), "none"), /cannot be read: ENOENT/],
      ["/dev/zero", /\/dev\/zero is a device/],
    ] as const)
      await assert.rejects(withProject(context, [`--token-file=${path}`]), problem);
  });
});

describe("An answer", async () => {
  it("names no folder of this machine, and no line of this server's code", async (context) => {
    const rpcs = ["SceneService/LoadScene", "SceneService/ListScenes", "GodotControlService/GetStatus"];
    const bodies = [
      "{",
      '{"scenePath":1}',
      '{"scenePath":"res://../x.tscn"}',
      '{"scenePath":"res://no.tscn"}',
    ];
    const sound = await importedProject(context, {
      "project.godot": projectGodot({ more: '[autoload]\n\nBad="*res://bad.gd"\n' }),
      "bad.gd": "extends Node\n\nfunc _ready() -> void:\n\tvar x =\n",
      "broken.tscn": "[gd_scene",
    });
    const broken = join(await temporaryFolder(context), "missing");
    for (const [project, flags] of [
      [sound, []],
      [sound, [`--godot-path=${join(sound, "bad.gd")}`]],
      [broken, []],
    ] as const) {
      const { port } = await startServer(context, project, flags);
      const requests = [
        ...["/health", "/status", "/logs", "/scene", "/scenes", "/none"].map((path) => ({ path })),
        ...["broken", "no", "../x"].map((name) => ({
          method: "POST",
          path: "/scene/load",
          headers: json,
          body: JSON.stringify({ scene_path: `res://${name}.tscn` }),
        })),
        ...rpcs.flatMap((name) =>
          bodies.map((body) => ({
            method: "POST",
            path: `/godot.control.v1.${name}`,
            headers: json,
            body,
          })),
        ),
      ];
      for (const request of requests) {
        const { body } = await rawHttp1({ port, ...request });
        const what = `${request.path}: ${body}`;
        for (const secret of [project, process.cwd(), process.execPath, tmpdir()])
          assert.ok(!body.includes(secret), what);
        assert.doesNotMatch(body, /node_modules|\.ts:\d|\bat \S+ \(|node:internal/, what);
      }
    }
  });
});
