/** What NodeService promises: the nodes of the running game, and the values of their properties, exactly. */
import assert from "node:assert/strict";
import { toJson } from "@bufbuild/protobuf";
import { type Client, Code, createClient } from "@connectrpc/connect";
import { ErrorReason } from "#gen/error_pb.js";
import { NodeService } from "#gen/node_service_pb.js";
import { type Variant, VariantSchema } from "#gen/variant_pb.js";
import { failure } from "../support/expect.ts";
import { watching } from "../support/watching.ts";
import type { Contract } from "./suite.ts";

export const nodeFiles: Readonly<Record<string, string>> = {
  "nodes.tscn": `[gd_scene load_steps=2 format=3]

[ext_resource type="Script" path="res://nodes.gd" id="1"]

[node name="Nodes" type="Node2D" groups=["levels"]]
script = ExtResource("1")

[node name="Player" type="Sprite2D" parent="."]
unique_name_in_owner = true
position = Vector2(3.5, -4)

[node name="Weapon" type="Node2D" parent="Player"]

[node name="Shield" type="Node2D" parent="Player"]

[node name="Hud" type="Control" parent="."]
`,
  "nodes.gd": `extends Node2D

var most: int = 9223372036854775807
var sum: float = 0.1 + 0.2
var nothing: float = NAN
var mixed: Array = [-0.0, &"name", ^"Player:position:x", null, {Vector2i(1, 2): Color.RED}, self]
var counts: Dictionary[StringName, int] = {&"a": 1}
var callback: Callable = _ready
var itself: Array = []
var turn: Transform3D = Transform3D(Basis(Vector3(1, 2, 3), Vector3(4, 5, 6), Vector3(7, 8, 9)), Vector3(10, 11, 12))


func _ready() -> void:
	itself.append(itself)


func _physics_process(_delta: float) -> void:
	($Hud as Control).position.x += 1
`,
};

export type Clause = readonly [name: string, check: (client: Contract) => Promise<void>];

export const nodeClauses: readonly Clause[] = [
  ["GetNode tells what a node is, by each way to name it", getsNodes],
  ["GetNode carries the values of properties exactly", carriesValues],
  ["GetNode says what is not there, and what may have been meant", missesNodes],
  ["ListNodes lists each parent before its children, in pages", listsNodes],
  ["ListNodes says what is wrong with a page", refusesPages],
  ["WatchNode tells the present values, then each change, until the node has gone", watchesNodes],
];

async function begin({ transport, scene }: Contract): Promise<Client<typeof NodeService>> {
  await scene.loadScene({ scenePath: "res://nodes.tscn" });
  return createClient(NodeService, transport);
}

async function getsNodes(contract: Contract) {
  const nodes = await begin(contract);
  const { node } = await nodes.getNode({});
  assert.ok(node && node.instanceId > 0n);
  const { $typeName: _, instanceId: __, ...rest } = node;
  assert.deepEqual(rest, {
    path: "/root/Nodes",
    type: "Node2D",
    script: "res://nodes.gd",
    sceneFilePath: "res://nodes.tscn",
    groups: ["levels"],
    childCount: 2,
    properties: {},
  });
  for (const path of ["Player", "%Player", "/root/Nodes/Player", "./Hud/../Player"])
    assert.equal((await nodes.getNode({ path })).node?.path, "/root/Nodes/Player", path);
}

async function carriesValues(contract: Contract) {
  const nodes = await begin(contract);
  const { node } = await nodes.getNode({
    properties: ["most", "sum", "nothing", "mixed", "counts", "callback", "itself", "turn", "turn:origin:y"],
  });
  const { most, sum, nothing, mixed, counts, callback, itself, turn, ...others } = node?.properties ?? {};
  assert.deepEqual(most?.kind, { case: "int", value: 9223372036854775807n });
  assert.deepEqual(sum?.kind, { case: "float", value: 0.1 + 0.2 });
  assert.deepEqual(nothing?.kind, { case: "float", value: NaN });
  assert.deepEqual(others["turn:origin:y"]?.kind, { case: "float", value: 11 });
  assert.deepEqual(json(counts), {
    dictionary: {
      entries: [{ key: { stringName: "a" }, value: { int: "1" } }],
      keyType: "StringName",
      valueType: "int",
    },
  });
  assert.deepEqual(json(callback), {
    opaque: { type: "Callable", text: "Node2D(nodes.gd)::_ready" },
  });
  assert.equal(itself?.kind.case, "opaque");
  assert.deepEqual(json(turn), {
    transform3d: {
      basis: { x: { x: 1, y: 2, z: 3 }, y: { x: 4, y: 5, z: 6 }, z: { x: 7, y: 8, z: 9 } },
      origin: { x: 10, y: 11, z: 12 },
    },
  });
  assert.ok(mixed?.kind.case === "array");
  const [zero, name, path, none, table, self] = mixed.kind.value.elements;
  // JSON has no sign of a zero; the contract says so.
  const sent = /JSON|REST/.test(contract.kind.name) ? 0 : -0;
  assert.ok(zero?.kind.case === "float" && Object.is(zero.kind.value, sent));
  assert.deepEqual(name?.kind, { case: "stringName", value: "name" });
  assert.deepEqual(path?.kind, { case: "nodePath", value: "Player:position:x" });
  assert.equal(none?.kind.case, undefined);
  assert.deepEqual(json(table), {
    dictionary: {
      entries: [{ key: { vector2i: { x: 1, y: 2 } }, value: { color: { r: 1, a: 1 } } }],
    },
  });
  assert.ok(self?.kind.case === "object" && self.kind.value.run > 0);
  assert.equal(self.kind.value.nodePath, "/root/Nodes");
  assert.equal(self.kind.value.className, "Node2D");
  assert.equal(self.kind.value.instanceId, node?.instanceId);
}

const json = (value: Variant | undefined) => value && toJson(VariantSchema, value);

async function missesNodes(contract: Contract) {
  const nodes = await begin(contract);
  const node = await failure(nodes.getNode({ path: "Player/weapn" }));
  assert.equal(Code[node.code], "NotFound");
  assert.equal(node.detail?.reason, ErrorReason.NODE_NOT_FOUND);
  assert.deepEqual(node.detail.metadata, { path: "Player/weapn" });
  assert.equal(
    node.message,
    "No node Player/weapn: /root/Nodes/Player has no child weapn. Did you mean /root/Nodes/Player/Weapon?",
  );
  const elsewhere = await failure(nodes.getNode({ path: "Shield" }));
  assert.match(elsewhere.message, /Did you mean \/root\/Nodes\/Player\/Shield\?$/);
  const property = await failure(nodes.getNode({ path: "Player", properties: ["position", "positon:x"] }));
  assert.equal(property.detail?.reason, ErrorReason.PROPERTY_NOT_FOUND);
  assert.deepEqual(property.detail.metadata, { path: "/root/Nodes/Player", property: "positon:x" });
  assert.match(property.message, /Did you mean position\?$/);
  assert.equal(
    (await failure(nodes.getNode({ properties: ["position:z"] }))).detail?.reason,
    ErrorReason.PROPERTY_NOT_FOUND,
  );
  const many = await failure(nodes.getNode({ properties: Array(101).fill("position") }));
  assert.equal(many.message, "properties: may name 100, not more");
}

async function listsNodes(contract: Contract) {
  const nodes = await begin(contract);
  const all = await nodes.listNodes({});
  assert.deepEqual(
    all.nodes.map(({ path, type, childCount, depth }) => [path, type, childCount, depth]),
    [
      ["/root/Nodes", "Node2D", 2, 0],
      ["/root/Nodes/Player", "Sprite2D", 2, 1],
      ["/root/Nodes/Player/Weapon", "Node2D", 0, 2],
      ["/root/Nodes/Player/Shield", "Node2D", 0, 2],
      ["/root/Nodes/Hud", "Control", 0, 1],
    ],
  );
  assert.deepEqual([all.totalSize, all.nextPageToken, all.nodes[0]?.script], [5, "", "res://nodes.gd"]);
  const paged: string[] = [];
  let pageToken = "";
  do {
    const page = await nodes.listNodes({ pageSize: 2, pageToken });
    assert.equal(page.totalSize, 5);
    paged.push(...page.nodes.map(({ path }) => path));
    pageToken = page.nextPageToken;
  } while (pageToken);
  assert.deepEqual(
    paged,
    all.nodes.map(({ path }) => path),
  );
  const flat = await nodes.listNodes({ path: "Player", maxDepth: 0 });
  assert.deepEqual([flat.nodes.map(({ childCount }) => childCount), flat.totalSize], [[2], 1]);
  assert.equal((await nodes.listNodes({ maxDepth: 1 })).totalSize, 3);
}

async function refusesPages(contract: Contract) {
  const nodes = await begin(contract);
  const messageOf = async (request: Parameters<typeof nodes.listNodes>[0]) =>
    (await failure(nodes.listNodes(request))).message;
  assert.equal(await messageOf({ pageSize: 0 }), "page_size: must be from 1 to 10000, not 0");
  assert.equal(await messageOf({ pageSize: 10_001 }), "page_size: must be from 1 to 10000, not 10001");
  assert.equal(await messageOf({ pageToken: "x" }), "page_token: is none that was given for this list: x");
  assert.match(await messageOf({ path: "Playr" }), /Did you mean \/root\/Nodes\/Player\?$/);
}

async function watchesNodes(contract: Contract) {
  const nodes = await begin(contract);
  const none = watching((signal) => nodes.watchNode({ path: "Hud" }, { signal }));
  assert.equal((await failure(none.next())).message, "properties: must name what is to be watched");
  const watch = watching((signal) =>
    nodes.watchNode({ path: "Hud", properties: ["position:x", "name"] }, { signal }),
  );
  const first = await watch.next();
  assert.deepEqual(first.properties.name?.kind, { case: "stringName", value: "Hud" });
  const second = await watch.next();
  assert.ok(second.frame > first.frame);
  const [before, after] = [first, second].map(({ properties }) => properties["position:x"]?.kind);
  assert.ok(before?.case === "float" && after?.case === "float" && after.value > before.value);
  await contract.scene.loadScene({ scenePath: "res://main.tscn" });
  const gone = await failure(watch.until(() => false));
  assert.equal(gone.detail?.reason, ErrorReason.NODE_NOT_FOUND);
  assert.equal(gone.message, "/root/Nodes/Hud has left the tree.");
}
