/** What the tests of imports share: a project with an editor plug-in, and ways to import it. */
import { stat } from "node:fs/promises";
import type { TestContext } from "node:test";
import { execa } from "execa";
import { readConfig } from "../../src/config/read.ts";
import type { RawEntry } from "../../src/engine/process/log_parser.ts";
import { Project } from "../../src/engine/project/project.ts";
import { toId } from "../../src/engine/project/scenes/uid.ts";
import { type Prepared, prepare } from "../../src/engine/supervisor/preparation.ts";
import type { LogEntry } from "../../src/model/log_entry.ts";
import { realEngine } from "./engine.ts";
import { temporaryFolder } from "./project.ts";

/** The files of an editor plug-in that does this when it is loaded, and the section that enables it. */
export const plugin = (body: readonly string[]) => ({
  files: {
    "addons/test/plugin.cfg":
      '[plugin]\nname="Test"\ndescription=""\nauthor=""\nversion=""\nscript="plugin.gd"\n',
    "addons/test/plugin.gd": `@tool\nextends EditorPlugin\nfunc _enter_tree():\n\t${body.join("\n\t")}\n`,
  },
  section: '[editor_plugins]\n\nenabled=PackedStringArray("res://addons/test/plugin.cfg")\n',
});

/** An import as Godot does it by itself. */
export async function importPlainly(root: string): Promise<string> {
  const { path } = await realEngine();
  const { stdout } = await execa(path, ["--headless", "--path", root, "--import"], { reject: false });
  return stdout;
}

export interface Preparing {
  readonly cache: string;
  readonly project: Project;
  readonly activities: readonly string[];
  readonly entries: readonly RawEntry[];
  prepare(onEntry?: (entry: RawEntry) => void): Promise<Prepared>;
}

/** A server's preparation of this project, without the server. */
export async function preparing(context: TestContext, root: string, given?: string): Promise<Preparing> {
  const { path } = await realEngine();
  const cache = given ?? (await temporaryFolder(context));
  const config = readConfig([`--project-path=${root}`, `--godot-path=${path}`, `--cache-dir=${cache}`], {});
  const project = new Project(root, cache);
  context.after(() => project.close());
  const activities: string[] = [];
  const entries: RawEntry[] = [];
  return {
    cache,
    project,
    activities,
    entries,
    prepare: (onEntry) =>
      prepare(config, project, new AbortController().signal, {
        onActivity: (activity) => activities.push(activity),
        onEntry(entry) {
          entries.push(entry);
          onEntry?.(entry);
          return entry as LogEntry;
        },
      }),
  };
}

/** What tells a file from every other, and from itself after a change. */
export async function identity(path: string): Promise<string> {
  const { ino, size, mtimeMs, ctimeMs } = await stat(path);
  return `${ino} ${size} ${mtimeMs} ${ctimeMs}`;
}

/** The head of a binary resource that has this uid. */
export function binaryResource(uid: string): Buffer {
  const type = "Gradient\0";
  const head = Buffer.alloc(48 + type.length);
  head.write("RSRC", "latin1");
  head.writeUInt32LE(type.length, 24);
  head.write(type, 28, "latin1");
  head.writeUInt32LE(2, 36 + type.length);
  head.writeBigInt64LE(toId(uid) ?? -1n, 40 + type.length);
  return Buffer.concat([head, Buffer.alloc(16)]);
}

/** Godot's list of uids. */
export function uidCache(paths: Readonly<Record<string, string>>): Buffer {
  const entries = Object.entries(paths).map(([uid, path]) => {
    const entry = Buffer.alloc(12);
    entry.writeBigInt64LE(toId(uid) ?? 0n, 0);
    entry.writeUInt32LE(Buffer.byteLength(path), 8);
    return Buffer.concat([entry, Buffer.from(path)]);
  });
  const count = Buffer.alloc(4);
  count.writeUInt32LE(entries.length);
  return Buffer.concat([count, ...entries]);
}
