/**
 * What an import writes itself: a plug-in may do it each time. What a user saves meanwhile has another content than the
 * import before has left.
 */
import type { Change } from "../files/change.ts";
import { isSame, type Stamp } from "../files/stamp.ts";
import { isAsImported, sumOf } from "./checksums.ts";

interface Written {
  /** The sum of its content; undefined where it has none. */
  readonly content: string | undefined;
  /** As the import has left it; undefined where it has removed it. */
  readonly stamp: Stamp | undefined;
  /** In how many imports, one after the other, it had another content. */
  readonly times: number;
}

/** What a plug-in writes with the time in it is its own all the same. */
const mostTimes = 3;

export class OwnWriting {
  readonly #root: string;
  /** What changed during the last import, by path. */
  #last: ReadonlyMap<string, Written> = new Map();

  constructor(root: string) {
    this.#root = root;
  }

  /**
   * Of what changed during an import, what it has neither imported nor written itself as the one before did: it may not
   * have read it.
   * @param before the stamps of the files as it began
   * @param now and as it ended
   */
  async without(
    changes: readonly Change[],
    before: ReadonlyMap<string, Stamp>,
    now: ReadonlyMap<string, Stamp>,
  ): Promise<Change[]> {
    const written = new Map<string, Written>();
    const others: Change[] = [];
    for (const change of changes) {
      const { path } = change;
      const last = this.#last.get(path);
      const content = await sumOf(this.#root, [path]);
      const isUntouched = last !== undefined && isSame(last.stamp, before.get(path));
      const isOwn = isUntouched && (last.content === content || last.times >= mostTimes);
      // A picture that is taken out of a model is imported at once.
      const isImported = change.kind === "added" && (await isAsImported(this.#root, path));
      if (!isOwn && !isImported) others.push(change);
      written.set(path, {
        content,
        stamp: now.get(path),
        times: isOwn ? (last?.times ?? 0) : (last?.times ?? 0) + 1,
      });
    }
    this.#last = written;
    return others;
  }
}
