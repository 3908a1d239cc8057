import assert from "node:assert/strict";
import { stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { makeInCache } from "../../../../src/engine/cache/cache_folder.ts";
import { temporaryFolder } from "../../../support/project.ts";

const toError = (problem: string) => new Error(problem);

test("a folder is made with those above it, by several at once too, and again", async (context) => {
  const folder = join(await temporaryFolder(context), "a/b/c");
  await Promise.all([1, 2, 3].map(() => makeInCache(folder, toError)));
  await makeInCache(folder, toError);
  assert.ok((await stat(folder)).isDirectory());
});

test("where there can be none, that is said, and not tried for ever", async (context) => {
  const file = join(await temporaryFolder(context), "file");
  await writeFile(file, "");
  for (const folder of [file, join(file, "a")])
    await assert.rejects(makeInCache(folder, toError), /^Error: the cache folder is a file;/);
  await assert.rejects(makeInCache("/proc/nope/a", toError), /cannot be written to \(E\w+\)/);
});
