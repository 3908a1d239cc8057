/** What was done and checked, and every answer that was not right. */
import type { Problem } from "./answers.ts";

export interface Violation extends Problem {
  readonly seed: number;
  readonly step: number;
  readonly what: string;
}

export class Tally {
  readonly steps = new Map<string, number>();
  readonly violations: Violation[] = [];
  loads = 0;
  answersChecked = 0;
  healthChecks = 0;
  /** Answers that said of themselves that files had changed meanwhile. */
  saidNewer = 0;

  toText(): string {
    const kinds = new Map<string, number>();
    for (const { kind } of this.violations) add(kinds, kind);
    return [
      `loads: ${this.loads}`,
      `answers checked: ${this.answersChecked}, and ${this.saidNewer} said that files changed meanwhile`,
      `health checks: ${this.healthChecks}`,
      `steps: ${list(this.steps)}`,
      `violations: ${this.violations.length}${kinds.size > 0 ? `: ${list(kinds)}` : ""}`,
      "",
    ].join("\n");
  }
}

export const toText = ({ seed, step, what, kind, expected, answered }: Violation) =>
  `VIOLATION seed ${seed}, step ${step} (${what}): ${kind}\n    expected: ${expected}\n    answered: ${answered}\n`;

export function add(counts: Map<string, number>, name: string): void {
  counts.set(name, (counts.get(name) ?? 0) + 1);
}

const list = (counts: ReadonlyMap<string, number>) =>
  [...counts].map(([name, count]) => `${name} ${count}`).join(", ");
