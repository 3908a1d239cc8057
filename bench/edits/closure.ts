/** What a scene or a script depends on, read from the files' text alone. */
import { posix } from "node:path";
import type { Snapshot } from "./workspace.ts";

const scheme = "res://";

/** `res://` paths of every file that each file names, by class, by path or as an autoload. */
export class Closures {
  readonly #files: ReadonlyMap<string, Buffer>;
  readonly #classes = new Map<string, string>();
  readonly #direct = new Map<string, ReadonlySet<string>>();
  readonly autoloads: readonly string[];

  constructor({ files }: Snapshot) {
    this.#files = files;
    const settings = files.get("project.godot")?.toString() ?? "";
    this.autoloads = [...settings.matchAll(/^\w+="\*(res:\/\/[^"]+)"$/gm)].map(([, path]) => path as string);
    for (const [path, content] of files) {
      const name = path.endsWith(".gd") ? classIn(content.toString()) : undefined;
      if (name) this.#classes.set(name, scheme + path);
    }
  }

  /** This file and all below it, whether it is there or not. */
  of(path: string): ReadonlySet<string> {
    const found = new Set([path]);
    for (const one of found) for (const below of this.#namedIn(one)) found.add(below);
    return found;
  }

  /** The name that scripts use for this file; undefined where it has none. */
  classOf(path: string): string | undefined {
    for (const [name, file] of this.#classes) if (file === path) return name;
    return undefined;
  }

  #namedIn(path: string): ReadonlySet<string> {
    const known = this.#direct.get(path);
    if (known) return known;
    const text = isText(path) ? (this.#files.get(path.slice(scheme.length))?.toString() ?? "") : "";
    const named = new Set([...text.matchAll(/"(res:\/\/[^"]+)"/g)].map(([, found]) => found as string));
    for (const [, name] of text.matchAll(/ path="([^":]+)"/g)) named.add(`${posix.dirname(path)}/${name}`);
    const folder = /^const FOLDER: String = "(.*)"$/m.exec(text)?.[1];
    for (const [, name] of text.matchAll(/\bFOLDER \+ "(.*?)"/g)) named.add(`${folder}${name}`);
    if (path.endsWith(".gd"))
      for (const [word] of text.matchAll(/[\p{L}_][\p{L}\p{N}_]*/gu)) {
        const file = this.#classes.get(word);
        if (file) named.add(file);
      }
    this.#direct.set(path, named);
    return named;
  }
}

const isText = (path: string) => /\.(gd|tscn|tres)$/.test(path);

export const classIn = (source: string): string | undefined =>
  /^class_name ([\p{L}\p{N}_]+)/mu.exec(source)?.[1];
