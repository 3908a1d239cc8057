/** The project on disk: what it is, which scenes it has, and what of it is newer than the running engine. */
import { createHash } from "node:crypto";
import { join } from "node:path";
import { shared } from "../../async/shared.ts";
import type { Change } from "./files/change.ts";
import { ProjectFiles } from "./files/files.ts";
import { statOrNothing } from "./files/stamp.ts";
import { importFolder, resultsFolder } from "./import/import_need.ts";
import { Imports } from "./import/imports.ts";
import { checkScenePath, listScenes, SceneFinder, type SceneList } from "./scenes/scenes.ts";
import { type ProjectSettings, readProjectSettings } from "./settings/settings.ts";

const mostResolved = 1_000;

/** Names what the cache folder holds of a project. */
export const projectId = (root: string) => createHash("sha256").update(root).digest("hex").slice(0, 16);

export class Project {
  readonly root: string;
  readonly imports: Imports;
  readonly #files: ProjectFiles;
  readonly #closing = new AbortController();
  readonly #scenes: SceneFinder;
  /** What changed since the engine that runs was started. */
  #sinceBoot: Change[] = [];
  readonly #notes = new Set<Change[]>();
  /** The folder of imported files that this engine reads from; undefined before the first one. */
  #bootedWith: Identity | undefined;
  /** What scene paths were resolved to, for as long as nothing changes on disk. */
  readonly #resolved = new Map<string, string>();

  /** @param say takes a line for a person */
  constructor(root: string, cacheDir: string, say?: (line: string) => void) {
    this.root = root;
    this.#scenes = new SceneFinder(root, this.#closing.signal);
    this.#files = new ProjectFiles(root, { leftOut: cacheDir, say });
    this.imports = new Imports({
      root,
      memory: join(cacheDir, "imports", projectId(root)),
      files: this.#files,
      refresh: () => this.#refresh(),
    });
  }

  /** @throws `projectInvalid` */
  readSettings(): Promise<ProjectSettings> {
    return readProjectSettings(this.root);
  }

  /**
   * The normalised `res://` path of a scene that is there; costs next to nothing while nothing changes. What is mounted
   * is not asked: see `lookAtMounts`.
   * @throws `invalidScenePath`, `sceneNotFound`, or `projectInvalid` where there is no project to find it in
   */
  async resolveScene(given: string): Promise<string> {
    checkScenePath(given);
    await this.#look();
    const known = this.#resolved.get(given);
    if (known !== undefined) return known;
    try {
      const path = await this.#scenes.resolve(given);
      if (this.#resolved.size >= mostResolved) this.#resolved.clear();
      this.#resolved.set(given, path);
      return path;
    } catch (error) {
      await this.readSettings();
      throw error;
    }
  }

  /** @throws the system's error where descriptors or memory run out */
  listScenes(): Promise<SceneList> {
    return listScenes(this.root, this.#closing.signal);
  }

  /** What is newer on disk than in the engine's memory; costs next to nothing while nothing is. */
  async changesSinceBoot(): Promise<readonly Change[]> {
    await this.#refresh();
    return this.#sinceBoot;
  }

  /** Asks what is mounted, for the next look at what changed: to be called while the engine is busy with a scene. */
  lookAtMounts(): void {
    this.#files.lookAtMounts();
  }

  /** As `changesSinceBoot`, after a scene was read, and what is mounted was asked meanwhile. */
  async changesWhileRead(): Promise<readonly Change[]> {
    await this.#look();
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
    this.#sinceBoot = [...(await this.imports.unread())];
    this.#bootedWith = identityOf(this.root);
  }

  close(): void {
    this.#closing.abort(new Error("The project is closed."));
    this.#files.close();
  }

  #refresh(): Promise<void> {
    this.lookAtMounts();
    return this.#look();
  }

  /** Where the folders cannot be watched, each look walks the project: all who come meanwhile share the next one. */
  readonly #look = shared(() => this.#lookAtDisk());

  async #lookAtDisk(): Promise<void> {
    const changes = [...(await this.#files.refresh()), ...this.#lookAtImported()];
    if (changes.length > 0) {
      this.#sinceBoot = this.#sinceBoot.concat(changes);
      for (const noted of this.#notes) noted.push(...changes);
      this.#resolved.clear();
    }
    await this.imports.note(changes);
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
    const before = this.#bootedWith;
    const now = identityOf(this.root);
    if (before === undefined || (now.folders === before.folders && now.results === before.results)) return [];
    this.#bootedWith = now;
    if (now.folders === before.folders) return [{ path: resultsFolder, kind: "changed" }];
    return [{ path: importFolder, kind: now.folders === "" ? "removed" : "changed" }];
  }
}

interface Identity {
  /** Which folders they are; empty where there are none. */
  readonly folders: string;
  /** When a result was added or removed last. */
  readonly results: number | undefined;
}

function identityOf(root: string): Identity {
  const found = [importFolder, resultsFolder].map((path) => statOrNothing(join(root, path)));
  return {
    folders: found[0] ? found.map((folder) => `${folder?.dev} ${folder?.ino}`).join() : "",
    results: found[1]?.mtimeMs,
  };
}
