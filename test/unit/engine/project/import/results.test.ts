/** What was imported, and is there no longer, or was never whole. */
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { access, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { Project } from "../../../../../src/engine/project/project.ts";
import { temporaryFolder, temporaryProject, writeFiles } from "../../../../support/project.ts";

const result = ".godot/imported/a.png-1.ctex";

/** A project, and imports of it that write this as their result. */
async function world(context: TestContext) {
  const root = await temporaryProject(context, { "a.png": "picture", "a.png.import": "settings" });
  const cache = await temporaryFolder(context);
  const opened = () => {
    const project = new Project(root, cache);
    context.after(() => project.close());
    return project;
  };
  const importing = (project: Project, text: string) =>
    project.imports.run({
      work: () => writeFiles(root, { ".godot/global_script_class_cache.cfg": "list=[]\n", [result]: text }),
    });
  return { root, opened, importing };
}

test("a result that is removed calls for an import, while the engine runs and after", async (t) => {
  const { root, opened, importing } = await world(t);
  const project = opened();
  await importing(project, "whole");
  await project.beginBoot();
  assert.equal(await project.imports.whyNeeded(), undefined);
  await rm(join(root, result));
  assert.deepEqual(await project.changesSinceBoot(), [{ path: ".godot/imported", kind: "changed" }]);
  const why = "res://.godot/imported lacks what was imported";
  for (const one of [project, opened()]) assert.equal(await one.imports.whyNeeded(), why);
  await importing(project, "whole");
  for (const one of [project, opened()]) assert.equal(await one.imports.whyNeeded(), undefined);
});

test("a result that another program has made is missed too, once it is gone", async (t) => {
  const { root, opened, importing } = await world(t);
  await importing(opened(), "whole");
  const other = join(root, ".godot/imported/b.png-2.ctex");
  await writeFile(other, "whole");
  assert.equal(await opened().imports.whyNeeded(), undefined);
  await rm(other);
  assert.notEqual(await opened().imports.whyNeeded(), undefined);
});

test("a result without content is that of a full disk: the import fails, and is made again", async (t) => {
  const { root, opened, importing } = await world(t);
  await importing(opened(), "whole");
  await writeFile(join(root, "a.png"), "another picture");
  const project = opened();
  const reason = /full/;
  await assert.rejects(importing(project, ""), reason);
  await assert.rejects(access(join(root, result)), { code: "ENOENT" });
  for (const one of [project, opened()]) assert.notEqual(await one.imports.whyNeeded(), undefined);
  await importing(project, "whole");
  for (const one of [project, opened()]) assert.equal(await one.imports.whyNeeded(), undefined);
});

test("a result without content is made again too where the import that left it did not come to its end", async (t) => {
  const { root, opened, importing } = await world(t);
  await importing(opened(), "whole");
  await writeFile(join(root, result), "");
  let isThere: boolean | undefined;
  await opened().imports.run({
    work: async () => {
      isThere = await access(join(root, result)).then(
        () => true,
        () => false,
      );
    },
  });
  assert.equal(isThere, false, "Godot would take it for whole.");
});

test("a result that another program puts in the place of the import's is seen, unless it is of the same content", async (t) => {
  const { root, opened } = await world(t);
  const sum = (text: string) => createHash("md5").update(text).digest("hex");
  const made = `.godot/imported/a.png-${sum("res://a.png")}`;
  const resultOf = (source: string) => ({
    [`${made}.ctex`]: `made of ${source}`,
    [`${made}.md5`]: `source_md5="${sum(source)}"\ndest_md5="${sum(`made of ${source}`)}"\n`,
  });
  await writeFiles(root, { "a.png.import": `[deps]\n\ndest_files=["res://${made}.ctex"]\n` });
  await opened().imports.run({
    work: () =>
      writeFiles(root, { ".godot/global_script_class_cache.cfg": "list=[]\n", ...resultOf("picture") }),
  });
  const why = async () => opened().imports.whyNeeded();
  assert.equal(await why(), undefined);
  await writeFiles(root, resultOf("picture"));
  assert.equal(await why(), undefined, "an editor has imported it again");
  await writeFiles(root, resultOf("older picture"));
  const replaced = "what was imported of res://a.png was replaced by that of another content";
  for (const _ of ["first", "second"]) assert.equal(await why(), replaced);
  await writeFiles(root, resultOf("picture"));
  assert.equal(await why(), undefined);
  await writeFiles(root, { [`${made}.ctex`]: "made of older picture" });
  assert.equal(await why(), replaced, "its sums are those of another one");
});
