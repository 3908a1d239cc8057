/** REST as the predecessor's users know it: every row of its table, key by key, and what came after it. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { engineDown } from "../../src/errors/proxy.ts";
import { readEvents, type ServerSentEvent } from "../support/event_stream.ts";
import { freePort } from "../support/free_port.ts";
import { createGate } from "../support/gate.ts";
import { importedProject, projectGodot, sceneFile, temporaryFolder } from "../support/project.ts";
import { rawHttp1, rawHttp2 } from "../support/raw_request.ts";
import { startServer, type TestServer } from "../support/server.ts";
import { watching } from "../support/watching.ts";

const vrMain = "res://vr_main.tscn";
const files = {
  "project.godot": projectGodot({ mainScene: "res://main.tscn" }),
  "main.tscn": sceneFile("Main"),
  "vr_main.tscn": `${sceneFile("VRMain", { type: "Node3D" })}\n[node name="Player" type="Node3D" parent="."]\n`,
  "broken.tscn": "[gd_scene format=3]\n\n[node name=",
  "chatty.tscn": sceneFile("Chatty", { script: "res://chatty.gd" }),
  "chatty.gd": 'extends Node2D\n\nfunc _ready() -> void:\n\tprint("first")\n\tprint("second")\n',
};

test("REST", { timeout: 60_000 }, async (context) => {
  const gate = await createGate(context);
  const server = await startServer(context, await importedProject(context, { ...files, ...gate.files }));
  const { rest, baseUrl, port } = server;
  const load = (scene: string) => rest("POST", "/scene/load", { scene_path: scene });

  await context.test("POST /scene/load starts Godot, loads and verifies: 200", async () => {
    assert.equal((await rest("POST", "/stop")).status, 200);
    const { status, body } = await load(vrMain);
    assert.equal(status, 200);
    assert.deepEqual(pick(body, "status", "message", "scene_name"), {
      status: "success",
      message: "Scene loaded: res://vr_main.tscn",
      scene_name: "vr_main",
    });
    assert.equal(body.engine_action, "ENGINE_ACTION_STARTED");
    assert.equal((body.scene as Json).root_name, "VRMain");
    const kept = await load(vrMain);
    assert.equal(kept.body.engine_action, "ENGINE_ACTION_KEPT");
  });

  await context.test("POST /scene/load that is not verified in time: 202", async () => {
    await gate.close();
    const { status, body } = await rest("POST", "/scene/load", { scene_path: gate.scene, timeout: "0.3s" });
    await gate.open();
    assert.equal(status, 202);
    assert.deepEqual(pick(body, "status", "message", "scene_path"), {
      status: "pending",
      message: "Scene load initiated, verification pending",
      scene_path: gate.scene,
    });
    assert.equal((await load(vrMain)).status, 200);
  });

  await context.test("POST /scene/load of what is no scene", async () => {
    const unknown = await load("res://nope.tscn");
    assert.equal(unknown.status, 404);
    assert.equal(unknown.body.status, "error");
    assert.match(String(unknown.body.message), /^No scene res:\/\/nope\.tscn in the project\./);
    assert.equal(unknown.body.code, "NOT_FOUND");
    assert.equal(unknown.body.reason, "SCENE_NOT_FOUND");
    assert.deepEqual(unknown.body.metadata, { scene_path: "res://nope.tscn" });
    const bad = await load("vr_main.tscn");
    assert.equal(bad.status, 400);
    assert.equal(bad.body.reason, "INVALID_SCENE_PATH");
    const broken = await load("res://broken.tscn");
    assert.equal(broken.status, 400);
    assert.equal(broken.body.reason, "SCENE_BROKEN");
    assert.match(JSON.stringify(broken.body.log_tail), /broken\.tscn:3/);
    const noScene = await rest("POST", "/scene/load", {});
    assert.equal(noScene.status, 400);
    assert.match(String(noScene.body.message), /^scene_path "" is empty/);
  });

  await context.test("GET /health: 200 and every key", async () => {
    const { status, body } = await rest("GET", "/health");
    assert.equal(status, 200);
    assertHealthKeys(body);
    assert.equal(body.server, "healthy");
    assert.deepEqual(body.godot_process, {
      running: true,
      pid: server.server.supervisor.feed.value.view.pid,
    });
    assert.deepEqual(body.godot_api, { reachable: true });
    assert.deepEqual(body.scene, { loaded: true, name: "vr_main" });
    assert.deepEqual(body.player, { exists: true, spawned: true });
    assert.equal(body.overall_healthy, true);
    assert.deepEqual(body.blocking_issues, []);
  });

  await context.test("GET /status: the same, and more", async () => {
    const health = await rest("GET", "/health");
    const { status, body } = await rest("GET", "/status");
    assert.equal(status, 200);
    assertHealthKeys(body);
    for (const key of Object.keys(health.body).filter((key) => key !== "timestamp"))
      assert.deepEqual(body[key], health.body[key], key);
    assert.equal(body.project_name, "Test");
    assert.equal(body.main_scene, "res://main.tscn");
    assert.equal((body.health as Json).healthy, true);
    assert.equal(typeof body.engine_version, "string");
    assert.equal(typeof body.server_version, "string");
    assert.deepEqual(body.boot_errors, []);
  });

  await context.test("GET /scene, /scenes and /logs", async () => {
    const scene = await rest("GET", "/scene");
    assert.equal(scene.status, 200);
    assert.equal((scene.body.scene as Json).path, vrMain);
    const scenes = await rest("GET", "/scenes");
    assert.equal(scenes.status, 200);
    assert.deepEqual(
      (scenes.body.scenes as Json[]).map(({ path }) => path),
      ["res://broken.tscn", "res://chatty.tscn", gate.scene, "res://main.tscn", vrMain],
    );
    const logs = await rest("GET", "/logs?limit=2&min_severity=SEVERITY_ERROR");
    assert.equal(logs.status, 200);
    assert.deepEqual(Object.keys(logs.body).toSorted(), ["dropped", "entries", "next_cursor"]);
    assert.equal((logs.body.entries as Json[]).length, 2);
    assert.ok((logs.body.entries as Json[]).every(({ severity }) => severity === "SEVERITY_ERROR"));
  });

  await context.test("/godot/* is Godot's own HTTP side", async () => {
    assert.equal((await load(vrMain)).status, 200);
    const scene = await rest("GET", "/godot/state/scene");
    assert.equal(scene.status, 200);
    assert.deepEqual(pick(scene.body, "loaded", "scene_path", "scene_name"), {
      loaded: true,
      scene_path: vrMain,
      scene_name: "vr_main",
    });
    assert.deepEqual(await rest("GET", "/godot/state/player"), {
      status: 200,
      body: { exists: true, path: "/root/VRMain/Player" },
    });
    const health = await rest("GET", "/godot/health?any=query");
    assert.equal(health.status, 200);
    assert.equal(health.body.status, "ok");

    const watch = watchingEvents(`${baseUrl}/scene/watch`);
    await watch.next();
    assert.deepEqual(await rest("POST", "/godot/scene/load", { scene_path: "res://main.tscn" }), {
      status: 200,
      body: { status: "loading", scene: "res://main.tscn" },
    });
    await watch.until(({ data }) => (data.scene as Json).path === "res://main.tscn");
    await watch.leave();
    assert.equal((await rest("GET", "/godot/state/scene")).body.scene_name, "main");

    const nothing = await rest("GET", "/godot/no/such/path");
    assert.equal(nothing.status, 404);
    assert.match(JSON.stringify(nothing.body), /No such path: \/no\/such\/path/);
    assert.equal((await rest("POST", "/godot/scene/load", { scene_path: "res://nope.tscn" })).status, 404);
    const put = await rawHttp1({ port, method: "PUT", path: "/godot/state/scene", body: "x" });
    assert.equal(put.status, 405);
    for (const path of [
      "/godot//state/scene",
      "/godot/state%2Fscene",
      "/godot/state\\scene",
      "/godot/a%0d%0ab",
    ])
      assert.equal((await rawHttp1({ port, path })).status, 400, path);
  });

  await context.test(
    "POST /restart, /stop and /start carry status and message; 503 while Godot is down",
    async () => {
      const before = (await rest("GET", "/health")).body.godot_process as Json;
      const restarted = await rest("POST", "/restart");
      assert.equal(restarted.status, 200);
      assert.deepEqual(pick(restarted.body, "status", "message"), {
        status: "success",
        message: "Godot restarted",
      });
      assert.equal(typeof restarted.body.pid, "number");
      assert.notEqual(restarted.body.pid, before.pid);

      const stopped = await rest("POST", "/stop");
      assert.deepEqual(stopped, {
        status: 200,
        body: { status: "success", message: "Godot stopped", pid: null },
      });
      assert.equal((await rest("POST", "/stop")).body.message, "Godot is not running");
      for (const path of ["/godot/state/scene", "/godot/state/player"])
        assert.deepEqual(await rest("GET", path), {
          status: 503,
          body: {
            status: "error",
            message: "Godot API not ready",
            details: engineDown().message,
            code: "UNAVAILABLE",
            reason: "ENGINE_NOT_RUNNING",
          },
        });
      const down = await rest("GET", "/health");
      assert.equal(down.status, 503);
      assertHealthKeys(down.body);
      assert.equal(down.body.server, "healthy");
      assert.deepEqual(down.body.godot_process, { running: false, pid: null });
      assert.deepEqual(down.body.godot_api, { reachable: false });
      assert.deepEqual(down.body.scene, { loaded: false, name: null });
      assert.deepEqual(down.body.player, { exists: false, spawned: false });
      assert.equal(down.body.overall_healthy, false);
      assert.equal((down.body.blocking_issues as string[]).length, 1);
      assert.equal((await rest("GET", "/status")).status, 200);

      const started = await rest("POST", "/start", { timeout: "30s" });
      assert.equal(started.status, 200);
      assert.deepEqual(pick(started.body, "status", "message"), {
        status: "success",
        message: "Godot started",
      });
      const again = await rest("POST", "/start");
      assert.deepEqual(again.body, {
        status: "success",
        message: "Godot is already running",
        pid: started.body.pid,
      });
    },
  );

  await context.test("GET /health/watch: the present, then changes, then signs of life", async () => {
    await load("res://main.tscn");
    const watch = watchingEvents(`${baseUrl}/health/watch`);
    const present = await watch.next();
    assert.equal(present.event, "health");
    assertHealthKeys(present.data);
    assert.deepEqual(present.data.scene, { loaded: true, name: "main" });
    await load(vrMain);
    const changed = await watch.until(({ data }) => (data.scene as Json).name === "vr_main");
    assert.equal(changed.event, "health");
    await watch.leave();

    const beating = watchingEvents(`${baseUrl}/health/watch?heartbeat=0.1s`);
    assert.equal((await beating.next()).event, "health");
    const beat = await beating.until(({ event }) => event === "heartbeat");
    assertHealthKeys(beat.data);
    await beating.leave();
  });

  await context.test("GET /scene/watch: the present, then changes", async () => {
    await load("res://main.tscn");
    const watch = watchingEvents(`${baseUrl}/scene/watch`);
    const present = await watch.next();
    assert.equal(present.event, "scene");
    assert.equal((present.data.scene as Json).path, "res://main.tscn");
    await load(vrMain);
    const changed = await watch.next();
    assert.equal((changed.data.scene as Json).path, vrMain);
    assert.equal((changed.data.scene as Json).root_type, "Node3D");
    await watch.leave();
  });

  await context.test("GET /logs/watch goes on after Last-Event-ID", async () => {
    const { body } = await rest("GET", "/logs");
    const from = Number(body.next_cursor);
    const seen: Json[] = [];
    const take = ({ event, id, data }: ServerSentEvent) => {
      assert.equal(event, "logs");
      const entries = data.entries as Json[];
      assert.equal(id, entries.at(-1)?.cursor);
      seen.push(...entries);
    };
    const first = watchingEvents(`${baseUrl}/logs/watch?cursor=${from}`);
    await load("res://chatty.tscn");
    take(await first.next());
    await first.leave();
    await load("res://chatty.tscn");
    const second = watchingEvents(`${baseUrl}/logs/watch`, {
      headers: { "Last-Event-ID": String(seen.at(-1)?.cursor) },
    });
    while (seen.filter(({ message }) => message === "second").length < 2) take(await second.next());
    await second.leave();
    assert.deepEqual(
      seen.map(({ cursor }) => Number(cursor)),
      seen.map((_, index) => from + 1 + index),
    );
    assert.deepEqual(
      seen.map(({ message }) => message).filter((message) => message === "first" || message === "second"),
      ["first", "second", "first", "second"],
    );
  });

  await context.test("POST /scene/load/watch: each stage, and the proof", async () => {
    const post = (scene: string) => ({
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ scene_path: scene }),
    });
    const events = await collect(readEvents(await fetch(`${baseUrl}/scene/load/watch`, post(vrMain))));
    assert.ok(events.every(({ event }) => event === "progress"));
    assert.ok(events.some(({ data }) => data.stage === "LOAD_STAGE_LOADING"));
    const last = events.at(-1)?.data ?? {};
    assert.equal(last.stage, "LOAD_STAGE_DONE");
    assert.equal(((last.result as Json).scene as Json).path, vrMain);

    const refused = await fetch(`${baseUrl}/scene/load/watch`, post("res://nope.tscn"));
    assert.equal(refused.status, 404);
    assert.equal(((await refused.json()) as Json).reason, "SCENE_NOT_FOUND");
    const broken = await collect(
      readEvents(await fetch(`${baseUrl}/scene/load/watch`, post("res://broken.tscn"))),
    );
    assert.equal(broken.at(-1)?.event, "error");
    assert.equal(broken.at(-1)?.data.reason, "SCENE_BROKEN");
  });

  await context.test("what is asked wrongly is told why", async () => {
    const unknown = await rest("GET", "/nothing/here?a=b");
    assert.equal(unknown.status, 404);
    assert.equal(unknown.body.status, "error");
    assert.match(String(unknown.body.message), /^No such path: \/nothing\/here\. There are \/scene\/load, /);
    const wrongMethod = await fetch(`${baseUrl}/scene/load`);
    assert.equal(wrongMethod.status, 405);
    assert.equal(wrongMethod.headers.get("allow"), "POST");
    assert.equal((await rest("GET", "/scenes/")).status, 200);
    const duration = await rest("GET", "/health/watch?heartbeat=5");
    assert.equal(duration.status, 400);
    assert.match(String(duration.body.message), /^heartbeat: write a duration as text, in seconds: "1\.5s"/);
    assert.equal((await rest("GET", "/logs?cursor=&limit=1&min_severity=SEVERITY_INFO")).status, 200);

    const post = async (body: string, type = "application/json") => {
      const response = await fetch(`${baseUrl}/scene/load`, {
        method: "POST",
        headers: { "Content-Type": type },
        body,
      });
      return { status: response.status, body: (await response.json()) as Json };
    };
    for (const body of ["{not json", "[1]", '"text"', '{"scene_path": 7}', '{"__proto__": {}}']) {
      const answer = await post(body);
      assert.equal(answer.status, 400, body);
      assert.equal(answer.body.status, "error", body);
      assert.equal(typeof answer.body.message, "string", body);
    }
    const field = await post('{"scene_path": "res://main.tscn", "scene_pth": "x"}');
    assert.equal(field.status, 400);
    assert.match(String(field.body.message), /scene_pth/);
    const query = await rest("GET", "/logs?curser=3");
    assert.equal(query.status, 400);
    assert.match(String(query.body.message), /curser/);
    const timeout = await post('{"scene_path": "res://main.tscn", "timeout": "0s"}');
    assert.equal(timeout.status, 400);
    assert.deepEqual(timeout.body.metadata, { field: "timeout" });
    assert.equal((await post("scene", "text/plain")).status, 400);
    // curl -d and urllib say that JSON is a form; the predecessor took it, and so do we.
    const form = await post('{"scene_path": "res://main.tscn"}', "application/x-www-form-urlencoded");
    assert.equal(form.status, 200);
    const large = await post(JSON.stringify({ scene_path: `res://${"a".repeat(1024 * 1024)}.tscn` }));
    assert.equal(large.status, 413);
    assert.equal(large.body.status, "error");
  });

  await context.test(
    "a page of this server's own is served, one of another site is told off in REST's words",
    async () => {
      const host = { host: `localhost:${port}` };
      for (const { status, headers } of [
        await rawHttp1({ port, path: "/health", headers: { ...host, origin: `http://localhost:${port}` } }),
        await rawHttp1({ port, path: "/health", headers: { host: `[::1]:${port}` } }),
        await rawHttp2({ port, path: "/godot/state/scene", headers: { ":authority": `LOCALHOST:${port}` } }),
      ]) {
        assert.equal(status, 200);
        assert.deepEqual(
          Object.keys(headers).filter((name) => name.startsWith("access-control-")),
          [],
        );
      }
      const { status, body } = await rawHttp1({
        port,
        path: "/health",
        headers: { origin: "https://evil.example" },
      });
      assert.equal(status, 403);
      assert.equal((JSON.parse(body) as Json).status, "error");
    },
  );
});

test("POST /scene/load, /start and /restart where Godot cannot be started: 500", {
  timeout: 60_000,
}, async (context) => {
  const { rest } = await startServer(context, join(await temporaryFolder(context), "nowhere"));
  for (const [path, fields] of [
    ["/scene/load", { scene_path: vrMain }],
    ["/start", {}],
    ["/restart", {}],
  ] as const) {
    const { status, body } = await rest("POST", path, fields);
    assert.equal(status, 500, path);
    assert.deepEqual(pick(body, "status", "message"), { status: "error", message: "Failed to start Godot" });
    assert.match(String(body.details), /project/);
    assert.equal(body.reason, "PROJECT_INVALID");
  }
  assert.equal((await rest("GET", "/health")).status, 503);
});

test("POST /scene/load where nothing answers and nothing may be started: 503", {
  timeout: 60_000,
}, async (context) => {
  const flags = ["--no-autostart", `--godot-port=${await freePort()}`];
  const server = await startServer(context, await importedProject(context, files), flags);
  const { status, body } = await server.rest("POST", "/scene/load", { scene_path: vrMain });
  assert.equal(status, 503);
  assert.deepEqual(pick(body, "status", "message"), { status: "error", message: "Godot API not ready" });
  assert.equal(body.reason, "ENGINE_NOT_RUNNING");
  await assertDown(server);
  await server.rest("POST", "/start");
  assert.equal((await server.rest("POST", "/scene/load", { scene_path: vrMain })).status, 200);
});

type Json = Record<string, unknown>;

const pick = (body: Json, ...keys: string[]) => Object.fromEntries(keys.map((key) => [key, body[key]]));

/** The predecessor's keys, and their types, whatever they hold. */
function assertHealthKeys(body: Json) {
  assert.equal(typeof body.server, "string");
  assert.match(String(body.timestamp), /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/);
  const { running, pid, ...process } = body.godot_process as Json;
  assert.equal(typeof running, "boolean");
  assert.ok(pid === null || typeof pid === "number");
  assert.deepEqual(process, {});
  assert.equal(typeof (body.godot_api as Json).reachable, "boolean");
  const { loaded, name } = body.scene as Json;
  assert.equal(typeof loaded, "boolean");
  assert.ok(name === null || typeof name === "string");
  const { exists, spawned } = body.player as Json;
  assert.equal(typeof exists, "boolean");
  assert.equal(exists, spawned);
  assert.equal(typeof body.overall_healthy, "boolean");
  assert.ok(Array.isArray(body.blocking_issues));
  assert.ok(body.blocking_issues.every((issue) => typeof issue === "string"));
}

async function assertDown({ rest }: TestServer) {
  const { status, body } = await rest("GET", "/health");
  assert.equal(status, 503);
  assert.deepEqual(body.godot_process, { running: false, pid: null });
  assert.deepEqual(body.godot_api, { reachable: false });
}

async function collect(events: AsyncIterable<ServerSentEvent>): Promise<ServerSentEvent[]> {
  const all = [];
  for await (const event of events) all.push(event);
  return all;
}

/** The events of a path, of which the request is sent at once: it may be silent for a while. */
function watchingEvents(url: string, init: RequestInit = {}) {
  const watch = watching((signal) => {
    const response = fetch(url, { ...init, signal });
    return (async function* () {
      yield* readEvents(await response);
    })();
  });
  return {
    ...watch,
    async leave() {
      assert.equal(((await watch.leave()) as Error | undefined)?.name, "AbortError");
    },
  };
}
