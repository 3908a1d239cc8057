/** Unpacking a zip archive to disk, bounded. */
import { createWriteStream } from "node:fs";
import { mkdir } from "node:fs/promises";
import { dirname, join } from "node:path";
import { pipeline } from "node:stream/promises";
import { openPromise } from "yauzl";

/** No build has as many files and folders. */
export const mostEntries = 10_000;

/** The kind of a file, among the bits of its mode (inode(7)). */
const kindBits = 0o170000;
const link = 0o120000;

/**
 * @param limit bytes that all files together may have
 * @throws {Error} for an archive that is damaged or larger, or holds a link; the signal's reason when aborted
 */
export async function unzip(
  archive: string,
  folder: string,
  { limit, signal }: { limit: number; signal: AbortSignal | undefined },
): Promise<void> {
  // yauzl refuses names that lead out of the folder, and files longer than they claim to be.
  const zip = await openPromise(archive);
  let total = 0;
  try {
    if (zip.entryCount > mostEntries) throw new Error(`the archive holds more than ${mostEntries} files`);
    for await (const entry of zip.eachEntry()) {
      if (entry.fileName.endsWith("/")) continue;
      total += entry.uncompressedSize;
      if (total > limit) throw new Error(`the archive holds more than ${limit} bytes`);
      const attributes = entry.externalFileAttributes >>> 16;
      // Through a link, a later file could be written outside of the folder.
      if ((attributes & kindBits) === link) throw new Error(`the archive holds a link, ${entry.fileName}`);
      const path = join(folder, entry.fileName);
      await mkdir(dirname(path), { recursive: true });
      const mode = attributes & 0o777;
      const file = createWriteStream(path, { flags: "wx", mode: mode || 0o644 });
      await pipeline(await zip.openReadStreamPromise(entry), file, signal ? { signal } : {});
    }
  } finally {
    zip.close();
  }
}
