/** Unpacking a zip archive to disk, bounded. */
import { createWriteStream } from "node:fs";
import { mkdir } from "node:fs/promises";
import { dirname, join } from "node:path";
import { pipeline } from "node:stream/promises";
import { openPromise } from "yauzl";

/**
 * @param limit bytes that all files together may have
 * @throws {Error} for an archive that is damaged or larger; the signal's reason when aborted
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
    for await (const entry of zip.eachEntry()) {
      if (entry.fileName.endsWith("/")) continue;
      total += entry.uncompressedSize;
      if (total > limit) throw new Error(`the archive holds more than ${limit} bytes`);
      const path = join(folder, entry.fileName);
      await mkdir(dirname(path), { recursive: true });
      const mode = (entry.externalFileAttributes >>> 16) & 0o777;
      const file = createWriteStream(path, { flags: "wx", mode: mode || 0o644 });
      await pipeline(await zip.openReadStreamPromise(entry), file, signal ? { signal } : {});
    }
  } finally {
    zip.close();
  }
}
