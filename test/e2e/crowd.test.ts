/** A thousand callers at once, callers that never read, callers that leave: one engine, one load at a time. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { Agent } from "node:http";
import { connect } from "node:http2";
import { connect as connectTcp } from "node:net";
import { describe, it, type TestContext } from "node:test";
import { Code, createClient } from "@connectrpc/connect";
import {
  createConnectTransport,
  createGrpcTransport,
  createGrpcWebTransport,
} from "@connectrpc/connect-node";
import { ErrorReason } from "#gen/error_pb.js";
import { GodotControlService } from "#gen/godot_control_service_pb.js";
import { EngineState } from "#gen/health_pb.js";
import { LoadStage } from "#gen/scene_pb.js";
import { SceneService } from "#gen/scene_service_pb.js";
import { failure, timed, untilHealth, untilLogged } from "../support/expect.ts";
import { createGate } from "../support/gate.ts";
import { processesOf, residentMemory } from "../support/process_figures.ts";
import { importedProject, projectOfOneScene, sceneFile } from "../support/project.ts";
import { startServer } from "../support/server.ts";

const crowd = 1_000;
/** Of HTTP/1.1, for each client: more than the loads that may wait, which hold theirs; the server takes 256 in all. */
const sockets = 110;

/** Clients of each protocol, on connections of their own. */
function clients(context: TestContext, baseUrl: string) {
  const agent = () => {
    const made = new Agent({ keepAlive: true, maxSockets: sockets });
    context.after(() => made.destroy());
    return { httpVersion: "1.1", nodeOptions: { agent: made } } as const;
  };
  return [
    createGrpcTransport({ baseUrl }),
    createConnectTransport({ baseUrl, httpVersion: "2" }),
    createConnectTransport({ baseUrl, useBinaryFormat: false, ...agent() }),
    createGrpcWebTransport({ baseUrl, ...agent() }),
  ].map((transport) => ({
    godot: createClient(GodotControlService, transport),
    scene: createClient(SceneService, transport),
  }));
}

/** Makes as many calls at once as a crowd does, in turn with each client. */
const all = <Client, Answer>(clients: readonly Client[], call: (client: Client) => Promise<Answer>) =>
  Promise.all(Array.from({ length: crowd }, (_, index) => call(clients[index % clients.length] as Client)));

describe("A thousand callers", async () => {
  it("who want it started get one engine, and who want it started again one more", async (context) => {
    const project = await importedProject(context, { "main.tscn": sceneFile("Main") });
    const test = await startServer(context, project);
    const callers = clients(context, test.baseUrl);
    for (const run of [1n, 2n]) {
      const answers = await timed(context, `${crowd} Start calls, until the last is answered`, () =>
        all(callers, ({ godot }) => godot.start({})),
      );
      assert.deepEqual(new Set(answers.map(({ health }) => health?.process?.run)), new Set([run]));
      assert.equal((await processesOf(project)).length, 1);
      await test.godot.stop({});
      assert.equal((await processesOf(project)).length, 0);
    }
    assert.equal(test.reports.filter((line) => line.startsWith("Starting Godot")).length, 2);
  });

  it("who load scenes are served one at a time, a hundred at most, the others refused at once", async (context) => {
    const gate = await createGate(context);
    const project = await importedProject(context, { ...gate.files, "main.tscn": sceneFile("Main") });
    const test = await startServer(context, project);
    await test.scene.loadScene({ scenePath: "res://main.tscn" });
    const running = test.scene.loadScene({ scenePath: gate.scene });
    await untilLogged(test, (message) => message === "gate reached");
    const callers = clients(context, test.baseUrl);
    let refused = 0;
    const outcomes = all(callers, async ({ scene }) => {
      try {
        const { result } = await scene.loadScene({ scenePath: "res://main.tscn" });
        return result?.scene?.path;
      } catch (error) {
        const { code, detail } = await failure(Promise.reject(error));
        assert.equal(code, Code.ResourceExhausted);
        assert.equal(detail?.reason, ErrorReason.QUEUE_FULL);
        refused += 1;
        // The first load holds the queue, and 99 wait behind it: those who are refused hear so meanwhile.
        if (refused < crowd - 99) return "refused";
        const oneMore = await timed(context, "one load more, until it is refused", () =>
          failure(test.scene.loadScene({ scenePath: "res://main.tscn" })),
        );
        assert.equal(oneMore.code, Code.ResourceExhausted);
        await gate.open();
        return "refused";
      }
    });
    await running;
    const found = await outcomes;
    assert.equal(found.filter((outcome) => outcome === "res://main.tscn").length, 99);
    assert.equal(found.filter((outcome) => outcome === "refused").length, crowd - 99);
  });
});

describe("A watcher that never reads", async () => {
  it("costs bounded memory, and has the latest health when it reads again", async (context) => {
    const project = await importedProject(context, {
      "main.tscn": sceneFile("Main", { script: "res://blink.gd" }),
      "blink.gd":
        'extends Node2D\n\nvar _player: Node2D\n\nfunc _process(_delta: float) -> void:\n\tif _player:\n\t\t_player.free()\n\t\t_player = null\n\telse:\n\t\t_player = Node2D.new()\n\t\t_player.name = "Player"\n\t\tadd_child(_player)\n',
      "quiet.tscn": sceneFile("Quiet"),
    });
    const test = await startServer(context, project);
    await test.scene.loadScene({ scenePath: "res://main.tscn" });
    const session = connect(test.baseUrl, { settings: { initialWindowSize: 0 } });
    context.after(() => session.destroy());
    const watches = Array.from({ length: 100 }, () => {
      const stream = session.request({
        ":method": "POST",
        ":path": "/godot.control.v1.GodotControlService/WatchHealth",
        "content-type": "application/grpc",
        te: "trailers",
      });
      stream.on("error", () => {});
      stream.end(Buffer.alloc(5));
      return stream;
    });
    await Promise.all(watches.map((stream) => once(stream, "response")));
    const before = await residentMemory(process.pid);
    let changes = 0;
    for await (const { health } of test.godot.watchHealth({})) {
      if (health) changes += 1;
      if (changes === 40) break;
    }
    context.diagnostic(
      `40 changes to 100 watchers that do not read: ${(((await residentMemory(process.pid)) - before) / 1e6).toFixed(1)} MB more`,
    );
    await test.scene.loadScene({ scenePath: "res://quiet.tscn" });
    const unread = watches.map(async (stream) => {
      let bytes = "";
      for await (const chunk of stream) {
        bytes += (chunk as Buffer).toString("latin1");
        if (bytes.includes("res://quiet.tscn")) break;
      }
      return bytes.length;
    });
    session.settings({ initialWindowSize: 1 << 20 });
    const most = Math.max(...(await Promise.all(unread)));
    // One message of about 300 bytes that was under way, and the latest.
    assert.ok(most < 2_048, `A watcher that did not read had ${most} bytes waiting.`);
  });
});

describe("A caller that leaves", async () => {
  it("midway in a load does not end it; the next one is served", async (context) => {
    const gate = await createGate(context);
    const project = await importedProject(context, { ...gate.files, "main.tscn": sceneFile("Main") });
    const test = await startServer(context, project);
    await test.scene.loadScene({ scenePath: "res://main.tscn" });
    const leaving = new AbortController();
    const left = failure(test.scene.loadScene({ scenePath: gate.scene }, { signal: leaving.signal }));
    await untilLogged(test, (message) => message === "gate reached");
    const queued = new AbortController();
    const neverBegun = failure(
      test.scene.loadScene({ scenePath: "res://main.tscn" }, { signal: queued.signal }),
    );
    leaving.abort();
    queued.abort();
    assert.equal((await left).code, Code.Canceled);
    assert.equal((await neverBegun).code, Code.Canceled);
    await gate.open();
    const { result } = await test.scene.loadScene({ scenePath: gate.scene });
    assert.equal(result?.scene?.path, gate.scene);
    const health = await untilHealth(test, ({ healthy }) => healthy);
    assert.equal(health.process?.run, 1n);
  });

  it("midway in a start does not end that either", async (context) => {
    const project = await projectOfOneScene(context);
    const test = await startServer(context, project);
    await test.godot.start({});
    await test.godot.stop({});
    const leaving = new AbortController();
    const left = failure(test.godot.start({}, { signal: leaving.signal }));
    await untilHealth(test, (health) => health.process?.state === EngineState.STARTING);
    leaving.abort();
    assert.equal((await left).code, Code.Canceled);
    await untilHealth(test, ({ healthy }) => healthy);
    assert.equal((await processesOf(project)).length, 1);
  });

  it("at any moment of a load disturbs nobody", async (context) => {
    const gate = await createGate(context);
    const project = await importedProject(context, { ...gate.files, "main.tscn": sceneFile("Main") });
    const test = await startServer(context, project);
    await test.scene.loadScene({ scenePath: "res://main.tscn" });
    const held = test.scene.loadScene({ scenePath: gate.scene });
    await untilLogged(test, (message) => message === "gate reached");
    const body = JSON.stringify({ scenePath: "res://main.tscn" });
    const leave = async (path: string, type: string, message: string) => {
      const socket = connectTcp(test.port, "127.0.0.1");
      await once(socket, "connect");
      // The server has begun to look for the scene when it hears that nobody waits for it.
      socket.end(
        `POST ${path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: ${type}\r\nContent-Length: ${message.length}\r\n\r\n${message}`,
        () => socket.resetAndDestroy(),
      );
      await once(socket, "close");
    };
    const envelope = `\0\0\0\0${String.fromCharCode(body.length)}${body}`;
    for (let count = 0; count < 50; count += 1) {
      await leave("/scene/load", "application/json", '{"scene_path":"res://main.tscn"}');
      await leave("/godot.control.v1.SceneService/LoadScene", "application/json", body);
      await leave("/godot.control.v1.SceneService/LoadSceneStream", "application/connect+json", envelope);
    }
    const leaving = new AbortController();
    const stage = async () => {
      const stages = test.scene.loadSceneStream({ scenePath: "res://main.tscn" }, { signal: leaving.signal });
      for await (const { stage } of stages) if (stage === LoadStage.QUEUED) leaving.abort();
    };
    assert.equal((await failure(stage())).code, Code.Canceled);
    await gate.open();
    assert.equal((await held).result?.scene?.path, gate.scene);
    await test.scene.loadScene({ scenePath: "res://main.tscn" });
  });
});
