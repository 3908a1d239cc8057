/** The files of a project: those that Godot's scan lists, and those outside of it, which a script can still load. */
import type { Stats } from "node:fs";
import { lstat, readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { mapBounded } from "../../../async/bounded.ts";
import { projectInvalid } from "../../../errors/project.ts";
import { isShortage } from "../../../errors/shortage.ts";
import { type Stamp, toPrint, toStamp } from "./stamp.ts";

export interface Visitor {
  /** Before what is in it is read. */
  onFolder?(path: string, id: string): void;
  /** It has a `.gdignore`, or is a project of its own. */
  onIgnored?(path: string): void;
  /**
   * @param path relative to the project, with forward slashes; empty for the project itself
   * @param outside Godot's scan passes over it
   */
  onFile(path: string, stamp: Stamp, outside: boolean): void;
  /** A folder that is walked by another path. */
  onAlias?(path: string, stamp: Stamp, id: string): void;
  /** Its folder does not tell when what is there changes; its print does. */
  onLink?(path: string, print: string): void;
  /** Whether the folder of this id was walked before, by another path. */
  isKnown?(id: string): boolean;
  /** Whether a file or folder is passed over. */
  isLeftOut?(path: string): boolean;
  /** Whether what is outside of Godot's scan is visited as well. */
  readonly all?: boolean;
  /** Ends the walk, which then rejects with its reason. */
  readonly signal?: AbortSignal;
}

/** Files and folders that a project may have: a link to the whole disk would take minutes, and all memory. */
export const mostPlaces = 500_000;

const isHidden = (name: string) => name.startsWith(".");
/** What package managers and Python keep in a project: no reason for an import. */
const isForeign = (name: string) => name === "node_modules" || name === "__pycache__";
/** Files of editors, version control and servers, and notes to people: the engine never reads them. */
const isScratch = (name: string) => /(~|\.swp|\.tmp|\.log|\.md|\.pyc|^\.DS_Store)$/i.test(name);
/** What Godot and version control write for themselves. */
const isInternal = (name: string) => /^\.(godot|git|hg|svn|jj)$/.test(name);

/** Whether Godot's scan looks at nothing in a folder where this is: what is another project's is not this one's. */
export const marksEnd = (name: string, folder: string) =>
  name === ".gdignore" || (name === "project.godot" && folder !== "");

const some = (path: string, is: (name: string) => boolean) => path.split("/").some(is);

/** Whether a path leads into what Godot and version control write for themselves. */
export const isInternalPath = (path: string) => some(path, isInternal);

/** Whether Godot's scan would look into a folder of this path. */
export const isVisibleFolder = (path: string) => !some(path, (name) => isHidden(name) || isForeign(name));

/** Whether Godot's scan would look at a file of this path. */
export const isVisibleFile = (path: string) => isVisibleFolder(path) && !isScratch(path);

export interface Place {
  readonly path: string;
  /** Whether Godot's scan passes over it, or over the folder that it lies in. */
  readonly outside: boolean;
}

const everything: readonly Place[] = [{ path: "", outside: false }];

/**
 * Visits what is at some places and all below them, each folder once; what vanishes meanwhile is left out.
 * @throws `projectInvalid` where there are more than `most`; the system's error where descriptors or memory run out: not all that is there was visited
 */
export async function walk(
  root: string,
  visitor: Visitor,
  places = everything,
  most = mostPlaces,
): Promise<void> {
  await new Walk(root, visitor, most).from(places);
}

/** Folders that are looked at together, and the entries of each: more keep the event loop from its other work. */
const foldersAtOnce = 4;
const entriesAtOnce = 8;

class Walk {
  readonly #root: string;
  readonly #visitor: Visitor;
  readonly #most: number;
  #visited = 0;
  /** The link that is being followed; empty where none is. */
  #link = "";
  /** Each folder by its file system and its number there: a link or a mount may lead back up. */
  readonly #walked = new Set<string>();
  /** Folders wait until those above them were walked. */
  #folders: Place[] = [];
  /** Linked folders wait until all others were walked, whose own paths come first. */
  #links: Place[] = [];

  constructor(root: string, visitor: Visitor, most: number) {
    this.#root = root;
    this.#visitor = visitor;
    this.#most = most;
  }

  async from(places: readonly Place[]): Promise<void> {
    await mapBounded(places, foldersAtOnce, (place) => this.#start(place));
    await this.#below();
    while (this.#links.length > 0) {
      const links = this.#links.sort((a, b) => (a.path < b.path ? -1 : 1));
      this.#links = [];
      for (const link of links) {
        this.#link = link.path;
        await this.#folder(link);
        await this.#below();
      }
    }
  }

  async #below(): Promise<void> {
    while (this.#folders.length > 0) {
      const folders = this.#folders;
      this.#folders = [];
      await mapBounded(folders, foldersAtOnce, (folder) => this.#folder(folder));
    }
  }

  async #start({ path, outside }: Place): Promise<void> {
    const found = await lstat(join(this.#root, path)).catch(() => undefined);
    const place = { path, outside: outside || !isVisibleFolder(path) };
    if (path === "" || found?.isDirectory()) await this.#folder(place);
    else if (found) await this.#entry(place, found.isSymbolicLink());
  }

  async #folder({ path, outside }: Place): Promise<void> {
    const folder = join(this.#root, path);
    const self = await stat(folder, { bigint: true }).catch(() => undefined);
    if (!self?.isDirectory()) return;
    const id = `${self.dev}:${self.ino}`;
    if (this.#walked.has(id) || this.#visitor.isKnown?.(id)) return this.#alias(path, id);
    this.#walked.add(id);
    this.#visitor.onFolder?.(path, id);
    const entries = await readdir(folder, { withFileTypes: true }).catch((error) => {
      if (isShortage(error)) throw error;
      return [];
    });
    const ignored = entries.some(({ name }) => marksEnd(name, path));
    if (ignored) this.#visitor.onIgnored?.(path);
    await mapBounded(entries, entriesAtOnce, async (entry) => {
      this.#count();
      const place = {
        path: path ? `${path}/${entry.name}` : entry.name,
        outside: outside || ignored || isHidden(entry.name) || isForeign(entry.name),
      };
      if (isInternal(entry.name) || this.#isPassedOver(place)) return;
      if (entry.isDirectory()) this.#folders.push(place);
      else await this.#entry(place, entry.isSymbolicLink());
    });
  }

  #count(): void {
    this.#visitor.signal?.throwIfAborted();
    this.#visited += 1;
    if (this.#visited <= this.#most) return;
    const by = this.#link && `, those behind the link res://${this.#link} among them`;
    throw projectInvalid(`more than ${this.#most} files and folders are in it${by}`);
  }

  #isPassedOver({ path, outside }: Place): boolean {
    return (outside && !this.#visitor.all) || (this.#visitor.isLeftOut?.(path) ?? false);
  }

  /** A file, or a link to whatever. */
  async #entry(place: Place, linked: boolean): Promise<void> {
    const { path, outside } = place;
    const found = await stat(join(this.#root, path)).catch(() => undefined);
    this.#tellOfLink(path, found, linked);
    if (found?.isDirectory()) this.#links.push(place);
    else if (found?.isFile() && !isScratch(path)) this.#visitor.onFile(path, toStamp(found), outside);
  }

  /** Package managers make tens of thousands of links to files that nobody edits. */
  #tellOfLink(path: string, found: Stats | undefined, linked: boolean): void {
    const hasOtherNames = found?.isFile() && found.nlink > 1;
    if ((linked || hasOtherNames) && !isScratch(path) && !some(path, isForeign))
      this.#visitor.onLink?.(path, toPrint(found));
  }

  async #alias(path: string, id: string): Promise<void> {
    const link = await lstat(join(this.#root, path)).catch(() => undefined);
    if (link) this.#visitor.onAlias?.(path, link.isSymbolicLink() ? toStamp(link) : folderStamp, id);
  }
}

/** Of a folder nothing is known but that it is there. */
const folderStamp: Stamp = { size: 0, mtimeMs: 0, ctimeMs: 0 };
