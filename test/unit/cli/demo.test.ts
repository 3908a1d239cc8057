import assert from "node:assert/strict";
import { chmod, chown, mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { execa } from "execa";
import { writableDemo } from "../../../src/cli/demo.ts";
import { version } from "../../../src/version.ts";
import { temporaryFolder, writeFiles } from "../../support/project.ts";

/** Nobody, where these tests run as root, whom no mode keeps out. */
const user = process.getuid?.() === 0 ? { uid: 65534, gid: 65534 } : {};

async function demo(t: TestContext) {
  const root = await temporaryFolder(t);
  const [source, cache] = [join(root, "package"), join(root, "cache")];
  await writeFiles(source, { "project.godot": "1", "demo/a.tscn": "1", ".godot/b": "1" });
  await mkdir(cache);
  await chmod(root, 0o755);
  if (user.uid) await chown(cache, user.uid, user.gid);
  return { source, cache };
}

/** Where another user finds the demo. */
async function asUser({ source, cache }: { source: string; cache: string }): Promise<string> {
  const module = JSON.stringify(import.meta.resolve("../../../src/cli/demo.ts"));
  const script = `
    const { writableDemo } = await import(${module});
    console.log(await writableDemo(...process.argv.slice(1)));`;
  const args = ["--input-type=module", "-e", script, source, cache];
  const { stdout } = await execa(process.execPath, args, { ...user, cwd: "/" });
  return stdout;
}

test("a demo that may be written to is used where it lies", async (t) => {
  const { source, cache } = await demo(t);
  assert.equal(await writableDemo(source, cache), source);
  assert.deepEqual(await readdir(cache), []);
});

test("a demo of a package that another user has installed is copied once, and can be written to", async (t) => {
  const { source, cache } = await demo(t);
  const folders = ["", "demo", ".godot"].map((name) => join(source, name));
  for (const folder of folders) await chmod(folder, 0o555);
  const copy = join(cache, `demo-${version}`);
  try {
    assert.deepEqual(await Promise.all([asUser({ source, cache }), asUser({ source, cache })]), [copy, copy]);
    const files = await readdir(copy, { recursive: true });
    assert.deepEqual(files.sort(), ["demo", "demo/a.tscn", "project.godot"]);
    assert.deepEqual(await readdir(cache), [`demo-${version}`]);
    assert.equal(await asUser({ source: copy, cache }), copy);
    await writeFile(join(copy, "demo/a.tscn"), "2");
    assert.equal(await asUser({ source, cache }), copy);
    assert.equal(await readFile(join(copy, "demo/a.tscn"), "utf8"), "2");
  } finally {
    for (const folder of folders) await chmod(folder, 0o755);
  }
});

test("a demo that another user has imported is copied", async (t) => {
  const { source, cache } = await demo(t);
  await chmod(source, 0o777);
  await chmod(join(source, ".godot"), 0o555);
  assert.equal(await asUser({ source, cache }), join(cache, `demo-${version}`));
});
