import assert from "node:assert/strict";
import { mkdir, rename, rm, stat, symlink, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, type TestContext, test } from "node:test";
import type { Change } from "../../../../src/engine/project/files/change.ts";
import { Project } from "../../../../src/engine/project/project.ts";
import { plugin } from "../../../support/imports.ts";
import { projectGodot, temporaryFolder, temporaryProject, writeFiles } from "../../../support/project.ts";

/** A project that is imported, and an engine that runs it. */
async function running(t: TestContext) {
  const root = await temporaryProject(t, { "a.gd": "extends Node\n" });
  const project = new Project(root, await temporaryFolder(t));
  t.after(() => project.close());
  const start = async () => {
    await project.imports.run({ work: importer });
    await project.beginBoot();
  };
  await start();
  return { root, project, start };
}

const importer = async (root: string) => {
  await mkdir(join(root, ".godot/editor"), { recursive: true });
  await writeFile(join(root, ".godot/global_script_class_cache.cfg"), "list=[]\n");
};

test("an engine that runs what was imported has nothing older in memory", async (t) => {
  const { project } = await running(t);
  assert.deepEqual(await project.changesSinceBoot(), []);
  assert.equal(await project.imports.whyNeeded(), undefined);
});

test("what was imported is seen to be removed, once, and is imported again", async (t) => {
  const { root, project, start } = await running(t);
  await rm(join(root, ".godot"), { recursive: true });
  assert.deepEqual(await project.changesSinceBoot(), [{ path: ".godot", kind: "removed" }]);
  assert.equal(await project.imports.whyNeeded(), "the project was never imported");
  await start();
  assert.deepEqual(await project.changesSinceBoot(), []);
  assert.equal(await project.imports.whyNeeded(), undefined);
});

describe("What an import has not read is newer than the engine that boots after it:", () => {
  const picture = { path: "a.png", kind: "added" } as const;

  test("what changes once it has ended", async (t) => {
    const { root, project } = await running(t);
    await rm(join(root, ".godot"), { recursive: true });
    await project.imports.run({ work: importer });
    await writeFile(join(root, "a.png"), "");
    await writeFile(join(root, "a.txt"), "");
    await project.beginBoot();
    const newer = await project.changesSinceBoot();
    assert.deepEqual(
      newer.find(({ path }) => path === "a.png"),
      picture,
    );
    assert.equal(await project.imports.whyNeeded(), "res://a.png was added");
  });

  /** Runs imports that write this into `a.png`, one after the other; what is newer than the engine after each. */
  async function newerAfter(t: TestContext, contents: readonly string[]) {
    const { root, project } = await running(t);
    const found: (readonly Change[])[] = [];
    for (const content of contents) {
      await project.imports.run({
        work: async (folder) => {
          await importer(folder);
          await writeFile(join(root, "a.png"), content);
        },
      });
      await project.beginBoot();
      found.push(await project.changesSinceBoot());
    }
    return found;
  }
  const changed = { ...picture, kind: "changed" } as const;

  test("what changes while it runs, unless it is the import that writes it each time", async (t) => {
    assert.deepEqual(await newerAfter(t, ["made", "made", "made"]), [[picture], [], []]);
  });

  test("what a user saves while it runs, and while the next one runs", async (t) => {
    assert.deepEqual(await newerAfter(t, ["one", "two"]), [[picture], [changed]]);
  });

  test("what changes while it runs, but for what has another content each time", async (t) => {
    const contents = ["12:00", "12:01", "12:02", "12:03", "12:04"];
    assert.deepEqual(await newerAfter(t, contents), [[picture], [changed], [changed], [], []]);
  });

  test("what only a plug-in's importer takes, and changes or comes while it runs", async (t) => {
    const { root, project } = await running(t);
    const { files, section } = plugin([]);
    await writeFiles(root, {
      ...files,
      "project.godot": projectGodot({ more: section }),
      "a.dialogue": "one",
    });
    await project.imports.run({ work: importer });
    assert.equal(await project.imports.whyNeeded(), undefined);
    for (const [name, why] of [
      ["a.dialogue", "res://a.dialogue was changed"],
      ["b.dialogue", "res://b.dialogue was added"],
    ] as const) {
      await project.imports.run({
        work: async (folder) => {
          await importer(folder);
          await writeFile(join(root, name), `${name} is saved`);
        },
      });
      assert.equal(await project.imports.whyNeeded(), why);
      await project.imports.run({ work: importer });
      assert.equal(await project.imports.whyNeeded(), undefined);
    }
  });

  test("the settings of an import that are edited while it runs, and not what it writes into them itself", async (t) => {
    const { root, project } = await running(t);
    await writeFiles(root, {
      "a.png": "picture",
      "a.png.import": "old",
      "b.png": "picture",
      "b.png.import": "old",
    });
    const writing = async (folder: string, edited: string | undefined) => {
      await importer(folder);
      await writeFile(join(root, "b.png.import"), "by Godot");
      const scanned = await Promise.all(
        ["a.png", "b.png"].map(async (name) => {
          const [asset, settings] = await Promise.all(
            [name, `${name}.import`].map((path) => stat(join(root, path))),
          );
          const [read, written] = [asset, settings].map((found) => Math.floor((found?.mtimeMs ?? 0) / 1000));
          return `${name}::CompressedTexture2D::58::${read}::${written}::1::::<><><>0<>0<>d9<>::`;
        }),
      );
      await writeFile(
        join(folder, ".godot/editor/filesystem_cache10"),
        ["x", "::res://::1", ...scanned].join("\n"),
      );
      if (edited === undefined) return;
      await writeFile(join(root, edited), "by the user");
      const later = Date.now() / 1000 + 5;
      await utimes(join(root, edited), later, later);
    };
    for (const [edited, newer] of [
      ["a.png.import", [{ path: "a.png.import", kind: "changed" }]],
      [undefined, []],
    ] as const) {
      await project.imports.run({ work: (folder) => writing(folder, edited) });
      await project.beginBoot();
      assert.deepEqual(await project.changesSinceBoot(), newer);
    }
  });

  test("a uid that comes while it runs, and is in no list", async (t) => {
    const { root, project } = await running(t);
    await project.imports.run({
      work: async (folder) => {
        await importer(folder);
        await writeFile(join(root, "a.gd.uid"), "uid://a1\n");
      },
    });
    await project.beginBoot();
    assert.deepEqual(await project.changesSinceBoot(), [{ path: "a.gd.uid", kind: "added" }]);
  });

  test("what changes where no import was needed", async (t) => {
    const { root, project } = await running(t);
    assert.equal(await project.imports.whyNeeded(), undefined);
    await writeFile(join(root, "a.gd"), "extends Node\n");
    await project.beginBoot();
    assert.deepEqual(await project.changesSinceBoot(), [], "The engine reads it itself.");
    assert.equal(await project.imports.whyNeeded(), undefined);
    await writeFile(join(root, "a.png"), "");
    await project.beginBoot();
    assert.deepEqual(await project.changesSinceBoot(), [picture]);
  });
});

test("an import that is interrupted has not come to its end", async (t) => {
  const root = await temporaryProject(t, { "a.gd": "extends Node\n" });
  const cache = await temporaryFolder(t);
  const opened = () => {
    const project = new Project(root, cache);
    t.after(() => project.close());
    return project;
  };
  const interrupted = async (folder: string) => {
    await importer(folder);
    throw new Error("It was killed.");
  };
  for (const _ of ["as it was cloned", "as its .godot was removed"]) {
    await rm(join(root, ".godot"), { recursive: true, force: true });
    assert.equal(await opened().imports.isUnfinished(), true);
    await assert.rejects(opened().imports.run({ work: interrupted }), /It was killed/);
    assert.equal(await opened().imports.isUnfinished(), true);
    await opened().imports.run({ work: importer, outcome: async () => "lacked" });
    assert.equal(await opened().imports.isUnfinished(), true, "It was to be done once more.");
    await opened().imports.run({ work: importer });
    assert.equal(await opened().imports.isUnfinished(), false);
  }
});

test("what was imported is seen to be replaced", async (t) => {
  const { root, project, start } = await running(t);
  await mkdir(join(root, "new"));
  await importer(join(root, "new"));
  await rm(join(root, ".godot"), { recursive: true });
  await rename(join(root, "new/.godot"), join(root, ".godot"));
  assert.deepEqual(
    (await project.changesSinceBoot()).filter(({ path }) => path === ".godot"),
    [{ path: ".godot", kind: "changed" }],
  );
  assert.equal(await project.imports.whyNeeded(), "res://.godot was changed");
  await start();
  assert.equal(await project.imports.whyNeeded(), undefined);
});

test("what Godot writes into the folder of what was imported is no change of the project", async (t) => {
  const { root, project } = await running(t);
  await mkdir(join(root, ".godot/shader_cache"));
  assert.deepEqual(await project.changesSinceBoot(), []);
});

test("what changes outside of Godot's scan is newer than the engine, and no reason for an import", async (t) => {
  const { root, project, start } = await running(t);
  await writeFiles(root, { "raw/.gdignore": "", "raw/a.png": "1", ".hidden/b.png": "1", ".c.png": "1" });
  const changed = async () => (await project.changesSinceBoot()).map(({ path }) => path).sort();
  assert.deepEqual(await changed(), [".c.png", ".hidden/b.png", "raw/.gdignore", "raw/a.png"]);
  assert.equal(await project.imports.whyNeeded(), undefined);
  await start();
  assert.deepEqual(await changed(), []);
});

test("a project whose folder cannot be reached is told as one that cannot be run", async (t) => {
  const folder = await temporaryFolder(t);
  const loop = join(folder, "loop");
  await symlink("loop", loop);
  const project = new Project(loop, await temporaryFolder(t));
  t.after(() => project.close());
  await assert.rejects(project.resolveScene("res://main.tscn"), {
    reason: "PROJECT_INVALID",
    message: /ELOOP/,
  });
});
