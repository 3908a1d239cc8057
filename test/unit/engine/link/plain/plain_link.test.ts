/** A godottpd with the predecessor's four routes: what it answers, and what that is taken for. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import { describe, it, type TestContext } from "node:test";
import { create, toBinary } from "@bufbuild/protobuf";
import { SceneSchema } from "#gen/scene_pb.js";
import type { Progress, View } from "../../../../../src/engine/link/link.ts";
import { PlainLink } from "../../../../../src/engine/link/plain/plain_link.ts";
import { ControlError } from "../../../../../src/model/control_error.ts";
import { toScene } from "../../../../../src/services/messages/scene.ts";
import { hostileForms, toWire } from "../../../../support/hostile.ts";

const calm = { signal: new AbortController().signal, restartable: false };
const answers: Record<string, [status: number, body: unknown]> = {
  "GET /state/scene": [200, { scene_path: "res://a.tscn", scene_name: "A", node_count: 3 }],
  "GET /state/player": [200, { exists: true }],
  "POST /scene/load": [200, { status: "loading" }],
};

async function linkTo(context: TestContext, more: typeof answers | RequestListener = {}) {
  const known = typeof more === "function" ? {} : { ...answers, ...more };
  const listener: RequestListener = ({ method, url }, response) => {
    const [status, body] = known[`${method} ${url}`] ?? [404, { message: "no such route" }];
    response.writeHead(status, { "Content-Type": "application/json" }).end(JSON.stringify(body));
  };
  const server = createServer(typeof more === "function" ? more : listener).listen(0, "127.0.0.1");
  await once(server, "listening");
  const view = Promise.withResolvers<View>();
  const lost = Promise.withResolvers<ControlError>();
  const link = new PlainLink({
    port: (server.address() as AddressInfo).port,
    run: 4,
    onView: view.resolve,
    onLost: lost.resolve,
  });
  context.after(() => {
    link.close();
    server.closeAllConnections();
    server.close();
  });
  return { link, view: view.promise, lost: lost.promise };
}

describe("A Godot with the predecessor's routes", () => {
  it("is known by what it answers: its scene, its player, and no faults", async (context) => {
    const { view } = await linkTo(context);
    const { ready, reachable, scene, player, faults, bootErrors } = await view;
    assert.deepEqual([ready, reachable, player.exists, faults, bootErrors.count], [true, true, true, [], 0]);
    assert.deepEqual([scene?.path, scene?.name, scene?.nodeCount], ["res://a.tscn", "A", 3]);
  });

  it("is believed to have a scene loaded when it shows it", async (context) => {
    const { link } = await linkTo(context);
    const stages: Progress["stage"][] = [];
    const outcome = await link.load("res://a.tscn", {
      ...calm,
      onProgress: ({ stage }) => stages.push(stage),
    });
    assert.equal(outcome.kind, "loaded");
    assert.deepEqual(stages, ["loading", "verifying"]);
  });

  it("may say that there is no such scene, or why it cannot be loaded", async (context) => {
    const { link } = await linkTo(context, { "POST /scene/load": [404, { message: "no such scene" }] });
    assert.deepEqual(await link.load("res://b.tscn", calm), { kind: "not found" });
    const { link: other } = await linkTo(context, { "POST /scene/load": [500, { error: "it is broken" }] });
    const outcome = await other.load("res://b.tscn", calm);
    assert.equal(outcome.kind, "failed");
    const issues = outcome.kind === "failed" ? outcome.issues : undefined;
    assert.deepEqual([issues?.count, issues?.entries[0]?.message], [1, "It answered 500: it is broken"]);
    assert.equal(issues?.entries[0]?.run, 4);
  });

  it("that fails a load without a reason is named unresponsive", async (context) => {
    const { link } = await linkTo(context, { "POST /scene/load": [500, {}] });
    await assert.rejects(link.load("res://b.tscn", calm), { reason: "ENGINE_UNRESPONSIVE" });
  });

  it("is lost when it does not answer any longer", async (context) => {
    const { lost } = await linkTo(context, ({ socket }) => socket.destroy());
    assert.equal((await lost).reason, "ENGINE_UNRESPONSIVE");
  });

  it("may say anything in any field: it is lost by name, or what it says can be told", async (context) => {
    const whole = { scene_path: "res://a.tscn", scene_name: "A", root_type: "Node", node_count: 3 };
    const forms = [...hostileForms(whole)];
    let told = 0;
    const tellOne = async ({ where, form }: { where: string; form: unknown }) => {
      const { view, lost } = await linkTo(context, ({ url }, response) =>
        response.end(toWire(url === "/state/scene" ? form : { exists: 1 })),
      );
      const found = await Promise.race([view, lost]);
      if (found instanceof ControlError) return assert.equal(found.reason, "ENGINE_UNRESPONSIVE", where);
      if (!found.scene) return;
      toBinary(SceneSchema, create(SceneSchema, toScene(found.scene, 1)));
      told += 1;
    };
    await Promise.all(forms.map(tellOne));
    assert.ok(told > 10);
  });

  it("that fails a load with a reason that is no text is named unresponsive", async (context) => {
    const { link } = await linkTo(context, { "POST /scene/load": [500, { message: { toString: 1 } }] });
    await assert.rejects(link.load("res://b.tscn", calm), { reason: "ENGINE_UNRESPONSIVE" });
  });
});
