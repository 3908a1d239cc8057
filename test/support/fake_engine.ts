/** Tiny real programs that stand in for a Godot. */
import { chmod, mkdir, writeFile } from "node:fs/promises";
import { dirname } from "node:path";

export const saying = (version: string) => `#!/bin/sh\necho ${version}\n`;

export async function program(path: string, script: string, mode = 0o755): Promise<string> {
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, script);
  await chmod(path, mode);
  return path;
}
