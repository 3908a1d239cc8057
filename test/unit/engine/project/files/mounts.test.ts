import assert from "node:assert/strict";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { execa } from "execa";
import { Mounts } from "../../../../../src/engine/project/files/mounts.ts";
import { temporaryFolder, writeFiles } from "../../../../support/project.ts";

const onLinux = process.platform === "linux" ? {} : { skip: "A table of mounts is Linux's." };

test("a table tells of the mounts that come and go, and where they are", () => {
  let table = "22 27 0:21 / /proc rw,relatime - proc proc rw\n";
  const mounts = new Mounts(() => table);
  assert.equal(mounts.changed(), true);
  assert.equal(mounts.changed(), false);
  table += String.raw`40 27 0:30 / /my\040game/back\134slash rw,relatime - tmpfs none rw`;
  assert.equal(mounts.changed(), true);
  assert.equal(mounts.changed(), false);
  assert.equal(mounts.isPoint("/proc"), true);
  assert.equal(mounts.isPoint(String.raw`/my game/back\slash`), true);
  assert.equal(mounts.isPoint("/my"), false);
  assert.equal(mounts.isPoint(""), false);
});

test("a system without such a table has no mounts that change", () => {
  const mounts = new Mounts(() => "");
  assert.equal(mounts.changed(), false);
});

/**
 * What is seen after each of these commands, as a process that may mount sees it; undefined where none may.
 * They run in a folder beside the project, which is `p`.
 */
async function seenAfter(
  t: TestContext,
  files: Readonly<Record<string, string>>,
  commands: readonly string[],
): Promise<string[][] | undefined> {
  const folder = await temporaryFolder(t);
  await writeFiles(folder, files);
  const module = JSON.stringify(import.meta.resolve("../../../../../src/engine/project/files/files.ts"));
  const script = `
    const { ProjectFiles } = await import(${module});
    const { execFileSync } = await import("node:child_process");
    const { setImmediate: nextTurn } = await import("node:timers/promises");
    const files = new ProjectFiles(${JSON.stringify(join(folder, "p"))});
    await files.refresh();
    const seen = [];
    for (const command of ${JSON.stringify(commands)}) {
      execFileSync("sh", ["-c", command], { cwd: ${JSON.stringify(folder)} });
      // What a program does in a turn of its own event loop, it is not told in that turn.
      await nextTurn();
      files.lookAtMounts();
      seen.push((await files.refresh()).map(({ kind, path }) => kind + " " + path).sort());
    }
    console.log(JSON.stringify(seen));`;
  const mayMount = await execa("unshare", ["-rm", "mount", "-t", "tmpfs", "none", folder], { reject: false });
  if (mayMount.exitCode !== 0) return undefined;
  const args = ["-rm", process.execPath, "--input-type=module", "-e", script];
  const { stdout } = await execa("unshare", args);
  return JSON.parse(stdout.split("\n").at(-1) ?? "");
}

const cannotMount = "Nothing may be mounted here.";

test("what is mounted over a folder is seen, and that it is gone again", onLinux, async (t) => {
  const seen = await seenAfter(t, { "p/a b/x.gd": "old", "other/x.gd": "newer", "other/y.gd": "" }, [
    "mount --bind other 'p/a b'",
    "echo more > other/y.gd",
    "umount 'p/a b'",
    "mount -t tmpfs none 'p/a b'",
    "echo of the mount > 'p/a b/z.gd'",
    "umount 'p/a b'",
  ]);
  if (!seen) return t.skip(cannotMount);
  assert.deepEqual(seen, [
    ["added a b/y.gd", "changed a b/x.gd"],
    ["changed a b/y.gd"],
    ["changed a b/x.gd", "removed a b/y.gd"],
    ["removed a b/x.gd"],
    ["added a b/z.gd"],
    ["added a b/x.gd", "removed a b/z.gd"],
  ]);
});

test("a file that is mounted over another is seen, and so is what is written to it", onLinux, async (t) => {
  const seen = await seenAfter(t, { "p/a.gd": "old", "other/b.gd": "newer" }, [
    "mount --bind other/b.gd p/a.gd",
    "echo by its own name > other/b.gd",
    "echo by the name in the project > p/a.gd",
    "umount p/a.gd",
  ]);
  if (!seen) return t.skip(cannotMount);
  assert.deepEqual(seen, [["changed a.gd"], ["changed a.gd"], ["changed a.gd"], ["changed a.gd"]]);
});
