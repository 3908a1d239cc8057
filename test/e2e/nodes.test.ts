/** What becomes of a question to the engine where that is not there, ends, or does not answer. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Code, ConnectError, createClient } from "@connectrpc/connect";
import { createConnectTransport } from "@connectrpc/connect-node";
import { ErrorReason } from "#gen/error_pb.js";
import { NodeService } from "#gen/node_service_pb.js";
import { enginePid, failure } from "../support/expect.ts";
import { importedProject, projectGodot, sceneFile } from "../support/project.ts";
import { ready, scripted } from "../support/scenes.ts";
import { startServer } from "../support/server.ts";
import { watching } from "../support/watching.ts";

const files = {
  "project.godot": projectGodot({ mainScene: "res://main.tscn" }),
  "main.tscn": sceneFile("Main", { script: "res://main.gd" }),
  // Each is what a game may have, and no call may be the worse for it.
  "main.gd": `extends Node2D

var pid: int = OS.get_process_id()
var large: PackedByteArray:
	get:
		var bytes: PackedByteArray = []
		bytes.resize(5 * 1024 * 1024)
		return bytes
var fails: int:
	get:
		push_error("on purpose")
		return 1
var stands: int:
	get:
		OS.delay_msec(1500)
		return 1
var reads: int = 0
var counted: int:
	get:
		reads += 1
		return reads
var half: String = PackedByteArray([0x41, 0, 0x00, 0xd8]).get_string_from_utf16()
var nodes: Array[Node2D] = [self]
var freed: Node = Node.new()
var grid: Array = []
var deep: Array = []
var shallow: Array = []
var many: Array = range(200_000)
var gone: int:
	get:
		get_tree().change_scene_to_file("res://other.tscn")
		return 1
var frees: int:
	get:
		free()
		return 1

func _init() -> void:
	freed.free()
	# As of a map, of which each field has those on its right and below.
	for level: int in 40:
		grid = [grid, grid]
	for level: int in 60:
		deep = [deep]
	for level: int in 40:
		shallow = [shallow]
var quits: int:
	get:
		get_tree().quit(3)
		return 1
var crashes: int:
	get:
		OS.crash("on purpose")
		return 1
`,
  ...scripted("other", ready("pass")),
  // It answers for whatever it is asked for.
  ...scripted("greedy", "extends Node2D\n\nfunc _get(_name: StringName) -> Variant:\n\treturn 42\n"),
  ...scripted("half", ready('name = "Half" + PackedByteArray([0x00, 0xd8]).get_string_from_utf16()')),
};

describe("A question to the engine", async () => {
  it("is answered by name where no engine runs, and waits for one that is being started", async (context) => {
    const { node, godot } = await startServer(context, await importedProject(context, files));
    // It comes while the engine starts, and waits for that.
    assert.equal((await node.getNode({})).node?.path, "/root/Main");
    await godot.stop({});
    const stopped = await failure(node.getNode({}));
    assert.equal(stopped.detail?.reason, ErrorReason.ENGINE_NOT_RUNNING);
    assert.match(stopped.message, /^The engine is not running, and this call does not start it\./);
    const watch = watching((signal) => node.watchNode({ properties: ["name"] }, { signal }));
    assert.equal((await failure(watch.next())).detail?.reason, ErrorReason.ENGINE_NOT_RUNNING);
  });

  it("ends as the engine does, and says how", async (context) => {
    const test = await startServer(context, await importedProject(context, files));
    const { node } = test;
    const quit = await failure(node.getNode({ properties: ["crashes"] }));
    assert.equal(quit.detail?.reason, ErrorReason.ENGINE_EXITED, quit.message);
    const watch = watching((signal) => node.watchNode({ properties: ["name"] }, { signal }));
    await watch.next();
    process.kill(await enginePid(test), "SIGKILL");
    const killed = await failure(watch.next());
    assert.equal(killed.detail?.reason, ErrorReason.ENGINE_EXITED);
    assert.match(killed.message, /SIGKILL/);
    // The next one runs, and is asked like the one before.
    const { process: engine } = (await test.godot.start({})).health ?? {};
    const { node: found } = await node.getNode({ properties: ["pid"] });
    assert.deepEqual(found?.properties.pid?.kind, { case: "int", value: BigInt(engine?.pid ?? 0) });
  });

  it("that takes longer than its caller waits does nothing to the next", async (context) => {
    const { node } = await startServer(context, await importedProject(context, files));
    await node.getNode({});
    const late = await failure(node.getNode({ properties: ["stands"] }, { timeoutMs: 300 }));
    assert.equal(Code[late.code], "DeadlineExceeded");
    assert.equal((await node.getNode({})).node?.path, "/root/Main");
  });

  it("reads what it asks for once, and says so where that frees the node", async (context) => {
    const { node } = await startServer(context, await importedProject(context, files));
    for (const value of [1n, 2n])
      assert.equal(
        (await node.getNode({ properties: ["counted"] })).node?.properties.counted?.kind.value,
        value,
      );
    const freed = await failure(node.getNode({ properties: ["frees"] }));
    assert.equal(freed.detail?.reason, ErrorReason.NODE_NOT_FOUND);
    assert.equal(freed.message, "/root/Main was freed as frees was read.");
  });

  it("whose answer is too large is refused by name", async (context) => {
    const { node } = await startServer(context, await importedProject(context, files));
    const refused = await failure(node.getNode({ properties: ["large"] }));
    assert.equal(refused.detail?.reason, ErrorReason.ANSWER_TOO_LARGE);
    assert.match(
      refused.message,
      /^large of \/root\/Main is too large for one answer: .* Ask for a part of it\.$/,
    );
    assert.equal((await node.getNode({ properties: ["fails"] })).node?.properties.fails?.kind.value, 1n);
  });

  it("is answered by what the game really has, whatever its scripts say", async (context) => {
    const { node, scene, godot } = await startServer(context, await importedProject(context, files));
    await node.getNode({});
    const { result } = await scene.loadScene({ scenePath: "res://greedy.tscn" });
    assert.deepEqual([result?.scene?.path, result?.scene?.rootName], ["res://greedy.tscn", "greedy"]);
    assert.equal((await node.getNode({})).node?.sceneFilePath, "res://greedy.tscn");
    assert.deepEqual(
      (await node.listNodes({})).nodes.map(({ path }) => path),
      ["/root/greedy"],
    );
    // No UTF-8 has half of a pair, and no message.
    const half = await scene.loadScene({ scenePath: "res://half.tscn" });
    assert.equal(half.result?.scene?.rootName, "Half\ufffd");
    assert.equal((await godot.getHealth({})).health?.healthy, true);
  });

  it("carries what can be carried, and says so of what cannot", async (context) => {
    const { node, godot } = await startServer(context, await importedProject(context, files));
    const read = async (name: string) =>
      (await node.getNode({ properties: [name] })).node?.properties[name]?.kind;
    assert.deepEqual(await read("half"), { case: "string", value: "A\ufffd" });
    assert.equal((await read("freed"))?.case, undefined);
    const nodes = await read("nodes");
    assert.ok(nodes?.case === "array");
    assert.equal(nodes.value.elementType, "Node2D");
    assert.equal(nodes.value.elements[0]?.kind.case, "object");
    assert.equal((await read("shallow"))?.case, "array");
    const deep = await read("deep");
    assert.ok(deep?.case === "opaque" && deep.value.type === "Array");
    for (const name of ["grid", "many"]) {
      const refused = await failure(read(name));
      assert.equal(refused.detail?.reason, ErrorReason.ANSWER_TOO_LARGE, name);
      assert.deepEqual(refused.detail.metadata, { path: "/root/Main", property: name });
    }
    const part = await failure(read("freed:name"));
    assert.equal(part.detail?.reason, ErrorReason.PROPERTY_NOT_FOUND);
    const watch = watching((signal) => node.watchNode({ properties: ["large"] }, { signal }));
    const large = await failure(watch.next());
    assert.match(large.message, /^large of \/root\/Main is too large to be watched/);
    const elsewhere = await node.getNode({ properties: ["gone"] });
    assert.equal(elsewhere.node?.path, "/root/Main");
    assert.deepEqual((await godot.getHealth({})).health?.blockingIssues, []);
  });

  it("refuses what no node is named by", async (context) => {
    const { node } = await startServer(context, await importedProject(context, files));
    const messageOf = async (call: Promise<unknown>) => (await failure(call)).message;
    assert.equal(await messageOf(node.getNode({ path: "a\0" })), "path: it has a NUL");
    const long = "a".repeat(5000);
    assert.equal(await messageOf(node.getNode({ path: long })), "path: may have 4096 characters, not 5000");
    assert.equal(
      await messageOf(node.getNode({ properties: [long] })),
      "properties: each may have 4096 characters, not 5000",
    );
    await node.listNodes({});
    for (const pageToken of ["-5", "1", "007", "99999999999999999999", "1.0", " 1"])
      assert.match(await messageOf(node.listNodes({ pageToken })), /^page_token: is none that was given/);
  });

  it("leaves nothing behind, however many come and go", async (context) => {
    const { node, scene, baseUrl } = await startServer(context, await importedProject(context, files));
    await node.getNode({});
    // HTTP/2 lets no client leave that often.
    const other = createClient(NodeService, createConnectTransport({ baseUrl, httpVersion: "1.1" }));
    // More than one connection to the engine may have at once.
    for (let count = 0; count < 300; count += 1) {
      const watch = watching((signal) => other.watchNode({ properties: ["name"] }, { signal }));
      await watch.next();
      await watch.leave();
    }
    const watches = Array.from({ length: 128 }, () =>
      watching((signal) => other.watchNode({ properties: ["name"] }, { signal })),
    );
    await Promise.all(watches.map((watch) => watch.next()));
    const more = watching((signal) => other.watchNode({ properties: ["name"] }, { signal }));
    assert.equal((await failure(more.next())).detail?.reason, ErrorReason.QUEUE_FULL);
    // They take no other call's place.
    await node.getNode({});
    await scene.loadScene({ scenePath: "res://other.tscn" });
    for (const watch of watches) {
      const error = ConnectError.from(await watch.end());
      assert.equal(error.rawMessage, "/root/Main has left the tree.");
    }
  });

  it("ends with the server", async (context) => {
    const { node, server } = await startServer(context, await importedProject(context, files));
    const watch = watching((signal) => node.watchNode({ properties: ["name"] }, { signal }));
    await watch.next();
    const ended = failure(watch.next());
    await server.close();
    assert.equal((await ended).detail?.reason, ErrorReason.SHUTTING_DOWN);
  });
});
