/** What the importer says that it does (`ProgressDialog` and `EditorProgress`, as Godot prints them without a window). */

const step = /^\[ *\d+% \] reimport \| (.+)$/;
/** What is no asset. */
const isOfAll = (text: string) => text.startsWith("Started ") || text.endsWith("...");

export class ImporterProgress {
  #asset: string | undefined;
  #isDone = false;

  /** Takes a line of its output. */
  note(line: string): void {
    const [, text] = step.exec(line) ?? [];
    if (text !== undefined) this.#asset = isOfAll(text) ? undefined : text;
    else if (line === "[ DONE ] reimport") this.#asset = undefined;
    // What comes after it is the editor's end.
    else if (line === "[ DONE ] loading_editor_layout") this.#isDone = true;
  }

  /** The asset that it works on, without its folder: Godot does not say that. Undefined between two. */
  get asset(): string | undefined {
    return this.#asset;
  }

  /** Whether all that can be imported is. */
  get isDone(): boolean {
    return this.#isDone;
  }
}
