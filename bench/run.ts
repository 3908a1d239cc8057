/**
 * `npm run bench [-- --quick]`: measures all of it against the real engine, prints a table, writes the same as
 * JSON, and exits with 1 where a target is missed. It is no test: it depends on the machine and its mood.
 */
import { mkdir, writeFile } from "node:fs/promises";
import { cpus } from "node:os";
import { parseArgs } from "node:util";
import { isMet, measured, type Result } from "./row.ts";
import { coldStart } from "./rows/cold_start.ts";
import { proxy } from "./rows/proxy.ts";
import { recovery } from "./rows/recovery.ts";
import { sceneSwitch } from "./rows/scene_switch.ts";
import { stateRead } from "./rows/state_read.ts";
import { throughput } from "./rows/throughput.ts";
import { startSubject } from "./subject.ts";

const rows = [coldStart, sceneSwitch, stateRead, recovery, throughput, proxy];
const folder = "bench/results";

const { quick } = parseArgs({ options: { quick: { type: "boolean", default: false } } }).values;
const subject = await startSubject();
const results: Result[] = [];
try {
  for (const row of rows) {
    process.stderr.write(`${row.title} …\n`);
    results.push(...(await row.measure(subject, quick)));
  }
} finally {
  await subject.close();
}

const number = (value: number) =>
  value.toLocaleString("en", { maximumSignificantDigits: 4, useGrouping: false });
const lines = results.map((result) => {
  const { name, value, reference, unit, target, least } = result;
  const limit = `${least ? "≥" : "≤"} ${number(target)}${reference === undefined ? ` ${unit}` : " ×"}`;
  return [
    name,
    `${number(value)} ${unit}`,
    reference === undefined ? "" : `${number(reference)} ${unit}`,
    reference === undefined ? "" : `${number(measured(result))} ×`,
    limit,
    isMet(result) ? "met" : "missed",
  ];
});
const table = [
  ["what", "measured", "reference", "ratio", "target", ""],
  ["---", "---:", "---:", "---:", "---:", "---"],
  ...lines,
];
process.stdout.write(`${table.map((cells) => `| ${cells.join(" | ")} |`).join("\n")}\n`);

await mkdir(folder, { recursive: true });
const machine = { cpu: cpus()[0]?.model, cores: cpus().length, node: process.version };
await writeFile(
  `${folder}/latest.json`,
  `${JSON.stringify({ time: new Date(), quick, machine, results }, null, 2)}\n`,
);
process.exitCode = results.every(isMet) ? 0 : 1;
