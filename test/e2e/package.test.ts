/** The package as it is published: the README's example, run in an empty folder against the packed tarball. */
import assert from "node:assert/strict";
import { mkdir, readFile, symlink } from "node:fs/promises";
import { delimiter, join } from "node:path";
import { test } from "node:test";
import { execa } from "execa";
import { realEngine } from "../support/engine.ts";
import { processesOf } from "../support/process_figures.ts";
import { importedFilesOf, projectGodot, sceneFile, temporaryFolder, writeFiles } from "../support/project.ts";

const checkout = join(import.meta.dirname, "../..");

test("the example of the README runs with the package as it is packed", async (context) => {
  const readme = await readFile(join(checkout, "README.md"), "utf8");
  const [, example] = /```js\n(import \{ createServer \}[\s\S]*?)```/.exec(readme) ?? [];
  assert.ok(example, "The README has an example.");
  const folder = await temporaryFolder(context);
  const { stdout } = await execa("npm", ["pack", "--json", "--pack-destination", folder], { cwd: checkout });
  const [{ filename }] = JSON.parse(stdout.slice(stdout.indexOf("[\n")));
  await writeFiles(join(folder, "game"), importedFilesOf({}));
  await writeFiles(folder, {
    "package.json": '{"type": "module"}',
    "example.js": example,
    "game/project.godot": projectGodot({ mainScene: "res://main.tscn" }),
    "game/main.tscn": sceneFile("Main"),
  });
  await execa("npm", ["install", "--prefer-offline", "--no-audit", "--no-fund", join(folder, filename)], {
    cwd: folder,
  });
  // The example names no engine: one is found on the PATH.
  await mkdir(join(folder, "bin"));
  await symlink((await realEngine()).path, join(folder, "bin/godot"));
  const env = {
    PATH: `${join(folder, "bin")}${delimiter}${process.env.PATH}`,
    XDG_CACHE_HOME: join(folder, "cache"),
  };
  const result = await execa(process.execPath, ["example.js"], { cwd: folder, env });
  assert.equal(result.stdout, "Scene loaded: res://main.tscn");
  assert.deepEqual(await processesOf(join(folder, "game")), []);
});
