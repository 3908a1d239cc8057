/** The demo project, where it can be imported: beside the package, or a copy of it in the cache folder. */
import { constants } from "node:fs";
import { access, chmod, cp, readdir, rename, stat } from "node:fs/promises";
import { basename, join } from "node:path";
import { makeInCache } from "../engine/cache/cache_folder.ts";
import { withStaging } from "../engine/install/staging.ts";
import { importFailed } from "../errors/project.ts";
import { version } from "../version.ts";

/**
 * The demo itself, or its copy where this user may not write into it, as after `npm install --global` by root.
 * @throws `importFailed` where it cannot be copied
 */
export async function writableDemo(demo: string, cacheDir: string): Promise<string> {
  if (await isWritable(demo)) return demo;
  await makeInCache(cacheDir, (problem) => importFailed(problem, []));
  const copy = join(cacheDir, `demo-${version}`);
  if (await isThere(copy)) return copy;
  await withStaging(cacheDir, async (staging) => {
    const made = join(staging, "demo");
    await cp(demo, made, { recursive: true, filter: (path) => basename(path) !== ".godot" });
    for (const name of ["", ...(await readdir(made, { recursive: true }))]) {
      const path = join(made, name);
      await chmod(path, (await stat(path)).mode | 0o200);
    }
    await rename(made, copy).catch(async (error) => {
      // Another server was first.
      if (!(await isThere(copy))) throw error;
    });
  });
  return copy;
}

/** An import by another user may have left what only that one may write. */
async function isWritable(demo: string): Promise<boolean> {
  const imported = join(demo, ".godot");
  const places = (await isThere(imported)) ? [demo, imported] : [demo];
  const problems = await Promise.all(places.map((path) => access(path, constants.W_OK).catch(() => path)));
  return problems.every((problem) => problem === undefined);
}

const isThere = (path: string) =>
  stat(path).then(
    () => true,
    () => false,
  );
