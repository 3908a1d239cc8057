/** The results as a table that reads well in a terminal and in Markdown. */
import { isMet, measured, type Result } from "./row.ts";

const header = ["what", "measured", "reference", "ratio", "target", ""];
const rule = ["---", "---:", "---:", "---:", "---:", "---"];

export function toTable(results: readonly Result[]): string {
  return [header, rule, ...results.map(toCells)].map((cells) => `| ${cells.join(" | ")} |\n`).join("");
}

function toCells(result: Result): string[] {
  const { name, value, reference, unit, target, least } = result;
  const limit = target === undefined ? "" : `${least ? "≥" : "≤"} ${number(target)}`;
  return [
    name,
    `${number(value)} ${unit}`,
    reference === undefined ? "" : `${number(reference)} ${unit}`,
    reference === undefined ? "" : `${number(measured(result))} ×`,
    target === undefined ? "" : `${limit}${reference === undefined ? ` ${unit}` : " ×"}`,
    target === undefined ? "" : isMet(result) ? "met" : "missed",
  ];
}

const number = (value: number) =>
  value.toLocaleString("en", { maximumSignificantDigits: 3, useGrouping: false });
