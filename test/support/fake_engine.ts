/** Tiny real programs that stand in for a Godot. */
import { chmod, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type { TestContext } from "node:test";

export const saying = (version: string) => `#!/bin/sh\necho ${version}\n`;

/** A folder that is gone after the test. */
export async function folderFor(t: TestContext): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "engine-"));
  t.after(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

export async function program(path: string, script: string, mode = 0o755): Promise<string> {
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, script);
  await chmod(path, mode);
  return path;
}
