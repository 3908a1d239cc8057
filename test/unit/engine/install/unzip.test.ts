import assert from "node:assert/strict";
import { mkdir, readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { type Zippable, zipSync } from "fflate";
import { mostEntries, unzip } from "../../../../src/engine/install/unzip.ts";
import { temporaryFolder } from "../../../support/project.ts";

const text = new TextEncoder().encode("text");

/** Unpacks an archive of these files, within a limit of bytes. */
async function unpacked(t: TestContext, files: Zippable, limit = 1_000_000) {
  const root = await temporaryFolder(t);
  await writeFile(join(root, "a.zip"), zipSync(files));
  await mkdir(join(root, "folder"));
  await unzip(join(root, "a.zip"), join(root, "folder"), { limit, signal: undefined }).finally(async () => {
    assert.deepEqual((await readdir(root)).sort(), ["a.zip", "folder"]);
  });
  return (await readdir(join(root, "folder"), { recursive: true })).sort();
}

test("an archive is unpacked, folders included", async (t) => {
  assert.deepEqual(await unpacked(t, { "a/b": text, c: text }), ["a", "a/b", "c"]);
});

for (const name of ["../outside", "a/../../outside", "/outside"])
  test(`an archive with ${name} is refused by that name`, async (t) => {
    await assert.rejects(unpacked(t, { [name]: text }), new RegExp(`path: ${name}`));
  });

test("an archive with a link is refused by the link's name", async (t) => {
  const files: Zippable = { link: [text, { os: 3, attrs: 0o120777 << 16 }], "link/outside": text };
  await assert.rejects(unpacked(t, files), /holds a link, link$/);
});

test("an archive that unpacks to more than the limit is refused", async (t) => {
  const zeros = new Uint8Array(600_000);
  await assert.rejects(unpacked(t, { a: zeros, b: zeros }), /holds more than 1000000 bytes/);
});

test("an archive of too many files is refused", async (t) => {
  const names = Array.from({ length: mostEntries + 1 }, (_, number) => [`${number}`, new Uint8Array()]);
  await assert.rejects(unpacked(t, Object.fromEntries(names)), /holds more than 10000 files/);
});
