/** Godot's own list of uids, where another program has put an older one in its place. */
import assert from "node:assert/strict";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { UidList } from "../../../../../src/engine/project/import/uid_list.ts";
import { toId } from "../../../../../src/engine/project/scenes/uid.ts";
import { sceneFile, temporaryFolder, temporaryProject, writeFiles } from "../../../../support/project.ts";

/** As Godot writes it. */
function listOf(uids: Readonly<Record<string, string>>): Buffer {
  const count = Buffer.alloc(4);
  count.writeUInt32LE(Object.keys(uids).length);
  const entries = Object.entries(uids).map(([path, uid]) => {
    const entry = Buffer.alloc(12);
    entry.writeBigInt64LE(toId(uid) ?? 0n);
    entry.writeUInt32LE(`res://${path}`.length, 8);
    return Buffer.concat([entry, Buffer.from(`res://${path}`)]);
  });
  return Buffer.concat([count, ...entries]);
}

test("each kind of file is looked for in a list that is not the import's, and only in such", async (t) => {
  const files = {
    "a.tscn": sceneFile("A", { uid: "uid://a1" }),
    "b.gd": "extends Node\n",
    "b.gd.uid": "uid://b2\n",
    "c.png": "picture",
    "c.png.import": '[remap]\n\nimporter="texture"\nuid="uid://c3"\n',
  };
  const whole = { "a.tscn": "uid://a1", "b.gd": "uid://b2", "c.png": "uid://c3" };
  const root = await temporaryProject(t, files);
  const memory = join(await temporaryFolder(t), "uids.json");
  const wrong = () => new UidList(root, memory).findWrong(Object.keys(files));
  const put = (uids: Readonly<Record<string, string>>) =>
    writeFiles(root, { ".godot/uid_cache.bin": listOf(uids) });
  await put(whole);
  assert.equal(await wrong(), undefined);
  for (const path of Object.keys(whole) as (keyof typeof whole)[]) {
    const { [path]: _, ...older } = whole;
    await put(older);
    assert.equal(await wrong(), path);
    await put({ ...older, "gone.tscn": whole[path] });
    assert.equal(await wrong(), path, "It is listed by a path that there is not.");
  }
  await new UidList(root, memory).remember();
  assert.equal(await wrong(), undefined, "The import has left it so.");
  await rm(join(root, ".godot/uid_cache.bin"));
  assert.equal(await wrong(), "a.tscn");
});

test("a uid is in no list without its file, or where its import has failed; one of two files is enough", async (t) => {
  const files = {
    "gone.gd.uid": "uid://a1\n",
    "bad.png": "no picture",
    "bad.png.import": '[remap]\n\nuid="uid://b2"\nvalid=false\n',
    "one.tscn": sceneFile("One", { uid: "uid://c3" }),
    "two.tscn": sceneFile("Two", { uid: "uid://c3" }),
  };
  const root = await temporaryProject(t, files);
  await writeFiles(root, { ".godot/uid_cache.bin": listOf({ "two.tscn": "uid://c3" }) });
  const list = new UidList(root, join(await temporaryFolder(t), "uids.json"));
  assert.equal(await list.findWrong(Object.keys(files)), undefined);
});
