/** The `uid://` by which Godot knows a scene or a resource wherever it lies. */
import { type FileHandle, open } from "node:fs/promises";
import { zstdDecompressSync } from "node:zlib";
import { isShortage } from "../../../errors/shortage.ts";

/** Base 34: no z and no 9. */
const digits = "abcdefghijklmnopqrstuvwxy012345678";
const scheme = "uid://";

/** A text may have leading zeros (`a`), so that two texts can be one id. Undefined where it is no uid. */
export function toId(uid: string): bigint | undefined {
  if (!/^uid:\/\/[a-y0-8]+$/.test(uid)) return undefined;
  let id = 0n;
  for (const digit of uid.slice(scheme.length)) id = id * 34n + BigInt(digits.indexOf(digit));
  return id & 0x7fff_ffff_ffff_ffffn;
}

/** As Godot writes it (ResourceUID.id_to_text). */
function toText(id: bigint): string {
  let text = "";
  for (let rest = id; rest > 0n; rest /= 34n) text = digits.charAt(Number(rest % 34n)) + text;
  return scheme + (text || digits.charAt(0));
}

/** The uid that a scene or resource has in its head; undefined where it has none, or cannot be read. */
export async function readUid(path: string): Promise<string | undefined> {
  const file = await open(path).catch((error) => {
    if (isShortage(error)) throw error;
  });
  if (!file) return undefined;
  try {
    const head = await read(file, 0, 1024);
    switch (head.toString("latin1", 0, 4)) {
      case "RSRC":
        return ofBinary(head.subarray(4));
      case "RSCC":
        return ofBinary(await firstBlock(file, head));
      default:
        return ofText(head.toString("utf8"));
    }
  } catch (error) {
    if (isShortage(error)) throw error;
    return undefined;
  } finally {
    await file.close();
  }
}

async function read(file: FileHandle, position: number, length: number): Promise<Buffer> {
  const { buffer, bytesRead } = await file.read(Buffer.alloc(length), 0, length, position);
  return buffer.subarray(0, bytesRead);
}

/** The tag of a text scene or resource. Before it, Godot reads over blanks and comments; within it, over blanks. */
function ofText(head: string): string | undefined {
  const tag = /^\ufeff?(?:\s|;[^\n]*\n)*\[gd_\w+([^\]]*)/.exec(head)?.[1] ?? "";
  return /\suid\s*=\s*"(uid:\/\/[^"]+)"/.exec(tag)?.[1];
}

/** The head of a binary resource (ResourceLoaderBinary), behind its magic. */
function ofBinary(head: Buffer): string | undefined {
  const isBigEndian = head.readUInt32LE(0) !== 0;
  const whole = (at: number) => (isBigEndian ? head.readUInt32BE(at) : head.readUInt32LE(at));
  // The byte order, the size of a float, the version of Godot in two, and that of the format; then the type.
  const afterType = 24 + whole(20);
  const flags = whole(afterType + 8);
  const at = afterType + 12;
  const id = isBigEndian ? head.readBigInt64BE(at) : head.readBigInt64LE(at);
  return (flags & hasUid) === 0 || id < 0n ? undefined : toText(id);
}

/** FORMAT_FLAG_UIDS */
const hasUid = 2;
/** Compression.MODE_ZSTD, in which Godot writes. */
const zstd = 2;
/** Godot writes blocks of 4 KiB. */
const largestBlock = 2 ** 20;

/** The first block of a compressed file (FileAccessCompressed). */
async function firstBlock(file: FileHandle, head: Buffer): Promise<Buffer> {
  const mode = head.readUInt32LE(4);
  const blockSize = head.readUInt32LE(8);
  const total = head.readUInt32LE(12);
  const size = head.readUInt32LE(16);
  if (mode !== zstd || size > largestBlock || blockSize > largestBlock) return Buffer.alloc(0);
  const blocks = Math.floor(total / blockSize) + 1;
  return zstdDecompressSync(await read(file, 16 + 4 * blocks, size), { maxOutputLength: largestBlock });
}
