import assert from "node:assert/strict";
import { stat, symlink } from "node:fs/promises";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { execa } from "execa";
import { isVisibleFile, isVisibleFolder, walk } from "../../../../../src/engine/project/files/tree.ts";
import { temporaryFolder, writeFiles } from "../../../../support/project.ts";

async function folderOf(t: TestContext, paths: readonly string[]): Promise<string> {
  const folder = await temporaryFolder(t);
  await writeFiles(folder, Object.fromEntries(paths.map((path) => [path, path])));
  return folder;
}

async function visited(root: string, below?: string) {
  const places = below === undefined ? undefined : [{ path: below, outside: false }];
  const files: string[] = [];
  const folders: string[] = [];
  await walk(root, { onFile: (path) => files.push(path), onFolder: (path) => folders.push(path) }, places);
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

test("hidden files, scratch files and what is in folders with a .gdignore are not there", async (t) => {
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
  assert.deepEqual(await visited(root), { files: ["a.gd"], folders: ["", "ignored"] });
});

test("on request, what is outside of Godot's scan is visited as well, and said to be", async (t) => {
  const root = await folderOf(t, [
    "a.gd",
    ".godot/a.gd",
    ".git/a.gd",
    ".hidden/a.gd",
    ".hidden/a.log",
    "ignored/.gdignore",
    "ignored/below/a.gd",
    "node_modules/a.gd",
  ]);
  const found: string[] = [];
  await walk(root, { all: true, onFile: (path, _stamp, outside) => found.push(`${path} ${outside}`) });
  assert.deepEqual(found.sort(), [
    ".hidden/a.gd true",
    "a.gd false",
    "ignored/.gdignore true",
    "ignored/below/a.gd true",
    "node_modules/a.gd true",
  ]);
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

test("folders that link to each other many times over are each visited once", async (t) => {
  const root = await folderOf(
    t,
    [...Array(16).keys()].map((number) => `${number}/a.gd`),
  );
  for (let number = 0; number < 15; number += 1)
    for (const name of ["one", "two"]) await symlink(`../${number + 1}`, join(root, `${number}/${name}`));
  const { files, folders } = await visited(root);
  assert.equal(files.length, 16);
  assert.equal(folders.length, 17);
});

test("more files and folders than a project may have are an error, which names the link that leads to them", async (t) => {
  const elsewhere = await folderOf(t, ["1", "2", "3", "4", "5/6"]);
  const root = await folderOf(t, ["a.gd", "b/c.gd"]);
  await walk(root, { onFile() {} }, undefined, 3);
  await assert.rejects(
    walk(root, { onFile() {} }, undefined, 2),
    /more than 2 files and folders are in it\. /,
  );
  await symlink(elsewhere, join(root, "b/all"));
  await assert.rejects(
    walk(root, { onFile() {} }, undefined, 7),
    /more than 7 files and folders are in it, those behind the link res:\/\/b\/all among them\. /,
  );
});

test("a walk ends with the reason of its signal", async (t) => {
  const root = await folderOf(t, ["a/b.gd", "a/c/d.gd"]);
  const controller = new AbortController();
  const files: string[] = [];
  const walking = walk(root, {
    signal: controller.signal,
    onFolder: (path) => path === "a" && controller.abort(new Error("over")),
    onFile: (path) => files.push(path),
  });
  await assert.rejects(walking, /^Error: over$/);
  assert.deepEqual(files, []);
});

test("a file system that is mounted in the project is another folder, whatever its number there", async (t) => {
  const root = await folderOf(t, ["a.gd"]);
  const script = `
    const { walk } = await import(${JSON.stringify(import.meta.resolve("../../../../../src/engine/project/files/tree.ts"))});
    const found = [];
    await walk(".", { onFile: (path) => found.push(path) });
    console.log(found.sort().join(" "));`;
  // The root of every tmpfs has the same number: one lies in another here.
  const shell = `mount -t tmpfs none . && cd . && cd "$PWD" && mkdir below && mount -t tmpfs none below &&
    touch above.gd below/deep.gd && exec "$0" --input-type=module -e "$1"`;
  const { stdout, exitCode, stderr } = await execa(
    "unshare",
    ["-rm", "sh", "-c", shell, process.execPath, script],
    { cwd: root, reject: false },
  );
  if (exitCode !== 0 && /unshare|mount/.test(stderr)) return t.skip("Nothing may be mounted here.");
  assert.equal(stdout, "above.gd below/deep.gd", stderr);
});
