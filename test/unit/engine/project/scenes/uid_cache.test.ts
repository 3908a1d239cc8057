import assert from "node:assert/strict";
import { test } from "node:test";
import { toId } from "../../../../../src/engine/project/scenes/uid.ts";
import { readUidCache } from "../../../../../src/engine/project/scenes/uid_cache.ts";
import { uidCache } from "../../../../support/imports.ts";
import { temporaryFolder, temporaryProject } from "../../../../support/project.ts";

test("a uid is a number of base 34", () => {
  assert.equal(toId("uid://cmain1"), 106916596n); // as Godot 4.6 lists it
  assert.equal(toId("uid://d4l3oq7a5obtb"), 9219172638637015131n);
  assert.equal(toId("uid://aacmain1"), toId("uid://cmain1"));
  for (const text of ["uid://<invalid>", "uid://", "uid://z", "res://a.tscn"])
    assert.equal(toId(text), undefined, text);
});

test("a file is found by its uid", async (t) => {
  const bytes = uidCache({ "uid://cmain1": "res://main.tscn", "uid://hero": "res://häuser/hero.gd" });
  const root = await temporaryProject(t, { ".godot/uid_cache.bin": bytes });
  const cache = await readUidCache(root);
  assert.equal(cache.pathOf("uid://cmain1"), "res://main.tscn");
  assert.equal(cache.pathOf("uid://hero"), "res://häuser/hero.gd");
  assert.equal(cache.pathOf("uid://other"), undefined);
  assert.equal(cache.pathOf("uid://<invalid>"), undefined);
});

test("a list that is missing or cut off lists what it has", async (t) => {
  assert.equal((await readUidCache(await temporaryFolder(t))).pathOf("uid://b"), undefined);
  const bytes = uidCache({ "uid://b": "res://b.tscn", "uid://c": "res://c.tscn" });
  const root = await temporaryProject(t, { ".godot/uid_cache.bin": bytes.subarray(0, -1) });
  const cache = await readUidCache(root);
  assert.deepEqual([cache.pathOf("uid://b"), cache.pathOf("uid://c")], ["res://b.tscn", undefined]);
});
