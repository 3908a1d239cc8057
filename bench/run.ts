/**
 * `npm run bench [-- --quick] [-- --publish] [-- --only TITLE]`: measures all of it against the real engine,
 * prints a table, writes the same as JSON and the growth curves as SVG, and exits with 1 where a target is
 * missed. It is no test: it depends on the machine and its mood. Linux only.
 */
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { cpus } from "node:os";
import { parseArgs } from "node:util";
import { type Curve, draw } from "./chart.ts";
import { isMet, type Result } from "./row.ts";
import { coldStart } from "./rows/cold_start.ts";
import { idle } from "./rows/idle.ts";
import { largeScene } from "./rows/large_scene.ts";
import { leaks } from "./rows/leaks.ts";
import { nodes } from "./rows/nodes.ts";
import { proxy } from "./rows/proxy.ts";
import { recovery } from "./rows/recovery.ts";
import { sceneSwitch } from "./rows/scene_switch.ts";
import { stateRead } from "./rows/state_read.ts";
import { throughput } from "./rows/throughput.ts";
import { watches } from "./rows/watches.ts";
import { startSubject } from "./subject.ts";
import { toTable } from "./table.ts";

const rows = [
  idle,
  coldStart,
  sceneSwitch,
  largeScene,
  stateRead,
  nodes,
  recovery,
  throughput,
  proxy,
  leaks,
  watches,
];
const resultsFolder = "bench/results";
const docs = "docs/performance";

const { quick, publish, only } = parseArgs({
  options: {
    quick: { type: "boolean", default: false },
    publish: { type: "boolean", default: false },
    only: { type: "string" },
  },
}).values;
const chosen = rows.filter(({ title }) => only === undefined || title === only);
if (chosen.length === 0) {
  process.stderr.write(`No row "${only}". There are: ${rows.map(({ title }) => title).join(", ")}.\n`);
  process.exit(2);
}

const subject = await startSubject();
const results: Result[] = [];
const curves: Curve[] = [];
try {
  for (const row of chosen) {
    process.stderr.write(`${row.title} …\n`);
    const measurement = await row.measure(subject, quick);
    results.push(...measurement.results);
    curves.push(...(measurement.curves ?? []));
  }
} finally {
  await subject.close();
}

const table = toTable(results);
process.stdout.write(table);
const machine = { cpu: cpus()[0]?.model, cores: cpus().length, node: process.version };
await mkdir(resultsFolder, { recursive: true });
await writeFile(
  `${resultsFolder}/latest.json`,
  `${JSON.stringify({ time: new Date(), quick, machine, results, curves }, null, 2)}\n`,
);
for (const curve of curves) await writeFile(`${resultsFolder}/${curve.file}.svg`, draw(curve));
if (publish) await publishResults();
process.exitCode = results.every(isMet) ? 0 : 1;

/** Puts table and curves into the documentation, between its two marks. */
async function publishResults(): Promise<void> {
  await mkdir(docs, { recursive: true });
  for (const curve of curves) await writeFile(`${docs}/${curve.file}.svg`, draw(curve));
  const day = new Date().toISOString().slice(0, 10);
  const about = `Measured on ${day}: ${machine.cores} cores (${machine.cpu}), Node ${machine.node}, ${quick ? "quick" : "full"} run.`;
  const page = await readFile(`${docs}.md`, "utf8");
  await writeFile(
    `${docs}.md`,
    page.replace(
      /(<!-- bench:begin -->\n)[\s\S]*(<!-- bench:end -->)/,
      (_, begin: string, end: string) => `${begin}${about}\n\n${table}${end}`,
    ),
  );
}
