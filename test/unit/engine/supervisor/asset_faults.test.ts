import assert from "node:assert/strict";
import { test } from "node:test";
import { faultsOf } from "../../../../src/engine/supervisor/asset_faults.ts";
import type { LogEntry } from "../../../../src/model/log_entry.ts";

test("an error while an asset is worked on is that asset's, in the folder that it names, unless it is told already", () => {
  const [truck, tree, n, picture] = ["m.gltf", "m.gltf", "n.glb", "x.png"].map((name) => ({ name }));
  const blame = (work: { name: string } | undefined, message: string, file = "core/io/image_loader.cpp") => ({
    work: work ?? assert.fail(),
    error: {
      severity: "ERROR",
      source: "IMPORT",
      message,
      file,
      line: 100,
      backtrace: [],
    } as unknown as LogEntry,
  });
  const told = (...blames: readonly ReturnType<typeof blame>[]) =>
    faultsOf(blames, ["a/m.gltf", "b/m.gltf", "n.glb", "x.png"]).map(({ file, message }) => [file, message]);
  const missing = "Can't open file from path 'res://b/tex.png'.";
  assert.deepEqual(told(blame(tree, missing), blame(tree, "More.")), [
    ["res://b/m.gltf", `res://b/m.gltf was imported with errors: ${missing}, and 1 more`],
  ]);
  assert.deepEqual(told(blame(n, "Node not found.", "res://post.gd")), [
    ["res://n.glb", "res://n.glb was imported with errors: Node not found. (res://post.gd:100)"],
  ]);
  assert.deepEqual(told(blame(truck, "Nameless."), blame(tree, missing)), [
    ["res://a/m.gltf", "res://a/m.gltf, or another m.gltf, was imported with errors: Nameless."],
    ["res://b/m.gltf", "res://b/m.gltf, or another m.gltf, was imported with errors: Nameless."],
    ["res://b/m.gltf", `res://b/m.gltf was imported with errors: ${missing}`],
  ]);
  assert.deepEqual(told(blame(picture, "Others are imported at the same time.")), []);
  assert.deepEqual(told(blame(n, "Error importing 'res://n.glb'.", "res://n.glb")), []);
});
