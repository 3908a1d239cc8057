/**
 * What of the project was imported, and what has changed since. The stamps of the last import lie in the cache folder;
 * what changed is noted by whoever looks at the files.
 */
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { importFailed } from "../../../errors/project.ts";
import { isShortage } from "../../../errors/shortage.ts";
import { type Change, compare } from "../files/change.ts";
import type { ProjectFiles } from "../files/files.ts";
import type { Stamp } from "../files/stamp.ts";
import { hasPlugins } from "./custom_importers.ts";
import { changedByOthers, hasResults } from "./editor_cache.ts";
import { leftBehindOf, retryFailedImports } from "./failed_imports.ts";
import { GodotFolder } from "./godot_folder.ts";
import { importFolder, isImported, whyImport } from "./import_need.ts";
import { ownersOf } from "./import_parts.ts";
import { ImportRecord } from "./import_record.ts";
import { ImportStamps } from "./import_stamps.ts";
import { notImported } from "./not_imported.ts";
import { OwnWriting } from "./own_writing.ts";
import { forgetStale } from "./reimport.ts";
import { inShadow } from "./shadow.ts";
import { isSidecar } from "./sidecar.ts";

/**
 * What came of an import: all that can be imported is; what it made is what it lacked, so that it is to be done again;
 * or it has left everything as it was, which is to be imported still.
 */
export type Outcome = "done" | "lacked" | "refused";

/** Of one import. */
export interface ImportWork {
  /** Gets the folder in which the importer has to run. */
  readonly work: (root: string) => Promise<void>;
  /** Lines of `project.godot` that only this import reads. */
  readonly settings?: string;
  /** A file that was there before, and is no sidecar, was changed or removed meanwhile. */
  onChange?(change: Change): void;
  /** Asked at its end. Where it isn't done, the next server imports again too. */
  outcome?(): Promise<Outcome>;
}

export interface ImportsOptions {
  readonly root: string;
  /** A path that what is remembered has in common. */
  readonly memory: string;
  readonly files: ProjectFiles;
  /** Looks at the files, and notes what it finds. */
  readonly refresh: () => Promise<void>;
}

export class Imports {
  /** What the last import could not import. */
  readonly record: ImportRecord;
  readonly #root: string;
  readonly #files: ProjectFiles;
  readonly #refresh: () => Promise<void>;
  readonly #shadow: string;
  readonly #stamps: ImportStamps;
  readonly #folder: GodotFolder;
  readonly #own: OwnWriting;
  #leftBehind: readonly string[] = [];
  /** What changed since it was last asked whether an import is needed, or since that import began. */
  #unread: Change[] = [];
  /** What changed since the last import, by path; undefined until it was compared with that import's stamps. */
  #sinceImport: Map<string, Change> | undefined;

  constructor({ root, memory, files, refresh }: ImportsOptions) {
    this.record = new ImportRecord(`${memory}.issues.json`);
    this.#root = root;
    this.#files = files;
    this.#refresh = refresh;
    this.#shadow = memory;
    this.#stamps = new ImportStamps(root, `${memory}.json`);
    this.#folder = new GodotFolder(root, memory);
    this.#own = new OwnWriting(root);
  }

  /** The files were looked at, and this has changed since the last look. */
  async note(changes: readonly Change[]): Promise<void> {
    this.#unread = this.#unread.concat(changes);
    if (this.#sinceImport === undefined) {
      const now = await this.#stamps.comparable(this.#files.stamps);
      this.#sinceImport = byPath(compare(await this.#stamps.read(now), now));
    } else {
      for (const change of changes) if (!change.outside) this.#sinceImport.set(change.path, change);
    }
  }

  /** Another server may have imported what this one thinks is not. */
  madeElsewhere(): void {
    this.#sinceImport = undefined;
  }

  /** Why the project has to be imported before the engine runs it; undefined where it is up to date. */
  async whyNeeded(): Promise<string | undefined> {
    await this.#refresh();
    this.#unread = [];
    const changes = [...(this.#sinceImport?.values() ?? [])];
    const isWritable = changes.length === 0 || (await this.#stamps.canImport());
    const why = await this.#why(await notImported(this.#root, changes, this.#files.stamps, isWritable));
    if (why !== undefined) return why;
    const wrong = await this.#folder.findWrong([...this.#files.stamps.keys()]);
    return wrong?.why;
  }

  /** What an import has not read, where it calls for one. */
  async unread(): Promise<readonly Change[]> {
    const unread = this.#unread.filter(({ outside }) => !outside);
    return (await this.#why(unread)) === undefined ? [] : unread;
  }

  async #why(changes: readonly Change[]): Promise<string | undefined> {
    const { stamps } = this.#files;
    const hasAssets = () => [...stamps.keys()].some((path) => path.endsWith(".import"));
    const why = await whyImport(this.#root, changes, (path) => stamps.has(path), hasAssets);
    if (why !== undefined) return why;
    const changed = changes.map(({ path }) => path);
    const [owner] = await ownersOf(this.#root, changed, stamps.keys());
    return owner && `a file that res://${owner} is imported with was changed`;
  }

  /** The assets of this kind that are not, or not as they are now, imported. */
  async lackingOf(kind: RegExp): Promise<string[]> {
    const paths = [...this.#files.stamps.keys()].filter((path) => kind.test(path));
    const isMade = await Promise.all(
      paths.map(async (path) => this.#files.stamps.has(`${path}.import`) && hasResults(this.#root, path)),
    );
    return paths.filter((path, index) => !isMade[index] || this.#sinceImport?.has(path));
  }

  /** The paths of the project. */
  get paths(): Iterable<string> {
    return this.#files.stamps.keys();
  }

  /** The assets that the last import should have imported again, and has not. */
  get leftBehind(): readonly string[] {
    return this.#leftBehind;
  }

  /** Whether it has plug-ins of the editor switched on, which run during an import. */
  hasPlugins(): Promise<boolean> {
    return hasPlugins(this.#root);
  }

  /** Whether no import of it has come to its end, as far as is known: one that was interrupted has left a part. */
  async isUnfinished(): Promise<boolean> {
    return !(await this.#stamps.isThere()) || !(await isImported(this.#root));
  }

  /** Runs an import and remembers what it has seen. A file that changes meanwhile counts as not imported. */
  async run({
    work,
    settings,
    onChange = () => {},
    outcome = async () => "done",
  }: ImportWork): Promise<Outcome> {
    const toRemake = await this.#begin();
    const before = new Map(this.#files.stamps);
    // A file system may round its times down to a second.
    const began = Date.now() - 1000;
    try {
      const left = await inShadow(this.#root, this.#shadow, work, settings);
      for (const path of left) if (!isSidecar(path)) onChange({ path, kind: "changed" });
    } finally {
      await this.#refresh();
      await this.#noteMeanwhile(before, onChange);
    }
    if (!(await isImported(this.#root)) || (await this.#folder.results.removeCutOff(began))) cannotWrite();
    const came = await outcome();
    if (came === "refused") return came;
    this.#leftBehind = await leftBehindOf(this.#root, toRemake);
    const imported = this.#seenBy(before);
    this.#sinceImport = byPath(compare(imported, this.#files.stamps));
    await this.#folder.remember();
    // Without them, the next start only imports once more.
    if (came === "done") await this.#stamps.save(imported).catch(() => {});
    return came;
  }

  /** Makes Godot import what it would take for imported. @returns what has to be made anew, among others */
  async #begin(): Promise<readonly string[]> {
    await mkdir(join(this.#root, importFolder), { recursive: true }).catch(cannotWrite);
    // Until it has come to its end, it has not been imported.
    if (!(await isImported(this.#root))) await this.#stamps.forget();
    await this.#folder.results.removeEmpty();
    await this.#refresh();
    await retryFailedImports(this.#root, this.#files.stamps.keys());
    const wrong = await this.#folder.results.findWrong(this.#files.stamps.keys());
    const changes = [...(this.#sinceImport?.values() ?? [])];
    const changed = [...changes.map(({ path }) => path), ...(wrong?.assets ?? [])];
    const faulty = await this.record.assets();
    await forgetStale(this.#root, changed, faulty, this.#files.stamps).catch(cannotWrite);
    // What is new has nothing that was made of it before.
    const edited = changes.filter(({ kind }) => kind === "changed").map(({ path }) => path);
    return [...edited, ...faulty].filter((path) => this.#files.stamps.has(path));
  }

  async #noteMeanwhile(
    before: ReadonlyMap<string, Stamp>,
    onChange: (change: Change) => void,
  ): Promise<void> {
    const { stamps } = this.#files;
    const all = compare(before, stamps);
    const meanwhile = all.filter(({ path }) => !isSidecar(path));
    for (const change of meanwhile) if (change.kind !== "added") onChange(change);
    const others = await this.#sidecarsOfOthers(all.map(({ path }) => path));
    this.#unread = [
      ...(await this.#own.without(meanwhile, before, stamps)),
      ...all.filter(({ path }) => others.has(path)),
    ];
  }

  /** Of these, the sidecars that the import has neither read nor written. */
  async #sidecarsOfOthers(paths: readonly string[]): Promise<Set<string>> {
    const { stamps } = this.#files;
    const ending = (end: string) => paths.filter((path) => path.endsWith(end));
    const settings = await changedByOthers(this.#root, ending(".import"), stamps);
    return new Set([
      ...settings,
      ...(await this.#folder.uids.unlisted(ending(".uid"), new Set(stamps.keys()))),
    ]);
  }

  /** The files as an import has seen them: as they were before, and what it wrote itself. */
  #seenBy(before: ReadonlyMap<string, Stamp>): Map<string, Stamp> {
    const seen = new Map<string, Stamp>();
    const unread = new Set(this.#unread.map(({ path }) => path));
    for (const [path, stamp] of this.#files.stamps) {
      const found = unread.has(path) ? before.get(path) : stamp;
      if (found) seen.set(path, found);
    }
    return seen;
  }
}

function cannotWrite(error?: unknown): never {
  if (isShortage(error)) throw error;
  throw importFailed(
    "Godot could not write the folder .godot: the disk may be full, or the project read-only",
    [],
  );
}

const byPath = (changes: readonly Change[]) => new Map(changes.map((change) => [change.path, change]));
