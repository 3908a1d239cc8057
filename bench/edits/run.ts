/**
 * `npm run edits -- --minutes N [--seed S] [--steps N]`: an agent edits a project of 200 files, breaks and mends it,
 * and loads its scenes; the engine itself, in fresh processes on a copy, is the judge of every answer. Prints each
 * answer that is not right, with the seed and the step, and writes every step to bench/results/edits_S.log: the same
 * seed takes the same steps. Exits with 1 where an answer was not right.
 */
import { createWriteStream } from "node:fs";
import { mkdir } from "node:fs/promises";
import { parseArgs } from "node:util";
import { builtServer } from "../../test/support/server_process.ts";
import { large } from "./project.ts";
import { Session, weights } from "./session.ts";
import { toText } from "./tally.ts";
import { makeWorld } from "./world.ts";

const resultsFolder = "bench/results";

const { minutes, steps, ...options } = parseArgs({
  options: {
    minutes: { type: "string", default: "5" },
    steps: { type: "string", default: "Infinity" },
    seed: { type: "string" },
  },
}).values;
const length = Number(minutes) * 60_000;
const seed = Number(options.seed ?? Math.floor(Math.random() * 1e6));
const lastStep = Number(steps);
if (!(length > 0 && lastStep > 0 && Number.isInteger(seed))) {
  process.stderr.write("--minutes and --steps must be more than 0, and --seed a whole number.\n");
  process.exit(2);
}

await mkdir(resultsFolder, { recursive: true });
const logFile = `${resultsFolder}/edits_${seed}.log`;
const log = createWriteStream(logFile);
const cleanups: (() => unknown)[] = [];
const context = { after: (cleanup: () => unknown) => void cleanups.push(cleanup) };
process.stdout.write(`Seed ${seed}; every step is in ${logFile}.\n`);
const world = await makeWorld(context as Parameters<typeof makeWorld>[0], {
  seed,
  size: large,
  light: false,
  entry: builtServer,
  weights,
  tell: (line) => log.write(`${line}\n`),
  onViolation(violation) {
    log.write(toText(violation));
    process.stdout.write(toText(violation));
  },
});
const session = new Session(world);
const end = performance.now() + length;
try {
  await session.begin();
  for (let step = 1; step <= lastStep && performance.now() < end; step += 1) await session.step(step);
  if (!(await isJudgeConstant())) {
    process.stdout.write("The judge does not say the same from a copy that it makes anew: see judge.ts.\n");
    process.exitCode = 1;
  }
} finally {
  for (const cleanup of cleanups.reverse()) await cleanup();
}
log.end();
process.stdout.write(world.tally.toText());
if (world.tally.violations.length > 0) process.exitCode = 1;

/** The judge has one copy for the whole run; what is left in it must not matter. */
async function isJudgeConstant(): Promise<boolean> {
  const { judge, workspace } = world;
  const snapshot = await workspace.snapshot();
  const scenes = [...snapshot.files.keys()].filter((path) => path.endsWith(".tscn")).slice(0, 20);
  const verdicts: string[] = [];
  for (const _ of ["as it is", "made anew"]) {
    const all = [];
    for (const scene of scenes) all.push(await judge.scene(snapshot, `res://${scene}`));
    verdicts.push(JSON.stringify(all));
    await judge.forget();
  }
  return verdicts[0] === verdicts[1];
}
