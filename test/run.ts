/**
 * Runs every test, or those whose paths are named; with `--whole-series`, what test/series repeats, in full length.
 * An engine is installed first, where there is none.
 */
import { globSync } from "node:fs";
import { join } from "node:path";
import { run } from "node:test";
import { spec } from "node:test/reporters";
import { parseArgs } from "node:util";
import { realEngine } from "./support/engine.ts";

/** A test that hangs fails by itself. */
const longest = 300_000;
/** Most files have an engine, and wait for it more than they compute. */
const concurrency = 6;
/** What takes longest begins first, and is not waited for at the end. */
const first = ["e2e/attach", "e2e/imports", "contract/contract"].map((name) => `test/${name}.test.ts`);

const { values, positionals } = parseArgs({
  options: { "whole-series": { type: "boolean", default: false } },
  allowPositionals: true,
});
const whole = values["whole-series"];
if (whole) process.env.TEST_SERIES = "whole";
// Each file is a process of its own, and most start servers: what Node has compiled of one serves the others.
process.env.NODE_COMPILE_CACHE ??= join(import.meta.dirname, "../node_modules/.cache/node");
const { path, version } = await realEngine();
process.stderr.write(`Testing with Godot ${version}: ${path}\n`);
const patterns =
  positionals.length > 0 ? positionals : [whole ? "test/series/*.test.ts" : "test/**/*.test.ts"];
const named = patterns.flatMap((pattern) => {
  const found = globSync(pattern);
  if (found.length === 0) throw new Error(`No test is named ${pattern}.`);
  return found;
});
const files = [...new Set([...first.filter((file) => named.includes(file)), ...named])];
run({ files, concurrency, timeout: longest })
  .on("test:fail", () => {
    process.exitCode = 1;
  })
  .compose(spec)
  .pipe(process.stdout);
