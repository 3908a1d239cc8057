/**
 * How long a test that repeats itself goes on: a short series in `npm test`, the whole one in `npm run test:long`.
 * What is random in it follows from a seed that is printed, and that TEST_SEED sets again.
 */
import type { TestContext } from "node:test";

const isWhole = process.env.TEST_SERIES === "whole";

export const series = (counts: { readonly short: number; readonly whole: number }): number =>
  isWhole ? counts.whole : counts.short;

/** The same in each test of a file. */
const another = Math.floor(performance.timeOrigin) % 1_000_000;

/** @param usual of a series that is always the same, unless TEST_SEED says otherwise */
export function seedOf(context: Pick<TestContext, "diagnostic">, usual = another): number {
  const seed = Number(process.env.TEST_SEED ?? usual);
  context.diagnostic(`TEST_SEED=${seed} makes the same series again`);
  return seed;
}
