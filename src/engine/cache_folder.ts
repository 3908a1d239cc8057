/** The folder that the server keeps its own files in, outside of the project. */
import { mkdir } from "node:fs/promises";
import { isShortage } from "./shortage.ts";

/**
 * Makes a folder in it.
 * @param toError makes the error of a sentence, which names no path
 * @throws that error; the system's where descriptors or memory run out
 */
export async function makeInCache(folder: string, toError: (problem: string) => Error): Promise<void> {
  try {
    await mkdir(folder, { recursive: true });
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
