/** A place that Godot can be installed from. */

export interface Source {
  /** As it stands in sentences: "godotengine.org". */
  readonly title: string;
  /**
   * Brings a Godot into `task.staging`.
   * @throws {Error} saying why it could not, in one line; the signal's reason when aborted
   */
  unpack(task: Task): Promise<Unpacked>;
}

export interface Task {
  /** The absolute path of an empty folder that is removed afterwards, whatever happens. */
  readonly staging: string;
  /** Absolute; where the unpacked folder will be moved to, under its `name`. */
  readonly home: string;
  /** Takes a line for a person; of counts that follow too fast, some are dropped. */
  readonly onProgress: (message: string) => void;
  readonly signal: AbortSignal | undefined;
}

export interface Unpacked {
  /** What is to be moved into place: a folder inside `task.staging`. */
  readonly folder: string;
  /** The folder's name in its final place, naming version and source. */
  readonly name: string;
  /** Path of the executable within the folder. */
  readonly executable: string;
}
