/**
 * `npm run soak -- --minutes N [--publish]`: a mixed load over every protocol while the engine is killed, frozen,
 * crashed and stopped. Reports what was done, survived and lost (which must be nothing), and memory and
 * descriptors over time. Exits with 1 where something was lost or not survived. Linux only.
 */
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { setTimeout as elapse } from "node:timers/promises";
import { parseArgs } from "node:util";
import { openDescriptors, residentMemory } from "../../test/support/process_figures.ts";
import { type Curve, draw } from "../chart.ts";
import { Http1Client } from "../clients/http1.ts";
import { startSubject } from "../subject.ts";
import { callAll } from "./callers.ts";
import { commitFaults } from "./faults.ts";
import { Tally } from "./tally.ts";

const resultsFolder = "bench/results";
const docs = "docs/reliability";
const samples = 60;

const { minutes, publish } = parseArgs({
  options: { minutes: { type: "string", default: "5" }, publish: { type: "boolean", default: false } },
}).values;
const length = Number(minutes) * 60_000;
if (!(length > 0)) {
  process.stderr.write(`--minutes must be more than 0, not "${minutes}".\n`);
  process.exit(2);
}

const subject = await startSubject();
const tally = new Tally();
const committed = new Map<string, number>();
const over = AbortSignal.timeout(length);
const saboteur = new Http1Client(subject.port);
const began = performance.now();
const [survived, , figures] = await Promise.all([
  commitFaults(saboteur, committed, over),
  callAll(subject.port, tally, over),
  sample(),
]);
saboteur.close();
const curves = draws(figures);
const report = toReport();
await subject.close();

process.stdout.write(report);
await mkdir(resultsFolder, { recursive: true });
for (const curve of curves) await writeFile(`${resultsFolder}/${curve.file}.svg`, draw(curve));
if (publish) await publishReport();
const faults = sum(committed);
process.exitCode = tally.lost.length === 0 && survived === faults ? 0 : 1;

/** Minutes, megabytes and open files, evenly over the run. */
async function sample(): Promise<{ minute: number; memory: number; files: number }[]> {
  const found = [];
  while (!over.aborted) {
    await elapse(length / samples, undefined, { signal: over }).catch(() => {});
    found.push({
      minute: (performance.now() - began) / 60_000,
      memory: (await residentMemory(subject.serverPid)) / 1e6,
      files: await openDescriptors(subject.serverPid),
    });
  }
  return found;
}

function draws(figures: Awaited<ReturnType<typeof sample>>): Curve[] {
  const curve = (
    file: string,
    title: string,
    y: string,
    pick: (one: (typeof figures)[0]) => number,
  ): Curve => ({
    file,
    title,
    x: "minutes",
    y,
    scale: "linear",
    series: [{ name: "server", points: figures.map((one) => [one.minute, pick(one)]) }],
  });
  return [
    curve("soak_memory", "The server's resident memory during the soak", "MB", ({ memory }) => memory),
    curve(
      "soak_descriptors",
      "The server's open descriptors during the soak",
      "descriptors",
      ({ files }) => files,
    ),
  ];
}

function toReport(): string {
  const list = (counts: ReadonlyMap<string, number>) =>
    [...counts].map(([name, count]) => `${name} ${count}`).join(", ");
  const first = figures[Math.floor(figures.length / 10)];
  const last = figures.at(-1);
  return [
    "| what | figure |",
    "| --- | --- |",
    `| minutes | ${minutes} |`,
    `| loads verified | ${tally.loads} |`,
    `| calls answered | ${sum(tally.done)}: ${list(tally.done)} |`,
    `| calls that a fault ended, naming it | ${sum(tally.failed)}: ${list(tally.failed)} |`,
    `| calls lost | ${tally.lost.length} |`,
    `| faults committed | ${sum(committed)}: ${list(committed)} |`,
    `| faults survived | ${survived} |`,
    `| server memory, after a tenth of the time and at the end | ${first?.memory.toFixed(0)} MB, ${last?.memory.toFixed(0)} MB |`,
    `| server descriptors, the same | ${first?.files}, ${last?.files} |`,
    ...tally.lost.slice(0, 20).map((problem) => `| lost | ${problem} |`),
    "",
  ].join("\n");
}

async function publishReport(): Promise<void> {
  await mkdir(docs, { recursive: true });
  for (const curve of curves) await writeFile(`${docs}/${curve.file}.svg`, draw(curve));
  const page = await readFile(`${docs}.md`, "utf8");
  await writeFile(
    `${docs}.md`,
    page.replace(
      /(<!-- soak:begin -->\n)[\s\S]*(<!-- soak:end -->)/,
      (_, begin: string, end: string) => `${begin}${report}${end}`,
    ),
  );
}

function sum(counts: ReadonlyMap<string, number>): number {
  return [...counts.values()].reduce((all, count) => all + count, 0);
}
