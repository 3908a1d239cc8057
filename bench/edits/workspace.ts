/** The project's folder as the agent has it: files that are written as editors write them, and git. */
import { createHash } from "node:crypto";
import { mkdir, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { execa } from "execa";
import type { Files } from "./project.ts";

/** All that was in the folder at one moment, `.git` and `.godot` left out. */
export interface Snapshot {
  readonly files: ReadonlyMap<string, Buffer>;
  readonly hash: string;
}

/** How an editor saves: over the file, or beside it and then in its place. */
export type Manner = "in place" | "replace";

export class Workspace {
  readonly root: string;

  constructor(root: string) {
    this.root = root;
  }

  at(path: string): string {
    return join(this.root, path);
  }

  async snapshot(): Promise<Snapshot> {
    const files = await readAll(this.root);
    const hash = createHash("sha256");
    for (const [path, content] of files) hash.update(`${path}\0${content.length}\0`).update(content);
    return { files, hash: hash.digest("hex") };
  }

  async write(path: string, content: string | Buffer, manner: Manner = "in place"): Promise<void> {
    await mkdir(dirname(this.at(path)), { recursive: true });
    if (manner === "in place") return writeFile(this.at(path), content);
    const beside = `${this.at(path)}~`;
    await writeFile(beside, content);
    await rename(beside, this.at(path));
  }

  async writeAll(files: Files): Promise<void> {
    for (const [path, content] of files) await this.write(path, content);
  }

  /** With what Godot keeps beside it, as Godot's own editor moves a file. */
  async move(from: string, to: string): Promise<void> {
    await mkdir(dirname(this.at(to)), { recursive: true });
    await rename(this.at(from), this.at(to));
    for (const sidecar of sidecars)
      await rename(this.at(from + sidecar), this.at(to + sidecar)).catch(ignore);
  }

  async remove(path: string): Promise<void> {
    for (const ending of ["", ...sidecars]) await rm(this.at(path + ending), { force: true });
  }

  /**
   * Two branches: the one that is checked out, `main`, and `other`.
   * @param importAll makes what Godot keeps beside the files, which belongs into git too
   */
  async initialize(main: Files, other: Files, importAll: () => Promise<void>): Promise<void> {
    await this.writeAll(main);
    await importAll();
    await this.#git("init", "--quiet", "--initial-branch=main");
    await this.#commit("main");
    await this.#git("checkout", "--quiet", "-b", "other");
    for (const path of main.keys()) if (!other.has(path)) await this.remove(path);
    await this.writeAll(other);
    await this.#commit("other");
    await this.#git("checkout", "--quiet", "main");
  }

  /** Changes to the branch that is not checked out; everything that was not committed goes. */
  async switchBranch(): Promise<void> {
    const branch = await this.#git("rev-parse", "--abbrev-ref", "HEAD");
    await this.#git("checkout", "--quiet", "--force", branch === "main" ? "other" : "main");
    await this.#git("clean", "--quiet", "--force", "-d");
  }

  async #commit(message: string): Promise<void> {
    await this.#git("add", "--all");
    await this.#git("-c", "user.name=Agent", "-c", "user.email=agent@example.org", "commit", "-qm", message);
  }

  async #git(...args: string[]): Promise<string> {
    const { stdout } = await execa("git", args, { cwd: this.root });
    return stdout;
  }
}

/** What Godot writes beside the files that it knows. */
export const sidecars = [".uid", ".import"] as const;
export const isSidecar = (path: string) => sidecars.some((ending) => path.endsWith(ending));

const ignore = () => {};

/** By path, sorted, so that the same files make the same map. */
async function readAll(root: string): Promise<Map<string, Buffer>> {
  const entries = await readdir(root, { withFileTypes: true, recursive: true });
  const paths = entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(root.length + 1))
    .filter((path) => !/^\.(git|godot)\//.test(path))
    .sort();
  return new Map(
    await Promise.all(paths.map(async (path) => [path, await readFile(join(root, path))] as const)),
  );
}
