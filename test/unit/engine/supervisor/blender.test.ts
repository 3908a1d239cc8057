import assert from "node:assert/strict";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { preparing } from "../../../support/imports.ts";
import { temporaryProject, writeFiles } from "../../../support/project.ts";

const picture = (width: number) =>
  `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="8"><rect width="${width}" height="8"/></svg>`;

const made = "res://.godot/imported/model.blend-0123456789abcdef0123456789abcdef.scn";

/** Godot writes anew what it imports anew: the width is in its head. */
const widthIn = (texture: Buffer) => texture.readUInt32LE(8);

test("where there is no Blender, everything but its models is imported, and they are told", async (t) => {
  const root = await temporaryProject(t, { "picture.svg": picture(8) });
  const { prepare, project } = await preparing(t, root);
  assert.deepEqual((await prepare()).importIssues, []);

  // Whoever made it had Blender, and added what the editor writes beside it.
  await writeFiles(root, {
    "model.blend": "BLENDER-v300",
    "model.blend.import": `[remap]\n\nimporter="scene"\ntype="PackedScene"\nuid="uid://c5a1"\npath="${made}"\n\n[deps]\n\nsource_file="res://model.blend"\ndest_files=["${made}"]\n`,
    "picture.svg": picture(16),
  });
  const told = async () =>
    (await prepare()).importIssues.map(({ file, message }) => [file, message.split(".", 2).join(".")]);
  const issue = ["res://model.blend", "res://model.blend was not imported: Godot finds no Blender"];
  assert.deepEqual(await told(), [issue]);
  const results = join(root, ".godot/imported");
  const texture = (await readdir(results)).find((name) => name.endsWith(".ctex")) ?? "";
  assert.equal(widthIn(await readFile(join(results, texture))), 16);

  assert.equal(await project.imports.whyNeeded(), undefined, "and not again");
  assert.deepEqual(await told(), [issue], "It is told as long as it is so.");
});
