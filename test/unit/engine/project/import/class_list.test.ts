import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { ClassList } from "../../../../../src/engine/project/import/class_list.ts";
import { temporaryFolder, temporaryProject, writeFiles } from "../../../../support/project.ts";

const listOf = (...names: string[]) => ({
  ".godot/global_script_class_cache.cfg": `list=[${names
    .map((name) => `{\n"base": &"Node",\n"class": &"${name}",\n"path": "res://${name}.gd"\n}`)
    .join(", ")}]\n`,
});

test("a list that takes the place of the import's is held against the scripts", async (t) => {
  const names = ["Hero", "Villain"];
  const root = await temporaryProject(
    t,
    Object.fromEntries(names.map((name) => [`${name}.gd`, `class_name ${name}\nextends Node\n`])),
  );
  const memory = join(await temporaryFolder(t), "classes");
  /** Each server has its own, and one memory. */
  const wrong = (...paths: string[]) => new ClassList(root, memory).findWrong(paths);
  const all = ["Hero.gd", "Villain.gd", "main.tscn"];
  await writeFiles(root, listOf(...names));
  assert.equal(await wrong(...all), undefined);
  await writeFiles(root, listOf("Hero"));
  assert.equal(await wrong(...all), "Villain.gd", "one that it lacks");
  assert.equal(await wrong(...all), "Villain.gd", "until it is imported");
  await writeFiles(root, listOf(...names, "Gone"));
  assert.equal(await wrong(...all), "Gone.gd", "one that has no script");

  await writeFiles(root, { ...listOf(...names), "Broken.gd": "class_name Broken\n}\n" });
  await new ClassList(root, memory).remember();
  assert.equal(await wrong(...all, "Broken.gd"), undefined, "An import could not read it.");
});
