import assert from "node:assert/strict";
import { mkdir, readdir, readFile, rename, writeFile } from "node:fs/promises";
import { hostname } from "node:os";
import { isAbsolute, join, relative } from "node:path";
import { type TestContext, test } from "node:test";
import { execa } from "execa";
import { readArchives } from "../../../../src/engine/install/apt_sources.ts";
import { debian } from "../../../../src/engine/install/debian.ts";
import { openDownload } from "../../../../src/engine/install/download.ts";
import { installFrom } from "../../../../src/engine/install/install.ts";
import { findManaged } from "../../../../src/engine/install/managed.ts";
import type { Source } from "../../../../src/engine/install/source.ts";
import { descriptorTaker } from "../../../support/descriptors.ts";
import { program, saying } from "../../../support/fake_engine.ts";
import { temporaryFolder } from "../../../support/project.ts";

const silent = () => {};

/** A source that writes a program; `meanwhile` runs before it hands over. */
const writing = (script: string, meanwhile: () => Promise<unknown> = async () => {}): Source => ({
  title: "writing",
  async unpack({ staging }) {
    await program(join(staging, "root", "godot"), script);
    await meanwhile();
    return { folder: join(staging, "root"), name: "4.6-test", executable: "godot" };
  },
});

const failing = (problem: string): Source => ({
  title: "failing",
  unpack: () => Promise.reject(new Error(problem)),
});

async function cache(t: TestContext) {
  const cacheDir = await temporaryFolder(t);
  const home = join(cacheDir, "engine");
  return { cacheDir, home, options: { cacheDir, onProgress: silent } };
}

test("an install is used again, and replaced when forced", async (t) => {
  const { home, options } = await cache(t);
  const engine = await installFrom([writing(saying("4.6.stable"))], options);
  assert.deepEqual(engine, { path: join(home, "4.6-test", "godot"), version: "4.6.stable" });
  assert.deepEqual(await installFrom([], options), engine);
  const anew = await installFrom([writing(saying("4.6.1.stable"))], { ...options, force: true });
  assert.equal(anew.version, "4.6.1.stable");
  assert.deepEqual(await readdir(home), ["4.6-test"]);
});

test("the next source is tried; when all fail, each is named", async (t) => {
  const { home, options } = await cache(t);
  await assert.rejects(installFrom([failing("no route"), failing("no apt")], options), {
    reason: "ENGINE_NOT_FOUND",
    message: /failing: no route; failing: no apt/,
  });
  assert.deepEqual(await readdir(home), []);
  const engine = await installFrom([failing("no route"), writing(saying("4.6.stable"))], options);
  assert.equal(engine.version, "4.6.stable");
});

test("a source that lacks descriptors is no reason to try the next one", async (t) => {
  const { home, options } = await cache(t);
  const lacking = Object.assign(new Error("too many open files"), { code: "EMFILE" });
  const short: Source = { title: "short", unpack: () => Promise.reject(lacking) };
  const tried: string[] = [];
  const next = writing(saying("4.6.stable"), async () => tried.push("next"));
  await assert.rejects(installFrom([short, next], options), lacking);
  assert.deepEqual([tried, await readdir(home)], [[], []]);
});

test("without descriptors, that is told of each step, and no network is asked", async (t) => {
  const takeAll = await descriptorTaker();
  if (!takeAll) return t.skip("This machine has no prlimit.");
  const { cacheDir, home, options } = await cache(t);
  const staging = await temporaryFolder(t);
  const engine = await installFrom([writing(saying("4.6.stable"))], options);
  const tried: string[] = [];
  const source = writing(saying("4.6.stable"), async () => tried.push("network"));
  const task = { staging, home, onProgress: silent, signal: undefined };
  const giveBack = takeAll();
  const steps = await Promise.allSettled([
    findManaged(cacheDir),
    installFrom([source], options),
    debian().unpack(task),
    readArchives(staging),
    openDownload("http://127.0.0.1:8080/", { signal: undefined, answerWithin: 60_000 }),
  ]);
  giveBack();
  assert.deepEqual(
    steps.map((step) => step.status === "rejected" && step.reason.code),
    steps.map(() => "EMFILE"),
  );
  assert.deepEqual(tried, []);
  assert.deepEqual(await findManaged(cacheDir), engine);
});

test("what does not run is removed again", async (t) => {
  const { home, options } = await cache(t);
  await assert.rejects(installFrom([writing("#!/bin/sh\nexit 1\n")], options), /its --version is not/);
  assert.deepEqual(await readdir(home), []);
});

test("sources are told absolute paths, however the cache folder is named", async (t) => {
  const { cacheDir, options } = await cache(t);
  const source: Source = {
    ...failing(""),
    unpack: ({ staging, home }) => Promise.reject(new Error(`${isAbsolute(staging)} ${isAbsolute(home)}`)),
  };
  const named = { ...options, cacheDir: relative(process.cwd(), cacheDir) };
  await assert.rejects(installFrom([source], named), /true true/);
});

test("a replacement that does not run leaves the install as it was", async (t) => {
  const { home, options } = await cache(t);
  const engine = await installFrom([writing(saying("4.6.stable"))], options);
  const broken = writing("#!/bin/sh\nexit 1\n");
  await assert.rejects(installFrom([broken], { ...options, force: true }), /its --version is not/);
  assert.deepEqual(await installFrom([], options), engine);
  assert.deepEqual(await readdir(home), ["4.6-test"]);
});

test("of two at once, the later uses what the earlier has put there", async (t) => {
  const { home, options } = await cache(t);
  const earlier = () => installFrom([writing(saying("4.6.1.stable"))], options);
  const engine = await installFrom([writing(saying("4.6.2.stable"), earlier)], options);
  assert.equal(engine.version, "4.6.1.stable");
  assert.deepEqual(await readdir(home), ["4.6-test"]);
});

test("many at once all get one", async (t) => {
  const { home, options } = await cache(t);
  const all = Array.from({ length: 8 }, (_, n) =>
    installFrom([writing(saying(`4.6.${n + 1}.stable`))], options),
  );
  const paths = (await Promise.all(all)).map(({ path }) => path);
  assert.deepEqual(new Set(paths), new Set([join(home, "4.6-test", "godot")]));
  assert.deepEqual(await readdir(home), ["4.6-test"]);
});

test("a cache folder that is a file is named without its path", async (t) => {
  const { cacheDir, options } = await cache(t);
  const file = join(cacheDir, "file");
  await writeFile(file, "");
  for (const cacheDir of [file, join(file, "below")]) {
    const error = await installFrom([writing("")], { ...options, cacheDir }).catch((error) => error);
    assert.equal(error.reason, "ENGINE_NOT_FOUND");
    assert.match(error.message, /installed: the cache folder is a file; name/);
    assert.doesNotMatch(error.message, /\/\w/);
  }
});

test("a broken install is replaced", async (t) => {
  const { home, options } = await cache(t);
  const { path } = await installFrom([writing(saying("4.6.stable"))], options);
  await program(path, "#!/bin/sh\nexit 1\n");
  await mkdir(join(home, "no-install"));
  const engine = await installFrom([writing(saying("4.6.2.stable"))], options);
  assert.equal(engine.version, "4.6.2.stable");
  assert.match(await readFile(path, "utf8"), /4\.6\.2/);
});

test("what a killed process left is removed; what may still be in use is kept", async (t) => {
  const { home, options } = await cache(t);
  const dead = `.partial-${2 ** 22 + 1}-x@${hostname()}`;
  const living = `.partial-${process.ppid}-x@${hostname()}`;
  const elsewhere = ".partial-1-x@another.example.org";
  for (const name of [dead, living, elsewhere]) await mkdir(join(home, name, "root"), { recursive: true });
  await installFrom([writing(saying("4.6.stable"))], options);
  assert.deepEqual((await readdir(home)).sort(), [elsewhere, living, "4.6-test"].sort());
});

test("cancelling leaves nothing, tries nothing more, and gives the signal's reason", async (t) => {
  const { home, options } = await cache(t);
  const cancel = new AbortController();
  const reason = new Error("enough");
  const source = writing(saying("4.6.stable"), async () => cancel.abort(reason));
  const never: Source = { title: "never", unpack: () => assert.fail("tried") };
  await assert.rejects(installFrom([source, never], { ...options, signal: cancel.signal }), reason);
  assert.deepEqual(await readdir(home), []);
});

test("of many forced at once, each ends with a whole one", async (t) => {
  const { home, options } = await cache(t);
  await installFrom([writing(saying("4.6.stable"))], options);
  const all = Array.from({ length: 8 }, (_, n) =>
    installFrom([writing(saying(`4.6.${n + 1}.stable`))], { ...options, force: true }),
  );
  for (const { version } of await Promise.all(all)) assert.match(version, /^4\.6\.\d\.stable$/);
  assert.deepEqual(await readdir(home), ["4.6-test"]);
  assert.match((await installFrom([], options)).version, /^4\.6\.\d\.stable$/);
});

/** Installs in a process of its own, which ends by SIGKILL where the script kills its parent. */
async function installing(cacheDir: string, script: string, force: boolean): Promise<string | undefined> {
  const file = (path: string) => JSON.stringify(import.meta.resolve(path));
  const code = `
    const { installFrom } = await import(${file("../../../../src/engine/install/install.ts")});
    const { program } = await import(${file("../../../support/fake_engine.ts")});
    const [cacheDir, script, force] = process.argv.slice(1);
    const unpack = async ({ staging }) => {
      await program(staging + "/root/godot", script);
      return { folder: staging + "/root", name: "4.6-test", executable: "godot" };
    };
    await installFrom([{ title: "", unpack }], { cacheDir, onProgress() {}, force: force === "true" });`;
  const args = ["--input-type=module", "-e", code, cacheDir, script, `${force}`];
  return (await execa(process.execPath, args, { reject: false })).signal;
}

/** Ends by SIGKILL the one that tries it out first. */
const killing = (marker: string, version: string) =>
  `#!/bin/sh\n[ -e ${marker} ] || { touch ${marker}; kill -9 $PPID; }\necho ${version}\n`;

for (const force of [false, true])
  test(`a process that is killed while it tries ${force ? "a forced" : "an"} install out leaves a whole one, and nothing else`, async (t) => {
    const { cacheDir, home, options } = await cache(t);
    if (force) await installFrom([writing(saying("4.6.1.stable"))], options);
    const killed = installing(cacheDir, killing(join(cacheDir, "marker"), "4.6.3.stable"), force);
    const other = installFrom([writing(saying("4.6.2.stable"), () => killed)], { ...options, force });
    assert.equal(await killed, "SIGKILL");
    assert.match((await other).version, /^4\.6\.[23]\.stable$/);
    assert.match((await installFrom([], options)).version, /^4\.6\.[23]\.stable$/);
    assert.deepEqual(await readdir(home), ["4.6-test"]);
  });

test("an install that a killed process has set aside, and not replaced, is put back without any source", async (t) => {
  const { cacheDir, home, options } = await cache(t);
  const engine = await installFrom([writing(saying("4.6.stable"))], options);
  const dead = join(home, `.partial-${2 ** 22 + 1}-x@${hostname()}`);
  await mkdir(join(dead, "replaced"), { recursive: true });
  await rename(join(home, "4.6-test"), join(dead, "replaced/4.6-test"));
  assert.deepEqual(await findManaged(cacheDir), engine);
  assert.deepEqual(await readdir(home), ["4.6-test"]);
});
