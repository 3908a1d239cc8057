/** Times, and what a run of them says. */

import { setTimeout } from "node:timers/promises";

/** Milliseconds that `work` takes. */
export async function time(work: () => Promise<unknown>): Promise<number> {
  const began = performance.now();
  await work();
  return performance.now() - began;
}

/** Times `work` over and over, after a few rounds that do not count. */
export async function times(count: number, work: () => Promise<unknown>): Promise<number[]> {
  for (let round = 0; round < Math.ceil(count / 10); round += 1) await work();
  const found: number[] = [];
  for (let round = 0; round < count; round += 1) found.push(await time(work));
  return found;
}

/** Between two calls of a user, who thinks about the answer meanwhile, in milliseconds. */
const pace = 300;

/** Times `work` at the pace of a user: each comes alone. */
export async function timesAlone(count: number, work: () => Promise<unknown>): Promise<number[]> {
  const found: number[] = [];
  for (let round = 0; round < count; round += 1) {
    await setTimeout(pace);
    found.push(await time(work));
  }
  return found;
}

/** The value below which this part of the values lies: 0.5 is the median. */
export function quantile(values: readonly number[], part: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? Number.NaN;
}

export const median = (values: readonly number[]) => quantile(values, 0.5);
