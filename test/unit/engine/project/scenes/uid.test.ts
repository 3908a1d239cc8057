/** The uid of a file, as the real engine writes it. */
import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { execa } from "execa";
import { readUid } from "../../../../../src/engine/project/scenes/uid.ts";
import { realEngine } from "../../../../support/engine.ts";
import { importedProject, sceneFile, temporaryFolder } from "../../../../support/project.ts";

test("a scene or resource is known by the uid that is in its head, however it is written", async (t) => {
  const names = ["text.tres", "plain.res", "packed.res", "large.scn"];
  const root = await importedProject(t, {
    "write.gd": `extends SceneTree

func _init() -> void:
	var names: PackedStringArray = ["text.tres", "plain.res", "packed.res", "large.scn"]
	for name: String in names:
		var resource: Resource = Gradient.new()
		if name == "large.scn":
			var node: Node = Node.new()
			node.set_meta(&"text", "x".repeat(100_000))
			var scene: PackedScene = PackedScene.new()
			scene.pack(node)
			resource = scene
		var path: String = "res://" + name
		ResourceSaver.save(resource, path, 0 if name == "plain.res" else ResourceSaver.FLAG_COMPRESS)
		var id: int = ResourceUID.create_id()
		ResourceSaver.set_uid(path, id)
		print("uid ", ResourceUID.id_to_text(id))
	quit()
`,
  });
  const { path } = await realEngine();
  const { stdout } = await execa(path, ["--headless", "--path", root, "--script", "res://write.gd"]);
  const uids = stdout.split("\n").flatMap((line) => /^uid (\S+)/.exec(line)?.[1] ?? []);
  assert.equal(uids.length, names.length);
  assert.deepEqual(await Promise.all(names.map((name) => readUid(join(root, name)))), uids);
});

test("the tag of a text scene may come after blanks and comments, and have blanks and line breaks in it", async (t) => {
  const root = await temporaryFolder(t);
  const tag = '[gd_scene format=3 uid="uid://abc"]';
  for (const text of [
    `\n\n${tag}\n`,
    `; by hand; [gd_scene uid="uid://no"]\r\n;\n${tag}`,
    '[gd_scene format=3 uid = "uid://abc"]',
    '[gd_scene\n\tformat=3\n\tuid="uid://abc"\n]\n',
    `\ufeff${tag}`,
  ]) {
    await writeFile(join(root, "a.tscn"), text);
    assert.equal(await readUid(join(root, "a.tscn")), "uid://abc", text);
  }
  await writeFile(join(root, "a.tscn"), '[gd_scene format=3]\n[ext_resource uid="uid://other"]\n');
  assert.equal(await readUid(join(root, "a.tscn")), undefined);
});

test("what has none, or is cut off, has none", async (t) => {
  const root = await temporaryFolder(t);
  for (const [name, text] of Object.entries({
    "scene.tscn": sceneFile("A"),
    "empty.res": "",
    "cut.res": "RSRC\0\0",
    "packed.res": "RSCC\x02\0\0\0\0\x10\0\0",
    "huge.res": `RSCC\x02\0\0\0${"\xff".repeat(12)}`,
    "picture.png": "\x89PNG",
    "only.tres": ";".repeat(1000),
    "blank.tres": " \n".repeat(500),
  })) {
    await writeFile(join(root, name), text, "latin1");
    assert.equal(await readUid(join(root, name)), undefined, name);
  }
  assert.equal(await readUid(join(root, "none.res")), undefined);
});
