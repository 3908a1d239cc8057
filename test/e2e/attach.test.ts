/** A Godot that the server did not start (`--no-autostart`): found, driven as it is, never ended. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { access, cp, readFile, writeFile } from "node:fs/promises";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { createServer as createTcpServer, type Server } from "node:net";
import { join } from "node:path";
import { describe, it, type TestContext } from "node:test";
import { fileURLToPath } from "node:url";
import { Code } from "@connectrpc/connect";
import { execa } from "execa";
import { ErrorReason } from "#gen/error_pb.js";
import type { Health } from "#gen/health_pb.js";
import { EngineAction, LoadStage } from "#gen/scene_pb.js";
import { changeAddon, startByHand } from "../support/by_hand.ts";
import { realEngine } from "../support/engine.ts";
import { failure, untilHealth } from "../support/expect.ts";
import {
  importedFilesOf,
  importedProject,
  projectGodot,
  sceneFile,
  temporaryFolder,
  temporaryProject,
  writeFiles,
} from "../support/project.ts";
import { scripted } from "../support/scenes.ts";
import { startServer, type TestServer } from "../support/server.ts";

const fixture = fileURLToPath(new URL("../fixtures/plain-godot", import.meta.url));

/** The fixture in a folder of its own, for a Godot that runs it writes beside it; it has nothing to import. */
async function plainProject(context: TestContext): Promise<string> {
  const folder = await temporaryFolder(context);
  await cp(fixture, folder, { recursive: true, filter: (path) => !path.includes(".godot/") });
  await writeFiles(folder, importedFilesOf({}));
  return folder;
}

const portOf = (server: Server) => (server.address() as { port: number }).port;

/** A port that nobody listens on. */
async function freePort(): Promise<number> {
  const server = createTcpServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const port = portOf(server);
  server.close();
  await once(server, "close");
  return port;
}

/** A server that starts no Godot, and looks for one on `port`. */
const attachTo = (context: TestContext, project: string, port: number, flags: readonly string[] = []) =>
  startServer(context, project, ["--no-autostart", `--godot-port=${port}`, ...flags]);

const isReachable = (health: Health) => health.api?.reachable === true;

/** What a load answers, and the health says, while no Godot is there. */
async function assertNoGodot({ rest }: TestServer, port: number): Promise<void> {
  const load = await rest("POST", "/scene/load", { scene_path: "res://level.tscn" });
  assert.equal(load.status, 503);
  assert.equal(load.body.status, "error");
  assert.equal(load.body.message, "Godot API not ready");
  assert.equal(load.body.reason, "ENGINE_NOT_RUNNING");
  assert.match(String(load.body.details), new RegExp(`^No Godot answers on 127\\.0\\.0\\.1:${port}\\b`));
  const health = await rest("GET", "/health");
  assert.equal(health.status, 503);
  assert.deepEqual(health.body.godot_process, { running: false, pid: null });
  assert.deepEqual(health.body.godot_api, { reachable: false });
  assert.deepEqual(health.body.scene, { loaded: false, name: null });
  assert.equal(health.body.overall_healthy, false);
  assert.deepEqual(health.body.blocking_issues, [
    `No Godot answers on 127.0.0.1:${port}, and --no-autostart forbids starting one.`,
  ]);
  const node = await rest("GET", "/node");
  assert.deepEqual([node.status, node.body.reason], [503, "ENGINE_NOT_RUNNING"]);
  assert.match(String(node.body.message), new RegExp(`^No Godot answers on 127\\.0\\.0\\.1:${port}\\b`));
  const proxied = await rest("GET", "/godot/state/scene");
  assert.equal(proxied.status, 503);
  assert.equal(proxied.body.message, "Godot API not ready");
}

describe("A Godot with an HTTP side of its own", async () => {
  it("is missed in words, found when it comes up, and driven as it is", async (context) => {
    const project = await plainProject(context);
    const port = await freePort();
    const test = await attachTo(context, project, port);
    await assertNoGodot(test, port);

    await startByHand(context, project, ["--", `--port=${port}`]);
    const found = await untilHealth(test, isReachable);
    assert.equal(found.process?.attached, true);
    assert.equal(found.scene?.path, "res://menu.tscn");

    const load = await test.rest("POST", "/scene/load", { scene_path: "res://level.tscn" });
    assert.equal(load.status, 200);
    assert.equal(load.body.status, "success");
    assert.equal(load.body.message, "Scene loaded: res://level.tscn");
    // The name is the one that Godot itself tells.
    assert.equal(load.body.scene_name, "Level");
    assert.equal(load.body.engine_action, "ENGINE_ACTION_KEPT");

    const { status, body } = await test.rest("GET", "/health");
    assert.equal(status, 200);
    assert.deepEqual(body.godot_process, { running: true, pid: null });
    assert.deepEqual(body.godot_api, { reachable: true });
    assert.deepEqual(body.scene, { loaded: true, name: "Level" });
    assert.deepEqual(body.player, { exists: true, spawned: true });
    assert.equal(body.overall_healthy, true);
    assert.deepEqual(body.blocking_issues, []);
    // What it cannot do is refused by name.
    const node = await test.rest("GET", "/node");
    assert.deepEqual([node.status, node.body.reason], [501, "CALL_UNSUPPORTED"]);
    assert.match(String(node.body.message), /^This Godot has no addon of godot-control/);
  });

  it("is found by a load that comes before any look, and by a server that comes after it", async (context) => {
    const project = await plainProject(context);
    const port = await freePort();
    await startByHand(context, project, ["--", `--port=${port}`]);
    await untilHealth(await attachTo(context, project, port), isReachable);
    const late = await attachTo(context, project, port);
    const { result } = await late.scene.loadScene({ scenePath: "res://level.tscn" });
    assert.equal(result?.scene?.path, "res://level.tscn");
    assert.equal(result.engineAction, EngineAction.KEPT);
  });

  it("answers through the proxy, a body included", async (context) => {
    const project = await plainProject(context);
    const port = await freePort();
    await startByHand(context, project, ["--", `--port=${port}`]);
    const test = await attachTo(context, project, port);
    await untilHealth(test, isReachable);

    const scene = await test.rest("GET", "/godot/state/scene");
    assert.equal(scene.status, 200);
    assert.equal(scene.body.scene_path, "res://menu.tscn");
    const load = await test.rest("POST", "/godot/scene/load", { scene_path: "res://level.tscn" });
    assert.equal(load.status, 200);
    assert.deepEqual(load.body, { status: "loading", scene: "res://level.tscn" });
    const loaded = await untilHealth(test, ({ scene }) => scene?.path === "res://level.tscn");
    assert.equal(loaded.player?.exists, true);
    const bad = await test.rest("POST", "/godot/scene/load", { scene: "nothing" });
    assert.equal(bad.status, 400);
    assert.deepEqual(bad.body, { status: "error", message: "scene_path is missing" });
    const unknown = await fetch(`${test.baseUrl}/godot/nowhere`);
    assert.equal(unknown.status, 404);
    assert.equal(await unknown.text(), "Not found");
    assert.equal(unknown.headers.get("access-control-allow-origin"), null);
  });

  it("is neither stopped nor restarted, and outlives the server", async (context) => {
    const project = await plainProject(context);
    const port = await freePort();
    const godot = await startByHand(context, project, ["--", `--port=${port}`]);
    const test = await attachTo(context, project, port);
    await untilHealth(test, isReachable);

    for (const call of [test.godot.stop({}), test.godot.restart({})]) {
      const { code, detail } = await failure(call);
      assert.equal(code, Code.FailedPrecondition);
      assert.equal(detail?.reason, ErrorReason.ENGINE_NOT_OWNED);
    }
    const stop = await test.rest("POST", "/stop");
    assert.equal(stop.status, 400);
    assert.equal(stop.body.status, "error");
    assert.equal(stop.body.code, "FAILED_PRECONDITION");
    assert.equal(stop.body.reason, "ENGINE_NOT_OWNED");
    const start = await test.rest("POST", "/start");
    assert.equal(start.status, 200);
    assert.equal(start.body.message, "Godot is already running");
    assert.ok(isReachable((await test.godot.getHealth({})).health as Health));

    await test.server.close();
    const answer = await fetch(`http://127.0.0.1:${port}/health`);
    assert.deepEqual(await answer.json(), { status: "healthy" });
    assert.ok(godot.isAlive());
  });

  it("is asked for no scene that is not there, and believed for none that it does not show", async (context) => {
    const project = await plainProject(context);
    const port = await freePort();
    await startByHand(context, project, ["--", `--port=${port}`]);
    const test = await attachTo(context, project, port, ["--load-timeout=0.5"]);
    await untilHealth(test, isReachable);

    const missing = await test.rest("POST", "/scene/load", { scene_path: "res://nope.tscn" });
    assert.equal(missing.status, 404);
    assert.equal(missing.body.reason, "SCENE_NOT_FOUND");
    const broken = await test.rest("POST", "/scene/load", { scene_path: "res://broken.tscn" });
    assert.equal(broken.status, 202);
    assert.equal(broken.body.status, "pending");
    assert.equal(broken.body.message, "Scene load initiated, verification pending");
    assert.equal(broken.body.scene_path, "res://broken.tscn");
    assert.equal((await test.godot.getHealth({})).health?.scene?.path, "res://menu.tscn");
  });

  it("is not blocked for the next load by one that it never shows", async (context) => {
    const project = await plainProject(context);
    const port = await freePort();
    await startByHand(context, project, ["--", `--port=${port}`]);
    const test = await attachTo(context, project, port, ["--load-timeout=1"]);
    await untilHealth(test, isReachable);
    const broken = await failure(test.scene.loadScene({ scenePath: "res://broken.tscn" }));
    assert.equal(broken.detail?.reason, ErrorReason.SCENE_PENDING);
    const { result } = await test.scene.loadScene({ scenePath: "res://level.tscn" });
    assert.equal(result?.scene?.path, "res://level.tscn");
  });

  it("is missed when it is killed, and driven again when it is back", async (context) => {
    const project = await plainProject(context);
    const port = await freePort();
    const godot = await startByHand(context, project, ["--", `--port=${port}`]);
    const test = await attachTo(context, project, port);
    await untilHealth(test, isReachable);
    await godot.kill();

    const load = await test.rest("POST", "/scene/load", { scene_path: "res://level.tscn" });
    assert.equal(load.status, 503);
    assert.equal(load.body.message, "Godot API not ready");
    await untilHealth(test, (health) => !isReachable(health));
    await assertNoGodot(test, port);

    await startByHand(context, project, ["--", `--port=${port}`]);
    await untilHealth(test, isReachable);
    const { result } = await test.scene.loadScene({ scenePath: "res://level.tscn" });
    assert.equal(result?.scene?.path, "res://level.tscn");
  });

  it("fails the load in flight when it is killed", async (context) => {
    const project = await plainProject(context);
    const port = await freePort();
    const godot = await startByHand(context, project, ["--", `--port=${port}`]);
    const test = await attachTo(context, project, port);
    await untilHealth(test, isReachable);

    // It never shows this one: the load is still being verified when it goes.
    const progress = test.scene.loadSceneStream({ scenePath: "res://broken.tscn" })[Symbol.asyncIterator]();
    for (;;) {
      const { value } = await progress.next();
      if (value.stage === LoadStage.VERIFYING) break;
    }
    await godot.kill();
    const { code, detail } = await failure(progress.next());
    assert.equal(code, Code.Unavailable);
    assert.equal(detail?.reason, ErrorReason.ENGINE_UNRESPONSIVE);
  });
});

describe("A Godot with our addon installed", async () => {
  it("is driven with proofs and events when it was started by hand", async (context) => {
    const port = await freePort();
    const settings = projectGodot({
      mainScene: "res://main.tscn",
      more: `[autoload]\n\nOther="*res://other.gd"\n\n[godot_control]\n\nport=${port}\n`,
    });
    const project = await temporaryProject(context, {
      "project.godot": settings,
      "main.tscn": sceneFile("Main"),
      "other.gd": "extends Node\n",
      "level.tscn": sceneFile("Level", { script: "res://level.gd" }),
      "level.gd":
        'extends Node2D\n\nfunc _ready() -> void:\n\tpush_warning("careful")\n\tvar timer: Node = Node.new()\n\ttimer.name = "Player"\n\tadd_child(timer)\n',
      "broken.tscn": "[gd_scene format=3]\n\n[node name=",
    });
    await changeAddon("install", project);
    const godot = await startByHand(context, project);
    const test = await attachTo(context, project, port);
    const found = await untilHealth(test, (health) => health.healthy);
    // Its process is known from what the addon says of itself.
    assert.equal(found.process?.pid, godot.pid);
    assert.equal(found.process?.attached, true);
    assert.equal(found.scene?.path, "res://main.tscn");

    const { result } = await test.scene.loadScene({ scenePath: "res://level.tscn" });
    assert.equal(result?.scene?.path, "res://level.tscn");
    assert.equal(result.scene.rootType, "Node2D");
    assert.equal(result.scene.nodeCount, 2);
    assert.ok(result.scene.loadTime);
    assert.equal(result.issues[0]?.message, "careful");
    const player = await untilHealth(test, (health) => health.player?.exists === true);
    assert.equal(player.player?.nodePath, "/root/Level/Player");
    const broken = await failure(test.scene.loadScene({ scenePath: "res://broken.tscn" }));
    assert.equal(broken.detail?.reason, ErrorReason.SCENE_BROKEN);

    assert.equal((await failure(test.godot.stop({}))).detail?.reason, ErrorReason.ENGINE_NOT_OWNED);
    await test.server.close();
    assert.ok(godot.isAlive());
    await godot.kill();

    await changeAddon("remove", project);
    assert.equal(await readFile(join(project, "project.godot"), "utf8"), settings);
    await assert.rejects(access(join(project, "addons")), { code: "ENOENT" });
  });

  it("tells what is wrong with the scene that it began with, and with each that shares a broken file", async (context) => {
    const port = await freePort();
    const project = await importedProject(context, {
      "project.godot": projectGodot({
        mainScene: "res://main.tscn",
        more: `[godot_control]\n\nport=${port}\n`,
      }),
      "main.tscn": sceneFile("Main", { script: "res://broken.gd" }),
      "broken.gd": "extends Node2D\n\nvar a: int =\n",
      "enemy.gd": "class_name Enemy\nextends Node\n\nfunc hit() -> int:\n\treturn hits\n",
      ...scripted("one", "extends Node\n\nvar enemy: Enemy\n"),
      ...scripted("two", "extends Node\n\nvar enemy: Enemy\n"),
      ...scripted("speaking", 'extends Node\n\n# const B = preload("res://broken.gd")\n'),
      "sound.tscn": sceneFile("Sound"),
      "second.tscn": sceneFile("Second", { script: "res://broken.gd" }),
      "faulty.gdshader": "shader_type canvas_item;\nvoid fragment() { COLOR = vec3(1.0); }\n",
      ...Object.fromEntries(
        ["painted", "drawn"].map((name) => [
          `${name}.tscn`,
          `[gd_scene format=3]\n\n[ext_resource type="Shader" path="res://faulty.gdshader" id="1"]\n\n[sub_resource type="ShaderMaterial" id="2"]\nshader = ExtResource("1")\n\n[node name="${name}" type="Sprite2D"]\nmaterial = SubResource("2")\n`,
        ]),
      ),
      "corrupt.tres": "[gd_resource type=",
      "other.tscn":
        '[gd_scene format=3]\n\n[ext_resource type="Resource" path="res://corrupt.tres" id="1"]\n\n[node name="Other" type="Node"]\nmetadata/x = ExtResource("1")\n',
    });
    await changeAddon("install", project);
    await startByHand(context, project);
    const test = await attachTo(context, project, port);
    await untilHealth(test, ({ blockingIssues }) =>
      blockingIssues.join().includes("broken.gd:3: Parse Error"),
    );
    const issues = async (name: string) =>
      (await test.scene.loadScene({ scenePath: `res://${name}.tscn` })).result?.issues ?? [];
    for (const name of ["main", "sound", "main", "second", "sound", "second"])
      assert.equal((await issues(name))[0]?.file, name === "sound" ? undefined : "res://broken.gd", name);
    // What another scene has in memory is not said again.
    for (const name of ["painted", "drawn", "painted"])
      assert.match((await issues(name)).map(({ message }) => message).join(), /vec4, vec3/, name);
    assert.deepEqual(await issues("sound"), []);
    for (const name of ["one", "two", "one"]) {
      assert.ok(
        (await issues(name)).some(({ file }) => file === "res://enemy.gd"),
        name,
      );
      assert.equal((await test.rest("GET", "/health")).status, 503, name);
    }
    assert.deepEqual(await issues("speaking"), []);
    assert.equal((await test.rest("GET", "/health")).status, 200);
    await issues("main");
    assert.equal((await test.rest("GET", "/health")).status, 503);
    for (const { file } of await issues("other"))
      assert.doesNotMatch(file ?? "", /godot_control/, "The addon's own lines are none of the game.");
  });

  it("names what it has no scene for, has each load wait for the one before, and counts runs once", async (context) => {
    const port = await freePort();
    const project = await temporaryProject(context, {
      "project.godot": projectGodot({
        mainScene: "res://main.tscn",
        // A main loop of the project's own is not the addon's: the autoload is needed all the same.
        more: `[godot_control]\n\nport=${port}\n\n[application]\n\nrun/main_loop_type="OwnLoop"\n`,
      }),
      "own_loop.gd": "class_name OwnLoop\nextends SceneTree\n",
      "main.tscn": sceneFile("Main"),
      "slow.tscn": sceneFile("Slow", { script: "res://slow.gd" }),
      "slow.gd": 'extends Node2D\n\nfunc _ready() -> void:\n\tOS.delay_msec(300)\n\tpush_warning("slow")\n',
    });
    await changeAddon("install", project);
    const { path } = await realEngine();
    // A game that is started by hand has been imported: its class list names the main loop.
    await execa(path, ["--headless", "--path", project, "--import"]);
    await startByHand(context, project);
    const test = await attachTo(context, project, port);
    const other = await attachTo(context, project, port);
    await untilHealth(test, (health) => health.healthy);
    await untilHealth(other, (health) => health.healthy);

    const unknown = await failure(test.scene.loadScene({ scenePath: "uid://cnowhere00000" }));
    assert.equal(unknown.code, Code.NotFound);
    assert.equal(unknown.detail?.reason, ErrorReason.SCENE_NOT_FOUND);

    const both = await Promise.all([
      test.scene.loadScene({ scenePath: "res://slow.tscn" }),
      other.scene.loadScene({ scenePath: "res://main.tscn" }),
    ]);
    assert.deepEqual(
      both.map(({ result }) => result?.scene?.path),
      ["res://slow.tscn", "res://main.tscn"],
    );
    const [slow] = both;
    assert.deepEqual([slow.result?.scene?.run, slow.result?.issues[0]?.run], [1n, 1n]);
    assert.equal((await test.godot.getHealth({})).health?.process?.run, 1n);
  });

  it("of another protocol is refused by name, in the health and to the caller", async (context) => {
    const port = await freePort();
    const project = await temporaryProject(context, {
      "project.godot": projectGodot({
        mainScene: "res://main.tscn",
        more: `[godot_control]\n\nport=${port}\n`,
      }),
      "main.tscn": sceneFile("Main"),
    });
    await changeAddon("install", project);
    const control = join(project, "addons/godot_control/control.gd");
    const source = await readFile(control, "utf8");
    await writeFile(control, source.replace(/^const PROTOCOL: int = \d+$/m, "const PROTOCOL: int = 1"));
    await startByHand(context, project);
    const test = await attachTo(context, project, port);
    const health = await untilHealth(test, ({ blockingIssues }) =>
      blockingIssues.join().includes("protocol"),
    );
    assert.match(health.blockingIssues[0] ?? "", /speaks version 1 of its protocol.*addon install/);
    const { code, detail } = await failure(test.scene.loadScene({ scenePath: "res://main.tscn" }));
    assert.equal(code, Code.FailedPrecondition);
    assert.equal(detail?.reason, ErrorReason.ADDON_INCOMPATIBLE);
    assert.equal(test.reports.filter((line) => line.includes("protocol")).length, 1, "It is reported once.");
  });

  it("is missed when it is killed, and driven again when it is back", async (context) => {
    const port = await freePort();
    const project = await temporaryProject(context, {
      "project.godot": projectGodot({
        mainScene: "res://main.tscn",
        more: `[godot_control]\n\nport=${port}\n`,
      }),
      "main.tscn": sceneFile("Main"),
      "level.tscn": sceneFile("Level"),
    });
    await changeAddon("install", project);
    const godot = await startByHand(context, project);
    const test = await attachTo(context, project, port);
    await untilHealth(test, (health) => health.healthy);
    await godot.kill();
    await untilHealth(test, (health) => !isReachable(health));
    await assertNoGodot(test, port);
    const again = await startByHand(context, project);
    const back = await untilHealth(test, (health) => health.healthy);
    assert.equal(back.process?.pid, again.pid);
  });
});

describe("A stranger on Godot's port", async () => {
  type Answer = (request: IncomingMessage, response: ServerResponse) => void;
  const send = (response: ServerResponse, status: number, type: string, body: string) =>
    response.writeHead(status, { "Content-Type": type }).end(body);
  const strangers: Record<string, Answer> = {
    "that answers 200 with HTML to everything": (_request, response) =>
      send(response, 200, "text/html", "<!doctype html><title>Hello</title>"),
    "that answers 200 with a list to everything": (_request, response) =>
      send(response, 200, "application/json", "[]"),
    "that is healthy, and knows no scene": ({ url }, response) =>
      send(response, url === "/health" ? 200 : 404, "application/json", '{"status": "healthy"}'),
    "that begins an answer, and never ends it": (_request, response) => {
      response.writeHead(200, { "Content-Type": "application/json", "Content-Length": 100 });
      response.write("{");
    },
    "that never answers": () => {},
  };

  for (const [name, answer] of Object.entries(strangers))
    it(`is taken for no Godot: one ${name}`, async (context) => {
      const asked: string[] = [];
      const stranger = createServer((incoming, response) => {
        asked.push(`${incoming.method} ${incoming.url}`);
        answer(incoming, response);
      }).listen(0, "127.0.0.1");
      await once(stranger, "listening");
      context.after(() => {
        stranger.closeAllConnections();
        stranger.close();
      });
      const port = portOf(stranger);
      const test = await attachTo(context, await plainProject(context), port);
      await assertNoGodot(test, port);
      assert.ok(asked.includes("GET /health"));
      // It was looked at, and asked to do nothing.
      assert.deepEqual(
        asked.filter((line) => !line.startsWith("GET ")),
        [],
      );
    });

  it("is taken for no Godot: another godot-control", async (context) => {
    const project = await plainProject(context);
    const other = await startServer(context, project);
    await other.godot.start({});
    assert.equal((await other.rest("GET", "/health")).status, 200);
    const test = await attachTo(context, project, other.port);
    await assertNoGodot(test, other.port);
  });

  it("is not kept where it took the port of a Godot that went", async (context) => {
    // As a godottpd that tells of a scene by its name alone; then as a page that is there for everything.
    let isGodot = true;
    let scene = "menu";
    const port = await freePort();
    const server = createServer((incoming, response) => {
      if (!isGodot) return send(response, 200, "text/html", "<!doctype html>");
      if (incoming.method === "POST") scene = "level";
      const body = incoming.url === "/state/scene" ? { scene_name: scene } : { status: "ok" };
      return send(response, 200, "application/json", JSON.stringify(body));
    }).listen(port, "127.0.0.1");
    await once(server, "listening");
    context.after(() => server.close());
    const test = await attachTo(context, await plainProject(context), port);
    await untilHealth(test, isReachable);
    const { result } = await test.scene.loadScene({ scenePath: "res://level.tscn" });
    assert.equal(result?.scene?.name, "level");
    assert.equal(result.scene.path, "res://level.tscn");

    isGodot = false;
    await untilHealth(test, (health) => !isReachable(health));
    await assertNoGodot(test, port);
  });
});

describe("An explicit start with --no-autostart", async () => {
  it("starts an engine of our own where none is there, and stops it again", async (context) => {
    const project = await plainProject(context);
    const port = await freePort();
    const test = await attachTo(context, project, port);
    await assertNoGodot(test, port);

    const start = await test.rest("POST", "/start");
    assert.equal(start.status, 200);
    assert.equal(start.body.status, "success");
    assert.equal(start.body.message, "Godot started");
    const { health } = await test.godot.getHealth({});
    assert.equal(health?.process?.attached, false);
    assert.equal(health.process.pid, start.body.pid);
    assert.equal(health.api?.port, port);
    const load = await test.rest("POST", "/scene/load", { scene_path: "res://level.tscn" });
    assert.equal(load.status, 200);
    await untilHealth(test, (health) => health.player?.exists === true);

    const stop = await test.rest("POST", "/stop");
    assert.equal(stop.status, 200);
    assert.equal(stop.body.message, "Godot stopped");
    assert.throws(() => process.kill(Number(start.body.pid), 0), { code: "ESRCH" });
    await assertNoGodot(test, port);
  });
});
