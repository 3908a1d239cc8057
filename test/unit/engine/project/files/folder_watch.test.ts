import assert from "node:assert/strict";
import { readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { setImmediate as nextTurn } from "node:timers/promises";
import { execa } from "execa";
import { nameOf } from "../../../../../src/engine/project/files/file_system.ts";
import { ProjectFiles } from "../../../../../src/engine/project/files/files.ts";
import { FolderWatch } from "../../../../../src/engine/project/files/folder_watch.ts";
import { walk } from "../../../../../src/engine/project/files/tree.ts";
import { temporaryFolder, writeFiles } from "../../../../support/project.ts";

const onLinux = process.platform === "linux" ? {} : { skip: "inotify is Linux's." };

/** How many folders this process watches, by the kernel's own count. */
function watches(): number {
  const read = (name: string) => {
    try {
      return readFileSync(`/proc/self/fdinfo/${name}`, "utf8");
    } catch {
      return "";
    }
  };
  const lines = readdirSync("/proc/self/fdinfo").flatMap((name) => read(name).split("\n"));
  return lines.filter((line) => line.startsWith("inotify ")).length;
}

async function filesOf(t: TestContext, contents: Readonly<Record<string, string>>) {
  const root = await temporaryFolder(t);
  await writeFiles(root, contents);
  const said: string[] = [];
  const open = (options: ConstructorParameters<typeof ProjectFiles>[1] = {}) => {
    const files = new ProjectFiles(root, { say: (line) => said.push(line), ...options });
    t.after(() => files.close());
    return files;
  };
  return { root, said, open };
}

test("a file that comes between the watching and the reading of its folder is not missed", async (t) => {
  const { root } = await filesOf(t, { "a/b.gd": "" });
  const found: string[] = [];
  await walk(root, {
    onFolder: (path) => writeFileSync(join(root, path, "new.gd"), ""),
    onFile: (path) => found.push(path),
  });
  assert.deepEqual(found.sort(), ["a/b.gd", "a/new.gd", "new.gd"]);
});

test("after more events than the kernel has room for, every file is looked at", async (t) => {
  const { root, open, said } = await filesOf(t, { "a/b.gd": "" });
  const files = open();
  await files.refresh();
  for (let number = 0; number < 10_000; number += 1) {
    writeFileSync(join(root, `${number}.tmp`), "");
    rmSync(join(root, `${number}.tmp`));
  }
  writeFileSync(join(root, "a/late.gd"), "");
  // What a program does in a turn of its own event loop, it is not told in that turn.
  await nextTurn();
  assert.deepEqual(await files.refresh(), [{ path: "a/late.gd", kind: "added" }]);
  await writeFile(join(root, "a/late.gd"), "1");
  assert.deepEqual(await files.refresh(), [{ path: "a/late.gd", kind: "changed" }]);
  assert.deepEqual(said, []);
});

test("folders that have gone are not watched any more", onLinux, async (t) => {
  const { root, open } = await filesOf(t, { "a/b/c/d.gd": "", "e/f.gd": "" });
  const files = open();
  const before = watches();
  await files.refresh();
  assert.equal(watches() - before, 5);
  await rm(join(root, "a"), { recursive: true });
  await files.refresh();
  assert.equal(watches() - before, 2);
  await writeFiles(root, { "g/h.gd": "", "e/.gdignore": "" });
  await rm(join(root, "e"), { recursive: true });
  await files.refresh();
  assert.equal(watches() - before, 2);
  files.close();
  assert.equal(watches() - before, 0);
});

test("a folder that has gone before it is watched is no reason to watch none", async (t) => {
  const { root, said } = await filesOf(t, { "a.gd": "" });
  const watch = new FolderWatch(root, (line) => said.push(line));
  t.after(() => watch.close());
  watch.take();
  watch.add("nowhere");
  assert.deepEqual(watch.take(), new Set());
  assert.deepEqual(said, []);
});

test("on a file system that does not tell, every look walks, which is said once", async (t) => {
  const { root, open, said } = await filesOf(t, { "a/b.gd": "" });
  const asked: string[] = [];
  const remote = (folder: string) => {
    asked.push(folder);
    return "NFS";
  };
  const files = open({ remote });
  const before = process.platform === "linux" ? watches() : 0;
  await files.refresh();
  await writeFile(join(root, "a/b.gd"), "22");
  assert.deepEqual(await files.refresh(), [{ path: "a/b.gd", kind: "changed" }]);
  if (process.platform === "linux") assert.equal(watches(), before);
  assert.deepEqual(asked, [root]);
  assert.deepEqual(said, [
    "The project's folders cannot be watched: NFS does not tell of changes that are made elsewhere. Each load looks at every file instead.",
  ]);
});

test("file systems are known by their numbers, also where a number has a sign", () => {
  assert.equal(nameOf(0x6969), "NFS");
  assert.equal(nameOf(0x01021997), "9p");
  assert.equal(nameOf(0xff534d42 | 0), "CIFS");
  assert.equal(nameOf(0xef53), undefined);
});

/** What a process says and sees that cannot watch all six folders of a project; undefined where it cannot be limited. */
async function lookWith(
  t: TestContext,
  limit: string,
): Promise<{ said: string[]; changes: string[] } | undefined> {
  const { root } = await filesOf(t, Object.fromEntries([..."abcde"].map((name) => [`${name}/x.gd`, ""])));
  const files = JSON.stringify(import.meta.resolve("../../../../../src/engine/project/files/files.ts"));
  const script = `
    const { ProjectFiles } = await import(${files});
    const { writeFileSync } = await import("node:fs");
    const said = [];
    const files = new ProjectFiles(${JSON.stringify(root)}, { say: (line) => said.push(line) });
    await files.refresh();
    const changes = [];
    for (const name of "abcde") {
      writeFileSync(${JSON.stringify(root)} + "/" + name + "/x.gd", "1");
      changes.push(...(await files.refresh()).map(({ path }) => path));
    }
    console.log(JSON.stringify({ said, changes }));`;
  const shell = `echo ${limit} && exec "$0" --input-type=module -e "$1"`;
  const run = await execa("unshare", ["-r", "sh", "-c", shell, process.execPath, script], { reject: false });
  if (run.exitCode !== 0 && !/Error/.test(run.stderr)) return undefined;
  assert.equal(run.exitCode, 0, run.stderr);
  return JSON.parse(run.stdout.split("\n").at(-1) ?? "");
}

for (const [limit, why] of [
  ["3 > /proc/sys/user/max_inotify_watches", /fs\.inotify\.max_user_watches is used up/],
  ["0 > /proc/sys/user/max_inotify_instances", /fs\.inotify\.max_user_instances is used up/],
] as const)
  test(`with ${limit}, every look walks, which is said once`, onLinux, async (t) => {
    const looked = await lookWith(t, limit);
    if (!looked) return t.skip("No limit of inotify may be set here.");
    const { said, changes } = looked;
    assert.deepEqual(changes, ["a/x.gd", "b/x.gd", "c/x.gd", "d/x.gd", "e/x.gd"]);
    assert.equal(said.length, 1);
    assert.match(said[0] ?? "", why);
  });
