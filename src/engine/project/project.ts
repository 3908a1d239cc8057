/**
 * The project on disk: what it is, what of it is newer than the running engine, and whether it has to be
 * imported. The stamps of the last import lie in the cache folder.
 */
import { createHash } from "node:crypto";
import { statSync } from "node:fs";
import { mkdir, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { importFailed } from "../../errors/project.ts";
import { isShortage } from "../../errors/shortage.ts";
import { type Change, compare } from "./files/change.ts";
import { ProjectFiles } from "./files/files.ts";
import type { Stamp } from "./files/stamp.ts";
import { stampsOfLastScan } from "./import/editor_cache.ts";
import { retryFailedImports } from "./import/failed_imports.ts";
import {
  hasPlugins,
  importFolder,
  isImported,
  isOfUnknownKind,
  resultsFolder,
  whyImport,
} from "./import/import_need.ts";
import { ImportRecord } from "./import/import_record.ts";
import { forgetStale } from "./import/reimport.ts";
import { inShadow } from "./import/shadow.ts";
import { isSidecar } from "./import/sidecar.ts";
import { checkScenePath, resolveScene } from "./scenes/scenes.ts";
import { type ProjectSettings, readProjectSettings } from "./settings/settings.ts";

const mostResolved = 1_000;

/** Names what the cache folder holds of a project. */
export const projectId = (root: string) => createHash("sha256").update(root).digest("hex").slice(0, 16);

export class Project {
  readonly root: string;
  /** What the last import could not import. */
  readonly importRecord: ImportRecord;
  readonly #files: ProjectFiles;
  readonly #stampFile: string;
  readonly #shadow: string;
  /** What changed since the engine that runs was started. */
  #sinceBoot: Change[] = [];
  readonly #notes = new Set<Change[]>();
  /** The folder of imported files that this engine reads from; undefined before the first one. */
  #bootedWith: string | undefined;
  /** What changed since it was last asked whether an import is needed, or since that import began. */
  #unread: Change[] = [];
  /** What changed during the last import: a plug-in may write it each time. */
  #writtenByImport: ReadonlySet<string> = new Set();
  /** What changed since the last import, by path; undefined until it was compared with that import's stamps. */
  #sinceImport: Map<string, Change> | undefined;
  /** What scene paths were resolved to, for as long as nothing changes on disk. */
  readonly #resolved = new Map<string, string>();

  /** @param say takes a line for a person */
  constructor(root: string, cacheDir: string, say?: (line: string) => void) {
    this.root = root;
    this.#files = new ProjectFiles(root, { leftOut: cacheDir, say });
    const id = projectId(root);
    this.#stampFile = join(cacheDir, "imports", `${id}.json`);
    this.importRecord = new ImportRecord(join(cacheDir, "imports", `${id}.issues.json`));
    this.#shadow = join(cacheDir, "imports", id);
  }

  /** @throws `projectInvalid` */
  readSettings(): Promise<ProjectSettings> {
    return readProjectSettings(this.root);
  }

  /**
   * The normalised `res://` path of a scene that is there; costs next to nothing while nothing changes.
   * @throws `invalidScenePath`, `sceneNotFound`, or `projectInvalid` where there is no project to find it in
   */
  async resolveScene(given: string): Promise<string> {
    checkScenePath(given);
    await this.#refresh();
    const known = this.#resolved.get(given);
    if (known !== undefined) return known;
    try {
      const path = await resolveScene(this.root, given);
      if (this.#resolved.size >= mostResolved) this.#resolved.clear();
      this.#resolved.set(given, path);
      return path;
    } catch (error) {
      await this.readSettings();
      throw error;
    }
  }

  /** What is newer on disk than in the engine's memory; costs next to nothing while nothing is. */
  async changesSinceBoot(): Promise<readonly Change[]> {
    await this.#refresh();
    return this.#sinceBoot;
  }

  /** The changes found by the last refresh; `resolveScene` refreshes as well. */
  get knownChanges(): readonly Change[] {
    return this.#sinceBoot;
  }

  /**
   * An engine is about to start: what it will read is what is on disk now, but for what an import has not read. That
   * stays newer than the engine, so that the next load starts another one.
   */
  async beginBoot(): Promise<void> {
    await this.#refresh();
    const unread = this.#unread.filter(({ outside }) => !outside);
    this.#sinceBoot = (await this.#whyImport(unread)) === undefined ? [] : unread;
    this.#bootedWith = identityOf(this.root);
  }

  /** Whether it has plug-ins of the editor switched on, which run during an import. */
  hasPlugins(): Promise<boolean> {
    return hasPlugins(this.root);
  }

  /** Whether no import of it has come to its end, as far as is known: one that was interrupted has left a part. */
  async isUnfinished(): Promise<boolean> {
    const isKnown = await stat(this.#stampFile).catch(() => undefined);
    return !isKnown || !(await isImported(this.root));
  }

  /** Why the project has to be imported before the engine runs it; undefined where it is up to date. */
  async whyImport(): Promise<string | undefined> {
    await this.#refresh();
    this.#unread = [];
    return this.#whyImport([...(this.#sinceImport?.values() ?? [])]);
  }

  #whyImport(changes: readonly Change[]): Promise<string | undefined> {
    const { stamps } = this.#files;
    const hasAssets = () => [...stamps.keys()].some((path) => path.endsWith(".import"));
    return whyImport(this.root, changes, (path) => stamps.has(path), hasAssets);
  }

  /** Another server may have imported what this one thinks is not. */
  importedElsewhere(): void {
    this.#sinceImport = undefined;
  }

  /**
   * Runs an import and remembers what it has seen. A file that changes meanwhile counts as not imported.
   * @param run gets the folder in which the importer has to run
   * @param isDone is asked at its end; where it is not, the next server imports again too
   * @param onChange a file that was there before, and is no sidecar, was changed or removed meanwhile
   */
  async import(
    run: (root: string) => Promise<void>,
    onChange: (change: Change) => void,
    isDone = async () => true,
  ): Promise<void> {
    await mkdir(join(this.root, importFolder), { recursive: true }).catch(cannotWrite);
    // Until it has come to its end, it has not been imported.
    if (!(await isImported(this.root))) await rm(this.#stampFile, { force: true });
    await this.#refresh();
    await retryFailedImports(this.root, this.#files.stamps.keys());
    const changed = [...(this.#sinceImport?.keys() ?? [])];
    await forgetStale(this.root, changed, this.#files.stamps).catch(cannotWrite);
    const before = new Map(this.#files.stamps);
    try {
      const left = await inShadow(this.root, this.#shadow, run);
      for (const path of left) if (!isSidecar(path)) onChange({ path, kind: "changed" });
    } finally {
      await this.#refresh();
      const meanwhile = compare(before, this.#files.stamps).filter(
        ({ path, kind }) => !isSidecar(path) && !(kind === "added" && isOfUnknownKind(path)),
      );
      for (const change of meanwhile) if (change.kind !== "added") onChange(change);
      this.#unread = meanwhile.filter(({ path }) => !this.#writtenByImport.has(path));
      this.#writtenByImport = new Set(meanwhile.map(({ path }) => path));
    }
    if (!(await isImported(this.root))) cannotWrite();
    const imported = new Map<string, Stamp>();
    for (const [path, stamp] of this.#files.stamps) {
      // What an importer writes beside the assets is of the import.
      const seen = isSidecar(path) || isOfUnknownKind(path) ? stamp : before.get(path);
      if (seen) imported.set(path, seen);
    }
    this.#sinceImport = byPath(compare(imported, this.#files.stamps));
    // Without them, the next start only imports once more.
    if (await isDone()) await this.#saveStamps(imported).catch(() => {});
  }

  close(): void {
    this.#files.close();
  }

  async #refresh(): Promise<void> {
    const changes = [...(await this.#files.refresh()), ...this.#lookAtImported()];
    if (changes.length > 0) {
      this.#sinceBoot = this.#sinceBoot.concat(changes);
      this.#unread = this.#unread.concat(changes);
      for (const noted of this.#notes) noted.push(...changes);
      this.#resolved.clear();
    }
    if (this.#sinceImport === undefined) {
      this.#sinceImport = byPath(compare(await this.#readStamps(), this.#files.stamps));
    } else {
      for (const change of changes) if (!change.outside) this.#sinceImport.set(change.path, change);
    }
  }

  /**
   * Notes what changes from now on, however many engines are started meanwhile.
   * @returns what ends it, and gives the changes
   */
  noteChanges(): () => Promise<readonly Change[]> {
    const noted: Change[] = [];
    this.#notes.add(noted);
    return async () => {
      await this.#refresh();
      this.#notes.delete(noted);
      return noted;
    };
  }

  /** What was imported may be removed, or replaced, while the engine runs. */
  #lookAtImported(): Change[] {
    const now = identityOf(this.root);
    if (this.#bootedWith === undefined || now === this.#bootedWith) return [];
    this.#bootedWith = now;
    return [{ path: importFolder, kind: now === "" ? "removed" : "changed" }];
  }

  async #readStamps(): Promise<Map<string, Stamp>> {
    try {
      return new Map(
        Object.entries(JSON.parse(await readFile(this.#stampFile, "utf8")) as Record<string, Stamp>),
      );
    } catch {
      // Never imported by this server. What the editor has not imported either counts as added.
      return stampsOfLastScan(this.root, this.#files.stamps);
    }
  }

  async #saveStamps(stamps: Map<string, Stamp>): Promise<void> {
    await mkdir(dirname(this.#stampFile), { recursive: true });
    const temporary = `${this.#stampFile}.${process.pid}`;
    await writeFile(temporary, JSON.stringify(Object.fromEntries(stamps)));
    await rename(temporary, this.#stampFile);
  }
}

/** Which folder it is; empty where there is none. */
function identityOf(root: string): string {
  const found = [importFolder, resultsFolder].map((path) =>
    statSync(join(root, path), { throwIfNoEntry: false }),
  );
  return found[0] ? found.map((folder) => `${folder?.dev} ${folder?.ino}`).join() : "";
}

function cannotWrite(error?: unknown): never {
  if (isShortage(error)) throw error;
  throw importFailed(
    "Godot could not write the folder .godot; is the disk full, or the project read-only?",
    [],
  );
}

const byPath = (changes: readonly Change[]) => new Map(changes.map((change) => [change.path, change]));
