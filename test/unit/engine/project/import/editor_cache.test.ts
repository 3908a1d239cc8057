import assert from "node:assert/strict";
import { readdir, readFile, rename, rm, stat, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, describe, type TestContext, test } from "node:test";
import { execa } from "execa";
import { parseCache } from "../../../../../src/engine/project/import/editor_cache.ts";
import { Project } from "../../../../../src/engine/project/project.ts";
import { importPlainly } from "../../../../support/imports.ts";
import { png } from "../../../../support/png.ts";
import { sceneFile, temporaryFolder, temporaryProject } from "../../../../support/project.ts";

test("the lines of Godot's cache are files by folder", () => {
  const text = [
    "63f7b34db8d8cdea90c76aacccf841ec",
    "::res://::1795572433",
    "icon.png::CompressedTexture2D::58::1795572429::1795572433::1::::<><><>0<>0<>d9<>res://.godot/imported/a.ctex::",
    "::res://below/::1795572433",
    "broken.png::CompressedTexture2D::58::1795572429::1795572433::0::::<><><>0<>0<>d9<>::",
    "villain.gd::GDScript::22::1795572429::0::1::::Villain<>Node<><>0<>0<><>::",
    "",
  ].join("\n");
  assert.deepEqual(
    [...parseCache(text)],
    [
      ["icon.png", { modified: 1795572429, importModified: 1795572433, valid: true }],
      ["below/broken.png", { modified: 1795572429, importModified: 1795572433, valid: false }],
      ["below/villain.gd", { modified: 1795572429, importModified: 0, valid: true }],
    ],
  );
});

describe("A project that the editor has imported, and this server never", async () => {
  const cleanups: (() => unknown)[] = [];
  after(() => Promise.all(cleanups.map((clean) => clean())));
  const root = await imported({ after: (clean) => cleanups.push(clean as () => unknown) });

  async function imported(t: Pick<TestContext, "after">): Promise<string> {
    const root = await temporaryProject(t, {
      "main.tscn": sceneFile("Main", { uid: "uid://main1" }),
      "hero.gd": "class_name Hero\nextends Node\n",
      "below/plain.gd": "extends Node\n",
      "orphan.gd.uid": "uid://orphan1\n",
      "triangle.obj": "mtllib triangle.mtl\nv 0 0 0\nv 1 0 0\nv 0 1 0\nf 1 2 3\n",
      "triangle.mtl": "newmtl a\n",
      "README.md": "",
    });
    for (const name of ["icon.png", "below/icon.png"]) await writeFile(join(root, name), png(16, 16));
    await importPlainly(root);
    return root;
  }

  /** A copy is newer than what was copied; the editor's scan of it ends now. */
  async function scanEnds(root: string): Promise<void> {
    const cache = join(root, ".godot/editor/filesystem_cache10");
    await clockGoesOn(root);
    await writeFile(cache, await readFile(cache));
    await clockGoesOn(root);
  }

  /** The file system's clock goes in steps, of 10 ms at most. */
  async function clockGoesOn(root: string): Promise<void> {
    const probe = join(root, ".probe");
    const now = async () => {
      await rm(probe, { force: true });
      await writeFile(probe, "");
      return (await stat(probe)).ctimeMs;
    };
    const before = await now();
    while ((await now()) === before);
  }

  async function whyImport(t: TestContext, root: string): Promise<string | undefined> {
    const project = new Project(root, await temporaryFolder(t));
    t.after(() => project.close());
    return project.imports.whyNeeded();
  }

  /** One of its own, so that it may be changed. */
  async function copied(t: TestContext): Promise<string> {
    const copy = await temporaryFolder(t);
    // Node's own copy rounds dates to milliseconds, and may bring a file into the next second.
    await execa("cp", ["-pR", `${root}/.`, copy]);
    await scanEnds(copy);
    return copy;
  }

  test("is not imported again", async (t) => {
    assert.equal(await whyImport(t, root), undefined);
  });

  test("is not imported again for what another program's import writes beside the assets", async (t) => {
    const root = await copied(t);
    const project = new Project(root, await temporaryFolder(t));
    t.after(() => project.close());
    assert.equal(await project.imports.whyNeeded(), undefined);
    const sidecar = join(root, "icon.png.import");
    const cache = join(root, ".godot/editor/filesystem_cache10");
    const [settings, scanned] = await Promise.all([readFile(sidecar), readFile(cache, "utf8")]);
    // As after an import in another second.
    await writeFile(sidecar, settings);
    await utimes(sidecar, 2_000_000_000, 2_000_000_000);
    assert.equal(await project.imports.whyNeeded(), "res://icon.png.import was changed");
    await writeFile(
      cache,
      scanned.replace(/^(icon\.png::(?:[^:]*::){3})\d+/m, (_, before: string) => `${before}2000000000`),
    );
    await scanEnds(root);
    assert.equal(await project.imports.whyNeeded(), undefined);
    await writeFile(sidecar, settings);
    assert.equal(await project.imports.whyNeeded(), "res://icon.png.import was changed");
  });

  const changes: [name: string, change: (root: string) => Promise<unknown>, why: RegExp][] = [
    ["an asset is touched", (root) => utimes(join(root, "icon.png"), 1, 1), /icon\.png/],
    [
      "an asset is replaced by one of its date",
      async (root) => {
        await writeFile(join(root, "new"), png(8, 8));
        const { atime, mtime } = await stat(join(root, "below/icon.png"));
        await utimes(join(root, "new"), atime, mtime);
        await rename(join(root, "new"), join(root, "below/icon.png"));
      },
      /below\/icon\.png/,
    ],
    ["an asset is added", (root) => writeFile(join(root, "new.png"), png(8, 8)), /new\.png/],
    ["an asset is removed", (root) => rm(join(root, "icon.png")), /icon\.png/],
    ["the settings of an import are removed", (root) => rm(join(root, "icon.png.import")), /icon\.png/],
    [
      "what an import made is removed",
      async (root) => {
        const folder = join(root, ".godot/imported");
        for (const name of await readdir(folder)) if (name.endsWith(".mesh")) await rm(join(folder, name));
      },
      /triangle\.obj/,
    ],
    [
      "a class is added",
      (root) => writeFile(join(root, "villain.gd"), "class_name Villain\nextends Node\n"),
      /classes of res:\/\/villain\.gd/,
    ],
    ["a class is removed", (root) => rm(join(root, "hero.gd")), /hero\.gd/],
    [
      "an editor of another version has left a cache too",
      (root) => writeFile(join(root, ".godot/editor/filesystem_cache8"), ""),
      /was added/,
    ],
  ];
  for (const [name, change, why] of changes)
    test(`is imported again when ${name}`, async (t) => {
      const copy = await copied(t);
      assert.equal(await whyImport(t, copy), undefined);
      await change(copy);
      assert.match((await whyImport(t, copy)) ?? "", why);
    });
});
