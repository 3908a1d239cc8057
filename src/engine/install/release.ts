/** Source: the official builds, one zip for each platform, with a list of SHA-512 sums beside them. */
import { createHash } from "node:crypto";
import { createWriteStream, existsSync } from "node:fs";
import { chmod, mkdir } from "node:fs/promises";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import { openDownload } from "./download.ts";
import type { Source, Task } from "./source.ts";
import { unzip } from "./unzip.ts";
import { toText, type WantedVersion } from "./version.ts";

/** Taken where no version is asked for. */
export const defaultRelease = "4.6.3";

/** The newest patches that are known; of another minor version, the first release is taken. */
const newestPatch: Readonly<Record<string, string>> = { "4.5": "4.5.1", "4.6": "4.6.3" };

/** The number of the release for a version that is asked for. The first of a minor version has no patch. */
export function releaseFor(wanted: WantedVersion): string {
  const minor = toText({ ...wanted, patch: undefined });
  if (wanted.patch === undefined) return newestPatch[minor] ?? minor;
  return wanted.patch === 0 ? minor : toText(wanted);
}

const sumsFile = "SHA512-SUMS.txt";
const mebibyte = 2 ** 20;
/** No build comes near this, zipped or not. In bytes. */
const sizeLimit = 1024 * mebibyte;

export interface Asset {
  readonly zip: string;
  /** Path of the executable in the zip. */
  readonly executable: string;
}

/** The file for a platform and architecture in Node's words, or undefined when there is none. */
export function releaseAsset(
  platform: NodeJS.Platform,
  arch: string,
  version = defaultRelease,
): Asset | undefined {
  const builds: Record<string, string> = {
    "linux x64": "linux.x86_64",
    "linux arm64": "linux.arm64",
    "darwin x64": "macos.universal",
    "darwin arm64": "macos.universal",
  };
  const build = builds[`${platform} ${arch}`];
  if (!build) return undefined;
  const name = `Godot_v${version}-stable_${build}`;
  return {
    zip: `${name}.zip`,
    executable: platform === "darwin" ? "Godot.app/Contents/MacOS/Godot" : name,
  };
}

/**
 * @param downloadUrl the folder that holds a folder for each version
 * @param answerWithin until the first bytes must be there, in milliseconds
 */
export function release(downloadUrl: string, version = defaultRelease, answerWithin = 2_000): Source {
  const base = `${downloadUrl.replace(/\/+$/, "")}/${version}-stable`;
  return {
    title: `godotengine.org (${version})`,
    async unpack(task) {
      const asset = releaseAsset(process.platform, process.arch, version);
      if (!asset) throw new Error(`there is no build for ${process.platform} on ${process.arch}`);
      task.onProgress(`Looking for Godot ${version} at ${base}`);
      const limits = { signal: task.signal, answerWithin };
      const expected = await expectedSum(`${base}/${sumsFile}`, asset.zip, limits);

      const archive = join(task.staging, "godot.zip");
      const actual = await fetchTo(archive, `${base}/${asset.zip}`, limits, version, task);
      if (actual !== expected)
        throw new Error(`${asset.zip} is not what was published: its SHA-512 is ${actual}, not ${expected}`);

      const folder = join(task.staging, "root");
      await mkdir(folder);
      await unzip(archive, folder, { limit: sizeLimit, signal: task.signal });
      if (!existsSync(join(folder, asset.executable)))
        throw new Error(`${asset.zip} has no ${asset.executable} in it`);
      await chmod(join(folder, asset.executable), 0o755);
      return { folder, name: `${version}-stable`, executable: asset.executable };
    },
  };
}

type Limits = Parameters<typeof openDownload>[1];

async function expectedSum(url: string, file: string, limits: Limits): Promise<string> {
  const { chunks } = await openDownload(url, limits);
  let text = "";
  for await (const chunk of chunks) {
    text += Buffer.from(chunk).toString("latin1");
    if (text.length > mebibyte) throw new Error(`${url} is no list of sums: it is over 1 MiB`);
  }
  for (const line of text.split("\n")) {
    const [, sum, name] = /^([0-9a-f]{128})\s+\*?(\S+)\s*$/i.exec(line) ?? [];
    if (sum && name === file) return sum.toLowerCase();
  }
  throw new Error(`${url} has no SHA-512 for ${file}`);
}

/** Returns the SHA-512 of what was written, in hexadecimal. */
async function fetchTo(
  path: string,
  url: string,
  limits: Limits,
  version: string,
  task: Task,
): Promise<string> {
  const { size, chunks } = await openDownload(url, limits);
  const hash = createHash("sha512");
  let received = 0;
  async function* hashed() {
    for await (const chunk of chunks) {
      received += chunk.byteLength;
      if (Math.max(received, size ?? 0) > sizeLimit) throw new Error(`${url} is larger than 1 GiB`);
      hash.update(chunk);
      const done = size
        ? `${Math.floor((100 * received) / size)} %`
        : `${Math.floor(received / mebibyte)} MiB`;
      task.onProgress(`Downloading Godot ${version} (${done})`);
      yield chunk;
    }
  }
  await pipeline(hashed(), createWriteStream(path));
  return hash.digest("hex");
}
