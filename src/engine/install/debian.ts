/** Source: Debian's package, unpacked beside the system on any machine that has apt. */
import { mkdir, rm } from "node:fs/promises";
import { availableParallelism } from "node:os";
import { basename, join } from "node:path";
import { execa } from "execa";
import { isShortage } from "../../errors/shortage.ts";
import { type Apt, howItEnded, ownApt } from "./apt.ts";
import { type Archive, readArchives } from "./apt_sources.ts";
import { layoutOf, relocate } from "./relocate.ts";
import type { Source, Task } from "./source.ts";
import { fits, isSupported, parseWanted, type WantedVersion } from "./version.ts";

/** The first release of Debian that has Godot 4. */
const suite = "forky";

/** @param wanted another version is not fetched */
export const debian = (wanted?: WantedVersion): Source => ({
  title: "Debian",
  async unpack(task) {
    const { staging, signal } = task;
    const architecture = await ownArchitecture(signal);
    const layout = layoutOf(architecture);
    if (!layout) throw new Error(`its Godot cannot be unpacked on ${architecture}`);
    const apt = await ownApt(await made(staging, "apt"), architecture, signal);
    const version = await findVersion(apt, await readArchives(), wanted, task);

    const packages = await apt.download(["godot", "patchelf"], fetchProgress(version, task.onProgress));
    const folder = await made(staging, "root");
    await unpackAll(packages, folder, task);

    const name = `debian-${version.replaceAll(/[^\w.+~-]/g, "_")}`;
    task.onProgress("Linking Godot to the libraries unpacked with it");
    await relocate(folder, join(task.home, name), layout, signal);
    return { folder, name, executable: join("usr", "bin", "godot") };
  },
});

async function made(...parts: [string, string]): Promise<string> {
  const folder = join(...parts);
  await mkdir(folder);
  return folder;
}

async function ownArchitecture(signal: AbortSignal | undefined): Promise<string> {
  const result = await execa("dpkg", ["--print-architecture"], {
    reject: false,
    stdin: "ignore",
    ...(signal ? { cancelSignal: signal } : {}),
  });
  signal?.throwIfAborted();
  if (isShortage(result)) throw result;
  if (result.exitCode !== 0) throw new Error("there is no dpkg on this machine");
  return result.stdout.trim();
}

/** Leaves apt with the package list of the first archive that has a Godot that will do. */
async function findVersion(
  apt: Apt,
  archives: readonly Archive[],
  wanted: WantedVersion | undefined,
  task: Task,
): Promise<string> {
  const problems: string[] = [];
  for (const archive of archives) {
    task.onProgress(`Looking for Godot in Debian ${suite} at ${archive.uri}`);
    try {
      await apt.update(archive, suite);
      const version = await apt.versionOf("godot");
      const [, number = ""] = /^(?:\d+:)?(\d+\.\d+(?:\.\d+)?)/.exec(version ?? "") ?? [];
      if (version && (wanted ? fits(`${number}.stable`, wanted) : isSupported(parseWanted(number))))
        return version;
      problems.push(`${archive.uri} has ${version ? `only Godot ${version}` : "no Godot"}`);
    } catch (error) {
      task.signal?.throwIfAborted();
      if (isShortage(error)) throw error;
      problems.push((error as Error).message);
    }
  }
  throw new Error(problems.join(", ") || "no Debian archive is among the machine's apt sources");
}

/** Turns what apt-get prints into lines for a person. */
export function fetchProgress(
  version: string,
  onProgress: (message: string) => void,
): (line: string) => void {
  const number = version.replaceAll(/^\d+:|[+-].*$/g, "");
  let total = 0;
  return (line) => {
    total = Number(/(\d+) newly installed/.exec(line)?.[1] ?? total);
    const size = /^Need to get (.+?) of archives/.exec(line)?.[1];
    if (size) onProgress(`Fetching Debian's godot ${number} and ${total - 1} packages it needs (${size})`);
    const count = /^Get:(\d+) /.exec(line)?.[1];
    if (count) onProgress(`Fetching (${count}/${total})`);
  };
}

/** Several at a time, removing each package once it is unpacked. */
async function unpackAll(packages: readonly string[], folder: string, task: Task): Promise<void> {
  let done = 0;
  // A generator, so that one worker's failure ends the loops of the others too.
  const queue = (function* () {
    yield* packages;
  })();
  const worker = async () => {
    for (const file of queue) {
      await execa("dpkg", ["--extract", file, folder], {
        stdin: "ignore",
        ...(task.signal ? { cancelSignal: task.signal } : {}),
      }).catch((error) => {
        if (isShortage(error)) throw error;
        throw new Error(`unpacking ${basename(file)} failed: ${error.stderr || `dpkg ${howItEnded(error)}`}`);
      });
      await rm(file);
      done += 1;
      task.onProgress(`Unpacking (${done}/${packages.length})`);
    }
  };
  const workers = await Promise.allSettled(
    Array.from({ length: Math.min(4, availableParallelism()) }, worker),
  );
  for (const result of workers) if (result.status === "rejected") throw result.reason;
}
