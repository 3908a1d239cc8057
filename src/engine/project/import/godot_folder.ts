/**
 * What an import leaves in the folder `.godot`: the results, and Godot's own lists. Another program may put older ones
 * in their place: a checkout of a tracked `.godot`, a backup, a cache of CI.
 */
import { ClassList } from "./class_list.ts";
import { Results, type Wrong } from "./results.ts";
import { UidList } from "./uid_list.ts";

export class GodotFolder {
  readonly results: Results;
  readonly #classes: ClassList;
  readonly uids: UidList;

  /** @param memory a path that what is remembered of it has in common */
  constructor(root: string, memory: string) {
    this.results = new Results(root, `${memory}.results.json`);
    this.#classes = new ClassList(root, `${memory}.classes.json`);
    this.uids = new UidList(root, `${memory}.uids.json`);
  }

  /**
   * What does not fit the project, so that it has to be imported; undefined where all does.
   * @param paths the files of the project
   */
  async findWrong(paths: readonly string[]): Promise<Wrong | undefined> {
    return (
      (await this.results.findWrong(paths)) ??
      wrongList("classes", await this.#classes.findWrong(paths)) ??
      wrongList("uids", await this.uids.findWrong(paths))
    );
  }

  /** An import has come to its end: what is there now is right. */
  async remember(): Promise<void> {
    await this.results.remember();
    await this.#classes.remember();
    await this.uids.remember();
  }
}

const wrongList = (what: string, path: string | undefined): Wrong | undefined =>
  path === undefined
    ? undefined
    : { why: `Godot's list of ${what} was changed, and is wrong about res://${path}`, assets: [] };
