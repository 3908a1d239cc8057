import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { on } from "node:events";
import { link, mkdir, rename, rm, symlink, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { compare } from "../../../../../src/engine/project/files/change.ts";
import { ProjectFiles } from "../../../../../src/engine/project/files/files.ts";
import { descriptorTaker } from "../../../../support/descriptors.ts";
import { temporaryFolder, writeFiles } from "../../../../support/project.ts";

/** Files that are watched and were looked at once. */
async function watched(t: TestContext, contents: Readonly<Record<string, string>> = {}) {
  const root = await temporaryFolder(t);
  await writeFiles(root, contents);
  const files = new ProjectFiles(root);
  t.after(() => files.close());
  const first = await files.refresh();
  /** What changed since, as `kind path`, sorted; in brackets what is outside of Godot's scan. */
  const changes = async () =>
    (await files.refresh())
      .map(({ kind, path, outside }) => (outside ? `(${kind} ${path})` : `${kind} ${path}`))
      .sort();
  return { root, files, first, changes };
}

test("at first, every file was added", async (t) => {
  const { first, files, changes } = await watched(t, { "a.gd": "", "b/c.gd": "" });
  assert.deepEqual(first.map(({ kind, path }) => `${kind} ${path}`).sort(), ["added a.gd", "added b/c.gd"]);
  assert.deepEqual([...files.stamps.keys()].sort(), ["a.gd", "b/c.gd"]);
  assert.deepEqual(await changes(), []);
});

test("a file that is added, changed or removed is named, once", async (t) => {
  const { root, files, changes } = await watched(t, { "a.gd": "1", "b/c.gd": "1", "d.gd": "1" });
  await writeFile(join(root, "new.gd"), "");
  await writeFile(join(root, "b/c.gd"), "22");
  await rm(join(root, "d.gd"));
  assert.deepEqual(await changes(), ["added new.gd", "changed b/c.gd", "removed d.gd"]);
  assert.deepEqual(await changes(), []);
  assert.deepEqual([...files.stamps.keys()].sort(), ["a.gd", "b/c.gd", "new.gd"]);
});

test("a new time alone is a change", async (t) => {
  const { root, changes } = await watched(t, { "a.gd": "1" });
  await utimes(join(root, "a.gd"), 1000, 1000);
  assert.deepEqual(await changes(), ["changed a.gd"]);
});

test("new folders are seen with all that is in them, and watched from then on", async (t) => {
  const { root, changes } = await watched(t);
  await writeFiles(root, { "a/b/c/d.gd": "1", "a/e.gd": "1" });
  assert.deepEqual(await changes(), ["added a/b/c/d.gd", "added a/e.gd"]);
  await writeFile(join(root, "a/b/c/d.gd"), "22");
  assert.deepEqual(await changes(), ["changed a/b/c/d.gd"]);
});

test("a folder that goes takes all its files with it, and none of its namesakes", async (t) => {
  const { root, changes } = await watched(t, { "a/b.gd": "", "a/c/d.gd": "", "ab/e.gd": "", "a.gd": "" });
  await rm(join(root, "a"), { recursive: true });
  assert.deepEqual(await changes(), ["removed a/b.gd", "removed a/c/d.gd"]);
});

test("a file that is renamed is removed and added", async (t) => {
  const { root, changes } = await watched(t, { "a.gd": "" });
  await rename(join(root, "a.gd"), join(root, "b.gd"));
  assert.deepEqual(await changes(), ["added b.gd", "removed a.gd"]);
});

test("an editor that replaces a file by renaming has changed it", async (t) => {
  const { root, changes } = await watched(t, { "a.gd": "1" });
  await writeFile(join(root, "a.gd.tmp"), "22");
  await rename(join(root, "a.gd.tmp"), join(root, "a.gd"));
  assert.deepEqual(await changes(), ["changed a.gd"]);
});

test("scratch files, and those of Godot and of version control, change nothing", async (t) => {
  const { root, changes } = await watched(t, { ".godot/a": "", ".git/b": "" });
  await writeFiles(root, { ".godot/a": "1", ".git/b": "1", "a.gd~": "", "a.swp": "", ".new/a.gd.tmp": "" });
  assert.deepEqual(await changes(), []);
});

test("a .gdignore takes its folder away", async (t) => {
  const { root, changes } = await watched(t, { "a/b.gd": "", "c.gd": "" });
  await writeFile(join(root, "a/.gdignore"), "");
  assert.deepEqual(await changes(), ["(added a/.gdignore)", "removed a/b.gd"]);
});

test("a project inside of the project is outside of Godot's scan, for as long as it is one", async (t) => {
  const { root, changes } = await watched(t, { "project.godot": "", "a/b.gd": "" });
  await writeFile(join(root, "a/project.godot"), "");
  assert.deepEqual(await changes(), ["(added a/project.godot)", "removed a/b.gd"]);
  await writeFile(join(root, "a/b.gd"), "22");
  assert.deepEqual(await changes(), ["(changed a/b.gd)"]);
  await rm(join(root, "a/project.godot"));
  assert.deepEqual(await changes(), ["(removed a/project.godot)", "added a/b.gd"]);
});

test("a .gdignore that goes gives its folder back", async (t) => {
  const { root, changes } = await watched(t, { "a/.gdignore": "", "a/b/c.gd": "" });
  await rm(join(root, "a/.gdignore"));
  assert.deepEqual(await changes(), ["(removed a/.gdignore)", "added a/b/c.gd"]);
  await writeFiles(root, { "a/b/c.gd": "22", "a/e.gd": "" });
  assert.deepEqual(await changes(), ["added a/e.gd", "changed a/b/c.gd"]);
  await writeFile(join(root, "a/.gdignore"), "");
  assert.deepEqual(await changes(), ["(added a/.gdignore)", "removed a/b/c.gd", "removed a/e.gd"]);
  await writeFiles(root, { "a/b/c.gd": "333", "a/d.gd": "" });
  assert.deepEqual(await changes(), ["(added a/d.gd)", "(changed a/b/c.gd)"]);
});

test("a folder that comes with a .gdignore is the project's once that goes", async (t) => {
  const { root, changes } = await watched(t);
  await writeFiles(root, { "a/b/.gdignore": "", "a/b/c.gd": "" });
  assert.deepEqual(await changes(), ["(added a/b/.gdignore)", "(added a/b/c.gd)"]);
  await rm(join(root, "a/b/.gdignore"));
  assert.deepEqual(await changes(), ["(removed a/b/.gdignore)", "added a/b/c.gd"]);
});

test("a script that Godot loads from outside of its scan is seen to change, and is not among the stamps", async (t) => {
  const places = ["ignored", ".hidden", "node_modules/a", "a/__pycache__"];
  const scripts = (text: string) => Object.fromEntries(places.map((place) => [`${place}/a.gd`, text]));
  const { root, files, changes } = await watched(t, { "ignored/.gdignore": "", ...scripts("1") });
  await writeFiles(root, scripts("22"));
  assert.deepEqual(await changes(), places.map((place) => `(changed ${place}/a.gd)`).sort());
  await writeFiles(root, { ".hidden/new/b.gd": "", "ignored/b.gd": "" });
  assert.deepEqual(await changes(), ["(added .hidden/new/b.gd)", "(added ignored/b.gd)"]);
  await rm(join(root, ".hidden"), { recursive: true });
  assert.deepEqual(await changes(), ["(removed .hidden/a.gd)", "(removed .hidden/new/b.gd)"]);
  assert.deepEqual([...files.stamps.keys()], []);
});

test("the folder that the server writes into is not the project's", async (t) => {
  const root = await temporaryFolder(t);
  await writeFiles(root, { "cache/a.json": "1", "cached/b.gd": "1" });
  const files = new ProjectFiles(root, { leftOut: join(root, "cache") });
  t.after(() => files.close());
  assert.deepEqual(await files.refresh(), [{ path: "cached/b.gd", kind: "added" }]);
  await writeFiles(root, { "cache/a.json": "22", "cache/imports/c.json": "1" });
  assert.deepEqual(await files.refresh(), []);
});

test("links that lead back up are watched without end or double counting", async (t) => {
  const root = await temporaryFolder(t);
  await writeFiles(root, { "a/b.gd": "1" });
  await symlink("..", join(root, "a/up"));
  const files = new ProjectFiles(root);
  t.after(() => files.close());
  assert.deepEqual(await files.refresh(), [
    { path: "a/b.gd", kind: "added" },
    { path: "a/up", kind: "added", outside: true },
  ]);
  await rm(join(root, "a/up"));
  assert.deepEqual(await files.refresh(), [{ path: "a/up", kind: "removed", outside: true }]);
});

test("a change right before refresh is always seen", async (t) => {
  const { root, changes } = await watched(t, { "a.gd": "" });
  for (let size = 1; size <= 200; size += 1) {
    await writeFile(join(root, "a.gd"), "x".repeat(size));
    assert.deepEqual(await changes(), ["changed a.gd"], `after ${size} changes`);
  }
});

test("a folder made right before refresh is always seen", async (t) => {
  const { root, changes } = await watched(t);
  for (let number = 1; number <= 200; number += 1) {
    await writeFiles(root, { [`n${number}/b/x.gd`]: "" });
    assert.deepEqual(await changes(), [`added n${number}/b/x.gd`]);
  }
});

test("what another program wrote before it said so is always seen", async (t) => {
  const { root, files } = await watched(t, { "a.gd": "" });
  const code = `process.stdin.on("data", (size) => {
    require("node:fs").writeFileSync("a.gd", "x".repeat(Number(size)));
    process.stdout.write("done");
  });`;
  const child = spawn(process.execPath, ["-e", code], { cwd: root, stdio: ["pipe", "pipe", "inherit"] });
  t.after(() => child.kill());
  let size = 1;
  child.stdin.write(`${size}`);
  for await (const _ of on(child.stdout, "data")) {
    assert.deepEqual(await files.refresh(), [{ path: "a.gd", kind: "changed" }], `after ${size} changes`);
    size += 1;
    if (size > 200) break;
    child.stdin.write(`${size}`);
  }
});

test("calls at once share the changes among them", async (t) => {
  const { root, files } = await watched(t);
  await writeFiles(root, { "a.gd": "", "b.gd": "" });
  const all = await Promise.all([files.refresh(), files.refresh(), files.refresh()]);
  assert.deepEqual(
    all
      .flat()
      .map(({ path }) => path)
      .sort(),
    ["a.gd", "b.gd"],
  );
});

test("without watchers, a refresh walks the project", async (t) => {
  const { root, files, changes } = await watched(t, { "a.gd": "1" });
  files.close();
  const unwatched = new ProjectFiles(root);
  t.after(() => unwatched.close());
  assert.deepEqual(await unwatched.refresh(), [{ path: "a.gd", kind: "added" }]);
  await writeFile(join(root, "a.gd"), "22");
  assert.deepEqual(await unwatched.refresh(), [{ path: "a.gd", kind: "changed" }]);
  assert.deepEqual(await changes(), []);
});

test("two states of a project are told apart by size and time", () => {
  const stamp = (size: number, mtimeMs = 0) => ({ size, mtimeMs, ctimeMs: 0 });
  const before = new Map([
    ["same", stamp(1)],
    ["longer", stamp(1)],
    ["later", stamp(1)],
    ["gone", stamp(1)],
  ]);
  const now = new Map([
    ["same", stamp(1)],
    ["longer", stamp(2)],
    ["later", stamp(1, 1)],
    ["new", stamp(1)],
  ]);
  assert.deepEqual(compare(before, now), [
    { path: "longer", kind: "changed" },
    { path: "later", kind: "changed" },
    { path: "new", kind: "added" },
    { path: "gone", kind: "removed" },
  ]);
});

test("a folder made after another of its name was removed is seen", async (t) => {
  const { root, changes } = await watched(t, { "a/b.gd": "1" });
  await rm(join(root, "a"), { recursive: true });
  assert.deepEqual(await changes(), ["removed a/b.gd"]);
  await mkdir(join(root, "a"));
  await writeFile(join(root, "a/c.gd"), "1");
  assert.deepEqual(await changes(), ["added a/c.gd"]);
});

test("a folder that is removed and made again is watched again", async (t) => {
  const { root, changes } = await watched(t, { "a/b.gd": "1" });
  await rm(join(root, "a"), { recursive: true });
  assert.deepEqual(await changes(), ["removed a/b.gd"]);
  await writeFiles(root, { "a/b.gd": "1" });
  assert.deepEqual(await changes(), ["added a/b.gd"]);
  await writeFile(join(root, "a/b.gd"), "22");
  assert.deepEqual(await changes(), ["changed a/b.gd"]);
});

test("a folder that takes the name of a renamed one is watched, and the renamed one too", async (t) => {
  const { root, changes } = await watched(t, { "a/b.gd": "1" });
  await rename(join(root, "a"), join(root, "z"));
  await writeFiles(root, { "a/c.gd": "1" });
  assert.deepEqual(await changes(), ["added a/c.gd", "added z/b.gd", "removed a/b.gd"]);
  await writeFile(join(root, "a/c.gd"), "22");
  await writeFile(join(root, "z/b.gd"), "22");
  assert.deepEqual(await changes(), ["changed a/c.gd", "changed z/b.gd"]);
});

test("a file that takes another's place is seen, also with its size and its date", async (t) => {
  const { root, changes } = await watched(t, { "a.gd": "A", "b.gd": "B" });
  const date = new Date(0);
  for (const name of ["a.gd", "b.gd"]) await utimes(join(root, name), date, date);
  assert.deepEqual(await changes(), ["changed a.gd", "changed b.gd"]);
  await rename(join(root, "b.gd"), join(root, "a.gd"));
  assert.deepEqual(await changes(), ["changed a.gd", "removed b.gd"]);
});

test("a linked file is seen to change where it really is", async (t) => {
  const elsewhere = await temporaryFolder(t);
  await writeFiles(elsewhere, { "shared.gd": "1" });
  const { root, changes } = await watched(t, {});
  await symlink(join(elsewhere, "shared.gd"), join(root, "link.gd"));
  assert.deepEqual(await changes(), ["added link.gd"]);
  await writeFile(join(elsewhere, "shared.gd"), "22");
  assert.deepEqual(await changes(), ["changed link.gd"]);
});

test("a hard link is seen to change by its other name", async (t) => {
  const elsewhere = await temporaryFolder(t);
  await writeFiles(elsewhere, { "shared.gd": "1", "later.gd": "1" });
  const { root, files, changes } = await watched(t);
  await link(join(elsewhere, "shared.gd"), join(root, "link.gd"));
  assert.deepEqual(await changes(), ["added link.gd"]);
  await writeFile(join(elsewhere, "shared.gd"), "22");
  assert.deepEqual(await changes(), ["changed link.gd"]);
  await link(join(root, "link.gd"), join(elsewhere, "third.gd"));
  await files.refresh();
  await writeFile(join(elsewhere, "third.gd"), "333");
  assert.deepEqual(await changes(), ["changed link.gd"]);
});

test("a file that gets another name in the project is seen to change by that name", async (t) => {
  const { root, files, changes } = await watched(t, { "a.gd": "1" });
  await link(join(root, "a.gd"), join(root, "b.gd"));
  await files.refresh();
  await writeFile(join(root, "b.gd"), "22");
  assert.deepEqual(await changes(), ["changed a.gd", "changed b.gd"]);
});

test("a folder behind a link that is made anew is watched, also where it gets the number of the one before", async (t) => {
  const { root, changes } = await watched(t);
  const linked = join(await temporaryFolder(t), "shared");
  await mkdir(linked);
  await symlink(linked, join(root, "link"));
  await changes();
  for (let turn = 0; turn < 20; turn += 1) {
    // Which number a new folder gets is the file system's business: mostly that of the one before.
    await rm(linked, { recursive: true });
    await new Promise(setImmediate);
    await mkdir(linked);
    await writeFile(join(linked, "x.gd"), "1");
    await changes();
    await writeFile(join(linked, "x.gd"), "22");
    assert.deepEqual(await changes(), ["changed link/x.gd"]);
  }
});

test("a project's folder that is made anew is watched, also where it gets the number of the one before", async (t) => {
  const { root, changes } = await watched(t, { "x.gd": "" });
  for (let turn = 0; turn < 20; turn += 1) {
    await rm(root, { recursive: true });
    await new Promise(setImmediate);
    await mkdir(root);
    await writeFile(join(root, "x.gd"), "1");
    await changes();
    await writeFile(join(root, "x.gd"), "22");
    assert.deepEqual(await changes(), ["changed x.gd"]);
  }
});

test("a link that leads elsewhere, or to a folder that was moved away, is seen", async (t) => {
  const elsewhere = await temporaryFolder(t);
  await writeFiles(elsewhere, { "a/x.gd": "1", "b/y.gd": "1" });
  const { root, changes } = await watched(t, {});
  await symlink(join(elsewhere, "a"), join(root, "link"));
  assert.deepEqual(await changes(), ["added link/x.gd"]);
  await rename(join(elsewhere, "a"), join(elsewhere, "c"));
  assert.deepEqual(await changes(), ["removed link/x.gd"]);
  await rename(join(elsewhere, "b"), join(elsewhere, "a"));
  assert.deepEqual(await changes(), ["added link/y.gd"]);
  await writeFile(join(elsewhere, "a/y.gd"), "22");
  assert.deepEqual(await changes(), ["changed link/y.gd"]);
});

test("a folder that comes where a link waits for it is known by its own path", async (t) => {
  const { root, changes } = await watched(t, {});
  await symlink("real", join(root, "link"));
  assert.deepEqual(await changes(), []);
  await writeFiles(root, { "real/a.gd": "1" });
  assert.deepEqual(await changes(), ["(added link)", "added real/a.gd"]);
});

test("of two links to one folder, the second takes over when the first goes", async (t) => {
  const elsewhere = await temporaryFolder(t);
  await writeFiles(elsewhere, { "x.gd": "1" });
  const { root, changes } = await watched(t, {});
  for (const name of ["one", "two"]) await symlink(elsewhere, join(root, name));
  assert.deepEqual(await changes(), ["(added two)", "added one/x.gd"]);
  await rm(join(root, "one"));
  assert.deepEqual(await changes(), ["(removed two)", "added two/x.gd", "removed one/x.gd"]);
});

test("a project whose folder is replaced is watched in its new folder", async (t) => {
  const { root, changes } = await watched(t, { "a.gd": "1" });
  await rename(root, `${root}-old`);
  t.after(() => rm(`${root}-old`, { recursive: true }));
  await writeFiles(root, { "a.gd": "22" });
  assert.deepEqual(await changes(), ["changed a.gd"]);
  await writeFile(join(root, "a.gd"), "333");
  assert.deepEqual(await changes(), ["changed a.gd"]);
});

test("what a server or an editor writes beside the project is not the project's", async (t) => {
  const { root, changes } = await watched(t, {});
  await writeFiles(root, { "server.log": "x", "a.gd~": "x", "b.tmp": "x", "readme.md": "x" });
  await writeFiles(root, { "tools/__pycache__/a.pyc": "x", "node_modules/a/README.md": "x" });
  assert.deepEqual(await changes(), []);
  await writeFiles(root, { "server.log": "xx", "readme.md": "xx", "tools/__pycache__/a.pyc": "xx" });
  assert.deepEqual(await changes(), []);
});

test("a script in a folder that is named like a scratch file is seen", async (t) => {
  const { root, changes } = await watched(t, { "data.log/a.gd": "1" });
  await writeFile(join(root, "data.log/a.gd"), "22");
  await writeFiles(root, { "back~/b.gd": "1" });
  assert.deepEqual(await changes(), ["added back~/b.gd", "changed data.log/a.gd"]);
});

test("what could not be looked at without descriptors is no change, and is looked at the next time", async (t) => {
  const takeAll = await descriptorTaker();
  if (!takeAll) return t.skip("This machine has no prlimit.");
  const { root, files, changes } = await watched(t, { "a/b.gd": "1", "c.gd": "1" });
  await writeFile(join(root, "c.gd"), "22");
  await mkdir(join(root, "d"));
  await writeFile(join(root, "d/e.gd"), "1");
  const giveBack = takeAll();
  const looking = files.refresh();
  await looking.catch(() => {});
  giveBack();
  await assert.rejects(looking, { code: "EMFILE" });
  assert.deepEqual(await changes(), ["added d/e.gd", "changed c.gd"]);
});
