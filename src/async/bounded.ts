/** Work on many things of which only some may be under way, since each holds a descriptor. */

/** Files that are open at once: few enough for the smallest limit of descriptors in use, which is 256. */
export const mostOpen = 32;

/** The results in the order of the items; after a failure, nothing more is begun. */
export async function mapBounded<Item, Result>(
  items: readonly Item[],
  most: number,
  work: (item: Item) => Promise<Result>,
): Promise<Result[]> {
  const results: Result[] = [];
  const queue = items.entries();
  let failed = false;
  const worker = async () => {
    for (const [index, item] of queue) {
      if (failed) return;
      results[index] = await work(item).catch((error) => {
        failed = true;
        throw error;
      });
    }
  };
  await Promise.all(Array.from({ length: Math.min(most, items.length) }, worker));
  return results;
}
