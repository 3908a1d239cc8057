/**
 * A stand-in for the project's folder, in which an importer runs: editor plug-ins save `project.godot`, and
 * the user's own must stay as it is whatever ends the import. Everything in the shadow is a link to the real
 * thing, except `project.godot`, which is a copy that lets the importer speak.
 */
import { appendFile, copyFile, cp, readdir, rename, rm, stat, symlink, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { importFailed } from "../../../errors/project.ts";
import { makeInCache } from "../../cache/cache_folder.ts";
import { isSame, type Stamp, toStamp } from "../files/stamp.ts";

const settings = "project.godot";
/** What an importer cannot do is only known where it may say so; of two values, the later one counts. */
const speaks = "\n[application]\n\nrun/disable_stderr=false\nrun/disable_stdout=false\n";

/** The file system has no links. */
const withoutLinks = new Set(["EPERM", "ENOSYS", "ENOTSUP", "EOPNOTSUPP"]);

/**
 * Runs an import in a shadow of the project, or in the project itself where there can be no links.
 * What the import wrote beside `project.godot` is then moved into the project.
 * @param folder where the shadow is made; one that a killed server left there is removed first
 * @param settings what the importer reads at the end of its `project.godot`; where there can be no links, it doesn't
 * @returns the names, at the project's top, of what the import wrote and the user changed meanwhile: the user's stays
 * @throws `importFailed` where the shadow's own folder cannot be made
 */
export async function inShadow(
  root: string,
  folder: string,
  run: (root: string) => Promise<void>,
  settings = "",
): Promise<string[]> {
  await makeInCache(dirname(folder), cannotImport);
  const before = await makeShadow(root, folder, settings).catch(async (error: NodeJS.ErrnoException) => {
    await rm(folder, { recursive: true, force: true });
    if (error.syscall === "symlink" && withoutLinks.has(error.code ?? "")) return undefined;
    throw error;
  });
  if (!before) {
    await run(root);
    return [];
  }
  try {
    await run(folder);
    return await moveWritten(folder, root, before);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

const cannotImport = (problem: string) => importFailed(problem, []);

/** What is linked, by name, as it was when it was linked. */
async function makeShadow(root: string, folder: string, more: string): Promise<Map<string, Stamp>> {
  await rm(folder, { recursive: true, force: true });
  await makeInCache(folder, cannotImport);
  // The cache folder may lie in the project, and a shadow below it would lead back up without end.
  await writeFile(join(dirname(folder), ".gdignore"), "");
  const linked = new Map<string, Stamp>();
  for (const name of await readdir(root)) {
    const real = join(root, name);
    if (name === settings) {
      await copyFile(real, join(folder, name));
      await appendFile(join(folder, name), `${speaks}${more}`);
      continue;
    }
    const found = await stat(real).catch(() => undefined);
    if (!found) continue;
    linked.set(name, toStamp(found));
    await symlink(real, join(folder, name));
  }
  return linked;
}

/** A file that the user made or changed meanwhile is newer than the import's, and stays. */
async function moveWritten(
  folder: string,
  root: string,
  before: ReadonlyMap<string, Stamp>,
): Promise<string[]> {
  const left: string[] = [];
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    if (entry.isSymbolicLink() || entry.name === settings) continue;
    const real = join(root, entry.name);
    const now = await stat(real).catch(() => undefined);
    if (isSame(before.get(entry.name), now && toStamp(now))) await move(join(folder, entry.name), real, root);
    else left.push(entry.name);
  }
  return left;
}

/** Whole or not at all, also from another file system. */
async function move(from: string, to: string, root: string): Promise<void> {
  try {
    await rename(from, to);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EXDEV") throw error;
    const near = join(root, ".godot", "moved-by-import");
    await rm(near, { recursive: true, force: true });
    await cp(from, near, { recursive: true, preserveTimestamps: true });
    await rename(near, to);
  }
}
