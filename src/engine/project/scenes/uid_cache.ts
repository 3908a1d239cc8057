/** Godot's own list of the `uid://`s of a project (ResourceUID): what the engine finds a file by. */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { toId } from "./uid.ts";

export const uidCachePath = ".godot/uid_cache.bin";

export interface UidCache {
  /** The `res://` path of the file that has this uid, as of the last import. */
  pathOf(uid: string): string | undefined;
}

export async function readUidCache(root: string): Promise<UidCache> {
  const bytes = await readFile(join(root, uidCachePath)).catch(() => Buffer.alloc(0));
  const paths = parse(bytes);
  return { pathOf: (uid) => paths.get(toId(uid) ?? -1n) };
}

/** A count, then each id, the length of its path, and the path; what is cut off is left out. */
function parse(bytes: Buffer): Map<bigint, string> {
  const paths = new Map<bigint, string>();
  let at = 4;
  while (at + 12 <= bytes.length) {
    const start = at + 12;
    const end = start + bytes.readUInt32LE(at + 8);
    if (end > bytes.length) break;
    paths.set(bytes.readBigInt64LE(at), bytes.toString("utf8", start, end));
    at = end;
  }
  return paths;
}
