import assert from "node:assert/strict";
import { readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { checksumsOf, resultName, sumOf } from "../../../../../src/engine/project/import/checksums.ts";
import { leftBehindOf, retryFailedImports } from "../../../../../src/engine/project/import/failed_imports.ts";
import { isImportIssue } from "../../../../../src/engine/supervisor/import_entries.ts";
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

test("what could not be imported is told by each start, until it is whole and imported", async (t) => {
  const root = await temporaryProject(t, {
    "mended.png": "no picture",
    "broken.png": "no picture",
    "below/broken.ogg": "no sound",
  });
  const { prepare, entries } = await preparing(t, root);
  const first = await prepare();
  const said = entries.filter(({ message }) => message === "Error importing 'res://broken.png'.");
  assert.equal(said.length, 1, "A second import would say the same of a picture.");
  const failed = first.importIssues.filter(({ message }) => message.startsWith("Error importing"));
  assert.deepEqual(
    failed.map(({ file }) => file),
    ["res://below/broken.ogg", "res://broken.png", "res://mended.png"],
  );
  assert.equal(first.importIssues.every(isImportIssue), true);
  const next = await prepare();
  assert.equal(next.imported, undefined);
  assert.deepEqual(
    next.importIssues,
    first.importIssues.map((entry) => ({ ...entry, cursor: 0, run: 0 })),
    "It stays so for a server that starts later, too.",
  );

  const sidecar = await readFile(join(root, "broken.png.import"), "utf8");
  await writeFile(join(root, "mended.png"), png(16, 16));
  const { importIssues } = await prepare();
  const files = importIssues.flatMap(({ file }) => (file?.startsWith("res://") ? file : []));
  assert.deepEqual([...new Set(files)].sort(), ["res://below/broken.ogg", "res://broken.png"]);
  assert.match(await readFile(join(root, "mended.png.import"), "utf8"), /dest_files=/);
  assert.equal(await readFile(join(root, "broken.png.import"), "utf8"), sidecar);
});

test("an asset is left behind where what was made of another state of it is there, and there alone", async (t) => {
  const names = ["changed.foo", "right.foo", "gone.foo", "failed.foo"];
  const made = (name: string) => `.godot/imported/${resultName(name)}.tres`;
  const sidecar = (name: string) =>
    `[remap]\n\nimporter="foo"\n\n[deps]\n\ndest_files=["res://${made(name)}"]\n`;
  const root = await temporaryProject(t, {
    ...Object.fromEntries(
      names.flatMap((name) => [
        [name, name],
        [`${name}.import`, sidecar(name)],
      ]),
    ),
    ...Object.fromEntries(names.map((name) => [made(name), "made"])),
    "failed.foo.import": sidecar("failed.foo").replace("[deps]", "valid=false\n\n[deps]"),
    "kept.csv": "a",
    "kept.csv.import": '[remap]\n\nimporter="keep"\n',
    "plain.gd": "extends Node\n",
  });
  await rm(join(root, made("gone.foo")));
  const sum = await sumOf(root, ["right.foo"]);
  await writeFile(checksumsOf(root, "right.foo"), `source_md5="${sum}"\ndest_md5="0"\n`);
  await writeFile(checksumsOf(root, "changed.foo"), 'source_md5="0"\ndest_md5="0"\n');
  assert.deepEqual(await leftBehindOf(root, [...names, "kept.csv", "plain.gd"]), ["changed.foo"]);
});
