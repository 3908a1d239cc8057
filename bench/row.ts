/** What a row of the benchmark is, and what comes of it. */
import type { Curve } from "./chart.ts";
import type { Subject } from "./subject.ts";

export interface Result {
  readonly name: string;
  readonly value: number;
  /** Measured in the same run, so that a busy machine weighs on both; absent for an absolute target. */
  readonly reference?: number;
  readonly unit: string;
  /** The most that `value`, or `value / reference`, may be; absent where the figure is only told. */
  readonly target?: number;
  /** What is measured has to be large: `target` is the least that it may be. */
  readonly least?: boolean;
}

export interface Measurement {
  readonly results: readonly Result[];
  readonly curves?: readonly Curve[];
}

export interface Row {
  readonly title: string;
  /** @param quick fewer rounds: the whole benchmark in under two minutes */
  measure(subject: Subject, quick: boolean): Promise<Measurement>;
}

/** What is compared with the target. */
export const measured = ({ value, reference }: Result) =>
  reference === undefined ? value : value / reference;

export function isMet(result: Result): boolean {
  if (result.target === undefined) return true;
  return result.least ? measured(result) >= result.target : measured(result) <= result.target;
}
