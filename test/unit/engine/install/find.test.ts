import assert from "node:assert/strict";
import { delimiter, join } from "node:path";
import { type TestContext, test } from "node:test";
import { type FindOptions, findEngine } from "../../../../src/engine/install/find.ts";
import { installFrom } from "../../../../src/engine/install/install.ts";
import { program, saying } from "../../../support/fake_engine.ts";
import { temporaryFolder } from "../../../support/project.ts";

/** A PATH of these two folders only, and an empty cache. */
async function machine(t: TestContext) {
  const folder = await temporaryFolder(t);
  const [first, second] = [join(folder, "first"), join(folder, "second")];
  const usual = process.env.PATH;
  process.env.PATH = [first, second].join(delimiter);
  t.after(() => {
    process.env.PATH = usual;
  });
  const lines: string[] = [];
  const options: FindOptions = {
    cacheDir: join(folder, "cache"),
    downloadUrl: "http://127.0.0.1:1",
    install: false,
    onProgress: (line) => lines.push(line),
  };
  return { folder, first, second, lines, options };
}

test("godot comes before godot4, whatever the folder", async (t) => {
  const { first, second, options } = await machine(t);
  await program(join(first, "godot4"), saying("4.5.stable"));
  const path = await program(join(second, "godot"), saying("4.6.stable"));
  assert.deepEqual(await findEngine(options), { path, version: "4.6.stable" });
});

test("an unusable one on the PATH is passed over with a line", async (t) => {
  const { first, second, lines, options } = await machine(t);
  await program(join(first, "godot"), saying("3.6.stable"));
  const path = await program(join(second, "godot4"), saying("4.6.stable"));
  assert.equal((await findEngine(options)).path, path);
  assert.equal(lines.length, 1);
  assert.match(lines[0] ?? "", /^Passed over: godot cannot be used: it is Godot 3\.6\.stable/);
});

test("the one that was named is the only candidate", async (t) => {
  const { folder, first, options } = await machine(t);
  await program(join(first, "godot"), saying("4.6.stable"));
  const old = await program(join(folder, "mine"), saying("4.4.stable"));
  await assert.rejects(findEngine({ ...options, godotPath: old }), { reason: "ENGINE_UNUSABLE" });
  const path = await program(join(folder, "new"), saying("4.7.stable"));
  assert.deepEqual(await findEngine({ ...options, godotPath: path }), { path, version: "4.7.stable" });
});

test("a bare name is looked up on the PATH", async (t) => {
  const { second, options } = await machine(t);
  const path = await program(join(second, "godot-nightly"), saying("4.7.dev3"));
  assert.equal((await findEngine({ ...options, godotPath: "godot-nightly" })).path, path);
  await assert.rejects(findEngine({ ...options, godotPath: "nowhere" }), /there is no such file/);
});

test("a managed install is used even where none may be made; without one, the error says so", async (t) => {
  const { options } = await machine(t);
  await assert.rejects(findEngine(options), (error: Error & { reason?: string }) => {
    assert.equal(error.reason, "ENGINE_NOT_FOUND");
    return /--no-install/.test(error.message);
  });
  const source = {
    title: "a test",
    async unpack({ staging }: { staging: string }) {
      await program(join(staging, "root", "bin", "godot"), saying("4.6.stable"));
      return { folder: join(staging, "root"), name: "4.6-test", executable: "bin/godot" };
    },
  };
  const made = await installFrom([source], options);
  assert.deepEqual(await findEngine(options), made);
});
