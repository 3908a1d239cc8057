import assert from "node:assert/strict";
import { once } from "node:events";
import { symlink } from "node:fs/promises";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { execa } from "execa";
import { lockFolder } from "../../../../src/engine/cache/folder_lock.ts";
import { preparing } from "../../../support/imports.ts";
import { temporaryFolder, temporaryProject } from "../../../support/project.ts";

const never = new AbortController().signal;

/** Another process that holds the lock of this project. */
async function holderOf(t: TestContext, root: string) {
  const holder = execa(
    process.execPath,
    [join(import.meta.dirname, "../../../support/lock_holder.ts"), root],
    {
      reject: false,
      buffer: false,
    },
  );
  t.after(() => holder.kill("SIGKILL"));
  await once(holder.stdout, "data");
  return { kill: () => holder.kill("SIGKILL") };
}

test("a lock that nobody holds is taken at once, and again after its release", async (t) => {
  const root = await temporaryFolder(t);
  for (let turn = 0; turn < 3; turn += 1) {
    const lock = await lockFolder(root, never, () => assert.fail("nobody holds it"));
    assert.equal(lock.waited, false);
    lock.release();
  }
});

test("of many that want it, one at a time has it", async (t) => {
  const root = await temporaryFolder(t);
  let holders = 0;
  await Promise.all(
    Array.from({ length: 20 }, async () => {
      const lock = await lockFolder(root, never, () => {});
      holders += 1;
      assert.equal(holders, 1);
      await new Promise(setImmediate);
      holders -= 1;
      lock.release();
    }),
  );
});

test("a process that is killed while it holds the lock holds it no longer", async (t) => {
  const root = await temporaryFolder(t);
  const holder = await holderOf(t, root);
  const lock = await lockFolder(root, never, holder.kill);
  assert.equal(lock.waited, true);
  lock.release();
});

test("a project has one lock, by whichever path it is named, and another project another", async (t) => {
  const root = await temporaryFolder(t);
  const link = join(await temporaryFolder(t), "link");
  await symlink(root, link);
  const lock = await lockFolder(root, never, () => {});
  (await lockFolder(await temporaryFolder(t), never, () => assert.fail("another project"))).release();
  const second = await lockFolder(link, never, lock.release);
  assert.equal(second.waited, true);
  second.release();
});

test("a wait that is given up ends with the signal's reason, and takes no lock", async (t) => {
  const root = await temporaryFolder(t);
  const holder = await holderOf(t, root);
  const cancel = new AbortController();
  const reason = new Error("changed my mind");
  await assert.rejects(
    lockFolder(root, cancel.signal, () => cancel.abort(reason)),
    reason,
  );
  (await lockFolder(root, never, holder.kill)).release();
});

test("of two servers that start on a new project, one imports it and the other waits for that", async (t) => {
  const root = await temporaryProject(t, {});
  const one = await preparing(t, root);
  const other = await preparing(t, root, one.cache);
  const prepared = await Promise.all([one.prepare(), other.prepare()]);
  assert.deepEqual(prepared.map(({ imported }) => imported).sort(), [
    "the project was never imported",
    undefined,
  ]);
  assert.deepEqual([...one.activities, ...other.activities].sort(), [
    "Importing the project: the project was never imported",
    "Waiting for another server that imports this project",
  ]);
});
