/** What an agent does to the files. Each edit tells what it did; what it broke can be mended later. */
import { png } from "../../test/support/png.ts";
import { broken } from "./breaks.ts";
import { classIn } from "./closure.ts";
import { mainScene } from "./project.ts";
import type { Random } from "./random.ts";
import { isSidecar, type Manner, type Workspace } from "./workspace.ts";

export interface Edit {
  readonly what: string;
  /** Paths in the project, so that a load can be chosen that is about them. */
  readonly touched: readonly string[];
}

/** How to mend one thing. */
type Mend =
  | { readonly kind: "write"; readonly path: string; content: Buffer }
  | { readonly kind: "move"; readonly from: string; readonly path: string };

/** An agent that has broken so much mends first. */
const mostBroken = 5;

export type EditKind = "break" | "repair" | "rename" | "delete" | "add" | "switch" | "burst";

export class Editor {
  readonly #workspace: Workspace;
  /** Whether classes, pictures and branches stay as they are, so that no import is needed. */
  readonly #light: boolean;
  #mends: Mend[] = [];
  #added = 0;

  constructor(workspace: Workspace, light: boolean) {
    this.#workspace = workspace;
    this.#light = light;
  }

  /** @param near `res://` paths that a break is best about */
  async edit(kind: EditKind, random: Random, near: ReadonlySet<string> = new Set()): Promise<Edit> {
    if (kind === "break" && this.#mends.length >= mostBroken) return this.#repair(random);
    switch (kind) {
      case "break":
        return this.#break(random, near);
      case "repair":
        return this.#repair(random);
      case "rename":
        return this.#rename(random);
      case "delete":
        return this.#delete(random);
      case "add":
        return this.#add(random);
      case "switch":
        return this.#switch();
      case "burst":
        return this.#burst(random);
    }
  }

  async #break(random: Random, near: ReadonlySet<string>): Promise<Edit> {
    const files = await this.#files();
    const paths = [...files.keys()];
    const nearer = paths.filter((path) => near.has(`res://${path}`));
    if (!this.#light && random.chance(0.06)) return this.#spoilPicture(files, random);
    for (;;) {
      const path = random.chance(0.06)
        ? random.pick(autoloads)
        : random.pick(nearer.length > 0 && random.chance(0.7) ? nearer : paths);
      const content = files.get(path);
      if (!content || !/\.(gd|tscn|tres)$/.test(path) || this.#isOpen(path)) continue;
      const result = broken(path, content.toString(), random);
      if (!result || (this.#light && changesClass(content.toString(), result.text))) continue;
      this.#mends.push({ kind: "write", path, content });
      await this.#workspace.write(path, result.text, manner(random));
      return { what: `break ${path}: ${result.how}`, touched: [path] };
    }
  }

  async #spoilPicture(files: ReadonlyMap<string, Buffer>, random: Random): Promise<Edit> {
    const path = random.pick([...files.keys()].filter((one) => one.endsWith(".png") && !this.#isOpen(one)));
    this.#mends.push({ kind: "write", path, content: files.get(path) ?? png(4, 4) });
    await this.#workspace.write(path, "This is no picture.");
    return { what: `break ${path}: no picture`, touched: [path] };
  }

  /** One thing that is broken, or now and then everything. */
  async #repair(random: Random): Promise<Edit> {
    if (this.#mends.length === 0) return this.#burst(random);
    const all = random.chance(0.25);
    const mends = all ? this.#mends : [random.pick(this.#mends)];
    this.#mends = this.#mends.filter((mend) => !mends.includes(mend));
    for (const mend of mends) {
      if (mend.kind === "write") await this.#workspace.write(mend.path, mend.content, manner(random));
      else await this.#workspace.move(mend.path, mend.from);
    }
    const touched = mends.map((mend) => (mend.kind === "move" ? mend.from : mend.path));
    return { what: `repair ${touched.join(", ")}`, touched };
  }

  async #rename(random: Random): Promise<Edit> {
    const files = await this.#files();
    const from = this.#anyOf(files, random);
    const to = from.replace(/(_r\d+)?(\.\w+)$/, `_r${random.below(1000)}$2`);
    const mending = random.chance(0.5);
    await this.#workspace.move(from, to);
    const touched = [from, to];
    if (mending) {
      const mend = (content: Buffer) => content.toString().replaceAll(`res://${from}"`, `res://${to}"`);
      for (const open of this.#mends)
        if (open.kind === "write") open.content = Buffer.from(mend(open.content));
      for (const [path, content] of files) {
        if (path.endsWith(".png")) continue;
        const text = mend(content);
        if (text === content.toString()) continue;
        await this.#workspace.write(path === from ? to : path, text, manner(random));
        touched.push(path);
      }
    } else this.#mends.push({ kind: "move", from, path: to });
    return { what: `rename ${from} to ${to}${mending ? " and mend its references" : ""}`, touched };
  }

  async #delete(random: Random): Promise<Edit> {
    const files = await this.#files();
    const path = this.#anyOf(files, random);
    const content = files.get(path);
    if (content) this.#mends.push({ kind: "write", path, content });
    await this.#workspace.remove(path);
    return { what: `delete ${path}`, touched: [path] };
  }

  /** A scene like another one, with a script of its own like another one's. */
  async #add(random: Random): Promise<Edit> {
    this.#added += 1;
    const files = await this.#files();
    const paths = [...files.keys()];
    const like = random.pick(paths.filter((path) => path.startsWith("scenes/")));
    const text = files.get(like)?.toString() ?? "";
    const parent = /"res:\/\/(scripts\/[^"]+)"/.exec(text)?.[1];
    const scene = `scenes/added_${this.#added}.tscn`;
    const script = `scripts/added_${this.#added}.gd`;
    const source = (parent && files.get(parent)?.toString()) ?? "extends Node2D\n";
    await this.#workspace.write(script, classIn(source) ? "extends Node2D\n" : source);
    await this.#workspace.write(scene, parent ? text.replaceAll(parent, script) : text);
    const touched = [script, scene];
    if (!this.#light && random.chance(0.3)) {
      touched.push(`pictures/added_${this.#added}.png`);
      await this.#workspace.write(`pictures/added_${this.#added}.png`, png(4, 4));
    }
    return { what: `add ${touched.join(", ")}, like ${like}`, touched };
  }

  async #switch(): Promise<Edit> {
    this.#mends = [];
    await this.#workspace.switchBranch();
    return { what: "switch branches", touched: [] };
  }

  /** Several files at once: sound changes, and sometimes a break or a repair among them. */
  async #burst(random: Random): Promise<Edit> {
    const files = await this.#files();
    const scripts = [...files.keys()].filter((path) => path.endsWith(".gd") && !this.#isOpen(path));
    const paths = new Set(Array.from({ length: 2 + random.below(6) }, () => random.pick(scripts)));
    await Promise.all(
      [...paths].map((path) => this.#workspace.write(path, `${files.get(path)}\n# Saved.\n`, manner(random))),
    );
    return { what: `save ${[...paths].join(", ")}`, touched: [...paths] };
  }

  /** The project's own files: what Godot writes beside them is not edited. */
  async #files(): Promise<ReadonlyMap<string, Buffer>> {
    const { files } = await this.#workspace.snapshot();
    return new Map([...files].filter(([path]) => !isSidecar(path)));
  }

  /** One that may go or move. */
  #anyOf(files: ReadonlyMap<string, Buffer>, random: Random): string {
    const movable = [...files].filter(
      ([path, content]) =>
        /\.(gd|tscn|tres|png)$/.test(path) &&
        `res://${path}` !== mainScene &&
        !this.#isOpen(path) &&
        !(this.#light && (path.endsWith(".png") || classIn(content.toString()) !== undefined)),
    );
    return random.pick(movable)[0];
  }

  #isOpen(path: string): boolean {
    return this.#mends.some((mend) => mend.path === path || (mend.kind === "move" && mend.from === path));
  }
}

const autoloads = ["autoload/state.gd", "autoload/events.gd"];

const manner = (random: Random): Manner => (random.chance(0.5) ? "in place" : "replace");

const changesClass = (before: string, after: string) =>
  classIn(before) !== classIn(after) || /^extends .*/m.exec(before)?.[0] !== /^extends .*/m.exec(after)?.[0];
