/**
 * What the engine itself makes of the project's files: judge.gd in a fresh process for each question, on a copy
 * that no server sees. The same question about the same files is asked once.
 */
import { createHash } from "node:crypto";
import { mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { execa } from "execa";
import { LogParser, type RawEntry, withScriptPlace } from "../../src/engine/process/log_parser.ts";
import { classIn } from "./closure.ts";
import { type Snapshot, sidecars } from "./workspace.ts";

export type Phase = "boot" | "load" | "run";

/** An error or a warning, placed as the server places it. */
export interface Finding {
  readonly phase: Phase;
  readonly severity: "ERROR" | "WARN";
  readonly isScriptError: boolean;
  readonly file: string;
  readonly line: number;
  readonly message: string;
}

export interface Verdict {
  /** The scene that is in place at the end; empty where none is. */
  readonly scene: string;
  readonly missingAutoloads: readonly string[];
  readonly findings: readonly Finding[];
}

/** A line of judge.gd. */
interface Told {
  readonly phase: Phase;
  readonly type: number;
  readonly message: string;
  readonly function: string;
  readonly file: string;
  readonly line: number;
  readonly backtrace: RawEntry["backtrace"];
}

const script = join(import.meta.dirname, "judge.gd");
const mark = "@judge ";
const longest = 60_000;
/** Logger.ErrorType. */
const warning = 1;
const scriptError = 2;

export class Judge {
  readonly #godot: string;
  readonly #copy: string;
  readonly #verdicts = new Map<string, Promise<Verdict>>();
  /** What is in the copy now. */
  #files: ReadonlyMap<string, Buffer> = new Map();
  #imported = "";
  #last: Promise<unknown> = Promise.resolve();
  /** What every import so far could not import, and what it said of scripts on the way. */
  readonly importErrors = new Set<string>();
  runs = 0;
  imports = 0;

  /** @param copy a folder of the judge's own */
  constructor(godot: string, copy: string) {
    this.#godot = godot;
    this.#copy = copy;
  }

  /** The scene put in place as the main scene would be. */
  scene(snapshot: Snapshot, path: string): Promise<Verdict> {
    return this.#ask(snapshot, [path]);
  }

  /** These scripts loaded, one after the other. */
  scripts(snapshot: Snapshot, paths: readonly string[]): Promise<Verdict> {
    return this.#ask(snapshot, ["--scripts", ...paths]);
  }

  #ask(snapshot: Snapshot, question: readonly string[]): Promise<Verdict> {
    const key = `${snapshot.hash} ${question.join(" ")}`;
    const known = this.#verdicts.get(key);
    if (known) return known;
    // One at a time: they share the copy.
    const verdict = this.#last.then(async () => {
      await this.#take(snapshot);
      return this.#run(question);
    });
    this.#last = verdict.catch(() => {});
    this.#verdicts.set(key, verdict);
    return verdict;
  }

  async #run(question: readonly string[]): Promise<Verdict> {
    this.runs += 1;
    const { stdout } = await execa(
      this.#godot,
      ["--headless", "--path", this.#copy, "--script", script, "--", ...question],
      { reject: false, timeout: longest },
    );
    const told = stdout
      .split("\n")
      .filter((line) => line.startsWith(mark))
      .map((line) => JSON.parse(line.slice(mark.length)));
    const verdict = told.find((line) => "scene" in line);
    if (!verdict)
      throw new Error(`The judge gave no verdict on ${question.join(" ")}: ${stdout.slice(-2000)}`);
    return {
      scene: verdict.scene,
      missingAutoloads: verdict.missing_autoloads,
      findings: told.filter((line) => "phase" in line).map(toFinding),
    };
  }

  /** Makes the copy what the snapshot is; what an import here has made beside the files stays. */
  async #take({ files }: Snapshot): Promise<void> {
    for (const path of this.#files.keys())
      if (!files.has(path))
        for (const ending of ["", ...sidecars]) await rm(join(this.#copy, path + ending), { force: true });
    for (const [path, content] of files) {
      if (this.#files.get(path)?.equals(content)) continue;
      await mkdir(dirname(join(this.#copy, path)), { recursive: true });
      await writeFile(join(this.#copy, path), content);
    }
    this.#files = files;
    const needed = importKey(files);
    if (needed === this.#imported) return;
    await this.#import();
    this.#imported = needed;
  }

  async #import(): Promise<void> {
    this.imports += 1;
    await this.#tryFailedAgain();
    const { stderr } = await execa(this.#godot, ["--headless", "--path", this.#copy, "--import"], {
      reject: false,
      timeout: longest,
    });
    const parser = new LogParser("ERROR", "IMPORT", ({ message }) => this.importErrors.add(normal(message)));
    for (const line of stderr.split("\n")) parser.line(line);
    parser.flush();
  }

  /** Godot does not import an asset again that it once could not, even when that is whole again; the server does. */
  async #tryFailedAgain(): Promise<void> {
    for (const name of await readdir(this.#copy, { recursive: true })) {
      const path = join(this.#copy, name);
      if (name.endsWith(".import") && (await readFile(path, "utf8")).includes("valid=false")) await rm(path);
    }
  }

  /** Forgets all, its copy included: whether what was there before makes the judge say something else. */
  async forget(): Promise<void> {
    await this.#last;
    await rm(this.#copy, { recursive: true, force: true });
    this.#files = new Map();
    this.#imported = "";
    this.#verdicts.clear();
  }
}

/** What an import makes something of: pictures and how they are imported, and which class is where. */
function importKey(files: ReadonlyMap<string, Buffer>): string {
  const key = createHash("sha256");
  for (const [path, content] of files) {
    if (/\.(png|import)$/.test(path)) key.update(`${path}\0`).update(content);
    if (path.endsWith(".gd")) {
      const source = content.toString();
      key.update(`${path}\0${classIn(source)}\0${/\bextends (\S+)/.exec(source)?.[1]}\0`);
    }
  }
  return key.digest("hex");
}

function toFinding({ phase, type, ...told }: Told): Finding {
  const severity = type === warning ? "WARN" : "ERROR";
  const { file = "", line = 0, message } = withScriptPlace({ ...told, severity, source: "ENGINE" });
  return { phase, severity, isScriptError: type === scriptError, file, line, message: normal(message) };
}

/** Without what differs between two boots: the ids of objects. */
export const normal = (message: string) =>
  message.replaceAll(/(?<=[\w>@])#-?\d+|(?<=[<:])-?\d{6,}/g, "#").trimEnd();
