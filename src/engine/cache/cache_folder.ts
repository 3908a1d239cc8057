/** The folder that the server keeps its own files in, outside of the project. */
import { mkdir, stat } from "node:fs/promises";
import { dirname } from "node:path";
import { isShortage } from "../../errors/shortage.ts";

/**
 * Makes a folder in it.
 * @param toError makes the error of a sentence, which names no path
 * @throws that error; the system's where descriptors or memory run out
 */
export async function makeInCache(folder: string, toError: (problem: string) => Error): Promise<void> {
  try {
    await makeFolders(folder);
  } catch (error) {
    if (isShortage(error)) throw error;
    const { code = "" } = error as NodeJS.ErrnoException;
    throw toError(
      /^(EEXIST|ENOTDIR)$/.test(code)
        ? "the cache folder is a file; name another with --cache-dir"
        : `the cache folder cannot be written to (${code}); name another with --cache-dir`,
    );
  }
}

/** One after the other: where a folder takes none, as in /proc, Node's own `recursive` tries for ever. */
async function makeFolders(folder: string): Promise<void> {
  const found = await stat(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== "ENOENT") throw error;
  });
  if (found?.isDirectory()) return;
  if (!found) await makeFolders(dirname(folder));
  await mkdir(folder).catch(async (error: NodeJS.ErrnoException) => {
    // Another process may have been first.
    const isThere = error.code === "EEXIST" && (await stat(folder)).isDirectory();
    if (!isThere) throw error;
  });
}
