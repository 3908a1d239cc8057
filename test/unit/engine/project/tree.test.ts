import assert from "node:assert/strict";
import { stat, symlink } from "node:fs/promises";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { isVisibleFile, isVisibleFolder, walk } from "../../../../src/engine/project/tree.ts";
import { temporaryFolder, writeFiles } from "../../../support/project.ts";

async function folderOf(t: TestContext, paths: readonly string[]): Promise<string> {
  const folder = await temporaryFolder(t);
  await writeFiles(folder, Object.fromEntries(paths.map((path) => [path, path])));
  return folder;
}

async function visited(root: string, below?: string) {
  const files: string[] = [];
  const folders: string[] = [];
  await walk(root, { onFile: (path) => files.push(path), onFolder: (path) => folders.push(path) }, below);
  return { files: files.sort(), folders: folders.sort() };
}

test("every file and folder is visited, with paths relative to the project", async (t) => {
  const root = await folderOf(t, ["a.gd", "b/c.gd", "b/d/e.gd"]);
  assert.deepEqual(await visited(root), { files: ["a.gd", "b/c.gd", "b/d/e.gd"], folders: ["", "b", "b/d"] });
  assert.deepEqual(await visited(root, "b"), { files: ["b/c.gd", "b/d/e.gd"], folders: ["b", "b/d"] });
});

test("a stamp is the file's size and times", async (t) => {
  const root = await folderOf(t, ["a.gd"]);
  const { size, mtimeMs, ctimeMs } = await stat(join(root, "a.gd"));
  await walk(root, { onFile: (_path, stamp) => assert.deepEqual(stamp, { size, mtimeMs, ctimeMs }) });
  assert.equal(size, 4);
});

test("hidden files, scratch files and folders with a .gdignore are not there", async (t) => {
  const root = await folderOf(t, [
    "a.gd",
    ".godot/cache.cfg",
    ".hidden",
    "a.gd~",
    ".a.gd.swp",
    "a.gd.tmp",
    "ignored/.gdignore",
    "ignored/a.gd",
    "ignored/below/a.gd",
  ]);
  assert.deepEqual(await visited(root), { files: ["a.gd"], folders: [""] });
});

test("a path is visible if all its parts are", () => {
  for (const path of ["a.gd", "a/b.c.gd", "swp", "md"]) assert.ok(isVisibleFile(path), path);
  for (const path of [".a", "a/.b/c", ".a/b", "a~", "a/b.swp", "b.tmp", "a/README.md", "b.MD"])
    assert.ok(!isVisibleFile(path), path);
  for (const path of ["node_modules/a.gd", "a/__pycache__/b.pyc"]) assert.ok(!isVisibleFile(path), path);
});

test("only a file is scratch for its name: a folder of such a name is looked into", async (t) => {
  for (const path of ["data.log", "back~", "a.tmp/b.md"]) assert.ok(isVisibleFolder(path), path);
  const root = await folderOf(t, ["data.log/a.gd", "back~/b.gd", "back~/c.log", "node_modules/d.gd"]);
  assert.deepEqual(await visited(root), {
    files: ["back~/b.gd", "data.log/a.gd"],
    folders: ["", "back~", "data.log"],
  });
});

test("a symbolic link that leads back up ends", async (t) => {
  const root = await folderOf(t, ["a/b.gd"]);
  await symlink("..", join(root, "a/up"));
  await symlink(".", join(root, "a/self"));
  assert.deepEqual(await visited(root), { files: ["a/b.gd"], folders: ["", "a"] });
});

test("links to files and folders elsewhere are followed, broken ones passed over", async (t) => {
  const elsewhere = await folderOf(t, ["c.gd"]);
  const root = await folderOf(t, ["a.gd"]);
  await symlink(elsewhere, join(root, "folder"));
  await symlink(join(elsewhere, "c.gd"), join(root, "file.gd"));
  await symlink("nowhere", join(root, "broken.gd"));
  assert.deepEqual((await visited(root)).files, ["a.gd", "file.gd", "folder/c.gd"]);
});

test("a folder that is not there has nothing in it", async (t) => {
  assert.deepEqual(await visited(await temporaryFolder(t), "nowhere"), { files: [], folders: [] });
});
