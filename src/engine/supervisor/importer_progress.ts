/** What the importer says that it does (`ProgressDialog` and `EditorProgress`, as Godot prints them without a window). */

const step = /^\[ *\d+% \] reimport \| (.+)$/;
/** What is no asset. */
const isOfAll = (text: string) => text.startsWith("Started ") || text.endsWith("...");

/** One asset that is worked on; two of one name are two of these. */
export interface AssetWork {
  /** Without its folder: Godot does not say that. */
  readonly name: string;
}

export class ImporterProgress {
  #work: AssetWork | undefined;
  #isDone = false;

  /** Takes a line of its output. */
  note(line: string): void {
    const [, text] = step.exec(line) ?? [];
    if (text !== undefined) this.#work = isOfAll(text) ? undefined : { name: text };
    else if (line === "[ DONE ] reimport") this.#work = undefined;
    // What comes after it is the editor's end.
    else if (line === "[ DONE ] loading_editor_layout") this.#isDone = true;
  }

  /** What it works on; undefined between two. */
  get work(): AssetWork | undefined {
    return this.#work;
  }

  /** Whether all that can be imported is. */
  get isDone(): boolean {
    return this.#isDone;
  }
}
