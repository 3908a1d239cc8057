import assert from "node:assert/strict";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { retryFailedImports } from "../../../../../src/engine/project/import/failed_imports.ts";
import { identity, preparing } from "../../../../support/imports.ts";
import { png } from "../../../../support/png.ts";
import { temporaryProject } from "../../../../support/project.ts";

test("only the mark of a failed import goes, and nothing else is touched", async (t) => {
  const sound = '[remap]\n\nimporter="texture"\n\n[params]\n\nnote="\\nvalid=false"\n';
  const root = await temporaryProject(t, {
    "broken.png.import": '[remap]\n\nimporter="texture"\nvalid=false\n\n[params]\n\na=1\n',
    "sound.png.import": sound,
    "text.md": "valid=false\n",
  });
  const before = await identity(join(root, "sound.png.import"));
  await retryFailedImports(root, ["broken.png.import", "gone.png.import", "sound.png.import", "text.md"]);
  assert.equal(
    await readFile(join(root, "broken.png.import"), "utf8"),
    '[remap]\n\nimporter="texture"\n\n[params]\n\na=1\n',
  );
  assert.equal(await identity(join(root, "sound.png.import")), before);
  assert.equal(await readFile(join(root, "text.md"), "utf8"), "valid=false\n");
});

test("a picture that was broken is imported once it is whole; one that still is broken is told again", async (t) => {
  const root = await temporaryProject(t, { "mended.png": "no picture", "broken.png": "no picture" });
  const { prepare } = await preparing(t, root);
  await prepare();
  const sidecar = await readFile(join(root, "broken.png.import"), "utf8");
  await writeFile(join(root, "mended.png"), png(16, 16));
  const { importIssues } = await prepare();
  const files = importIssues.flatMap(({ file }) => (file?.startsWith("res://") ? file : []));
  assert.deepEqual([...new Set(files)], ["res://broken.png"]);
  assert.match(await readFile(join(root, "mended.png.import"), "utf8"), /dest_files=/);
  assert.equal(await readFile(join(root, "broken.png.import"), "utf8"), sidecar);
});
