/** The addon's HTTP side on raw sockets: however requests are cut into packets, whoever sends them. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { symlink } from "node:fs/promises";
import { connect } from "node:net";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { type BareEngine, RawConnection, startBareEngine } from "../support/bare_engine.ts";
import { sceneFile, temporaryProject } from "../support/project.ts";

describe("The addon's HTTP side", () => {
  let engine: BareEngine;
  const cleanups: (() => unknown)[] = [];
  const context = { after: (cleanup: () => unknown) => cleanups.push(cleanup) } as never;

  before(async () => {
    const project = await temporaryProject(context, {
      "main.tscn": sceneFile("Main"),
      "dots..tscn": sceneFile("Dots"),
      "a::b.tscn": sceneFile("Part"),
      "slow.tscn": sceneFile("Slow", { script: "res://slow.gd" }),
      "slow.gd": "extends Node2D\n\nfunc _ready() -> void:\n\tOS.delay_msec(500)\n",
    });
    const outside = await temporaryProject(context, { "outside.tscn": sceneFile("Outside") });
    await symlink(outside, join(project, "out"));
    await symlink("../main.tscn", join(outside, "back.tscn"));
    await symlink(join(outside, "outside.tscn"), join(project, "link.tscn"));
    await symlink("main.tscn", join(project, "other_name.tscn"));
    await symlink("circle.tscn", join(project, "circle.tscn"));
    engine = await startBareEngine(context, project, "res://main.tscn");
  });
  after(async () => {
    for (const cleanup of cleanups.reverse()) await cleanup();
  });

  const head = (line: string, more = "") =>
    `${line} HTTP/1.1\r\nHost: localhost\r\nAuthorization: ${engine.authorization}\r\n${more}\r\n`;

  it("answers 401 to whoever does not show the launch's secret", async () => {
    const connection = new RawConnection(engine.port);
    await connection.write("GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n");
    assert.match(await connection.until(/\r\n\r\n.+/), /^HTTP\/1\.1 401 /);
    connection.close();
  });

  it("is to be had at 127.0.0.1 only", async () => {
    const socket = connect(engine.port, "127.0.0.2");
    const [error] = await once(socket, "error");
    assert.match(error.code, /ECONNREFUSED|EADDRNOTAVAIL|ETIMEDOUT|ENETUNREACH/);
  });

  it("reads a request that comes byte by byte", async () => {
    const connection = new RawConnection(engine.port);
    for (const byte of head("GET /health")) await connection.write(byte);
    assert.match(
      await connection.until(/\r\n\r\n\{.*\}/),
      /^HTTP\/1\.1 200 OK[\s\S]*"server":"godot_control"/,
    );
    connection.close();
  });

  it("answers many requests in one packet, in their order, on one connection", async () => {
    const connection = new RawConnection(engine.port);
    await connection.write(head("GET /health") + head("GET /state/player") + head("GET /nowhere"));
    const text = await connection.until(/No such path/);
    assert.deepEqual(
      [...text.matchAll(/HTTP\/1\.1 (\d+)/g)].map(([, status]) => status),
      ["200", "200", "404"],
    );
    connection.close();
  });

  it("reads a body that comes after its head, in parts", async () => {
    const connection = new RawConnection(engine.port);
    const body = '{"scene_path": "res://main.tscn", "wait": true}';
    await connection.write(head("POST /scene/load", `Content-Length: ${body.length}\r\n`));
    await connection.write(body.slice(0, 10));
    await connection.write(body.slice(10));
    assert.match(await connection.until(/"status":"loaded"/), /"root_name":"Main"/);
    connection.close();
  });

  for (const [what, request, status] of [
    ["a head over 16 KiB", () => `GET /${"x".repeat(20_000)} HTTP/1.1\r\n`, 431],
    ["a body over 1 MiB", () => head("POST /scene/load", "Content-Length: 9999999\r\n"), 413],
    ["a negative length", () => head("POST /scene/load", "Content-Length: -1\r\n"), 400],
    ["a length that is no number", () => head("POST /scene/load", "Content-Length: ten\r\n"), 400],
    [
      "a length that no number holds",
      () => head("GET /health", `Content-Length: ${"9".repeat(40)}\r\n`),
      400,
    ],
    ["a path that is not UTF-8", () => head("GET /%ff%fe"), 400],
    ["raw bytes beyond ASCII in a path", () => head("GET /\u00ff"), 400],
    ["a chunked body", () => head("POST /scene/load", "Transfer-Encoding: chunked\r\n"), 411],
    ["what is no HTTP", () => "\x16\x03\x01 hello\r\n\r\n", 400],
    ["a header without a name", () => "GET /health HTTP/1.1\r\n: x\r\n\r\n", 400],
  ] as const) {
    it(`refuses ${what} with ${status}, and closes`, async () => {
      const connection = new RawConnection(engine.port);
      await connection.write(request());
      assert.match(await connection.untilClosed(), new RegExp(`^HTTP/1\\.1 ${status} `));
    });
  }

  for (const [path, status] of [
    ["res://../outside.tscn", 400],
    ["/etc/passwd", 400],
    ["user://x.tscn", 400],
    ["res://main.gd", 400],
    ["res://a/../main.tscn", 400],
    ["uid://nothing", 404],
    ["res://link.tscn", 400],
    ["res://out/outside.tscn", 400],
    ["res://out/back.tscn", 400],
    ["res://circle.tscn", 400],
    ["res://nope.tscn", 404],
    ["res://a::b.tscn", 400],
    ["res://dots..tscn", 200],
    ["res://other_name.tscn", 200],
  ] as const) {
    it(`answers ${status} to a load of ${path}`, async () => {
      const connection = new RawConnection(engine.port);
      const body = JSON.stringify({ scene_path: path, wait: true });
      await connection.write(head("POST /scene/load", `Content-Length: ${body.length}\r\n`) + body);
      assert.match(await connection.until(/\r\n\r\n\{.*\}/s), new RegExp(`^HTTP/1\\.1 ${status} `));
      connection.close();
    });
  }

  it("has a hundred loads wait, and refuses one more by name", async () => {
    const load = async (connection: RawConnection, name: string) => {
      const body = JSON.stringify({ scene_path: `res://${name}.tscn`, wait: true });
      await connection.write(head("POST /scene/load", `Content-Length: ${body.length}\r\n`) + body);
    };
    const connections = Array.from({ length: 131 }, () => new RawConnection(engine.port));
    for (const connection of connections) {
      await connection.write(head("GET /health"));
      await connection.until(/"pid"/);
    }
    const [first, ...others] = connections as [RawConnection, ...RawConnection[]];
    await load(first, "slow");
    for (const connection of others) await load(connection, "main");
    const answers = await Promise.all(
      connections.map((connection) => connection.until(/\r\n\r\n.*\r\n\r\n\{.*\}/s)),
    );
    for (const connection of connections) connection.close();
    const refused = answers.filter((answer) => answer.includes("HTTP/1.1 409 "));
    assert.ok(refused.length > 0 && refused.length <= 30, `${refused.length}`);
    assert.ok(refused.every((answer) => answer.includes('"QUEUE_FULL"')));
    assert.equal(
      answers.filter((answer) => answer.includes('"status":"loaded"')).length,
      131 - refused.length,
    );
  });

  it("ends in order when it is asked to quit", async () => {
    const connection = new RawConnection(engine.port);
    await connection.write(head("POST /quit"));
    assert.match(await connection.untilClosed(), /"status":"quitting"/);
    assert.equal((await engine.exited).code, 0);
  });
});
