/** Runs every test, or those whose paths are named. An engine is installed first, where there is none. */
import { execa } from "execa";
import { realEngine } from "./support/engine.ts";

const { path, version } = await realEngine();
process.stderr.write(`Testing with Godot ${version}: ${path}\n`);
/** A test that hangs fails by itself: the slowest takes a minute. */
const longest = 300_000;
const named = process.argv.slice(2);
// Two files at a time: there is an engine in most of them.
const { exitCode } = await execa(
  process.execPath,
  [
    "--test",
    "--test-concurrency=2",
    `--test-timeout=${longest}`,
    ...(named.length > 0 ? named : ["test/**/*.test.ts"]),
  ],
  { stdio: "inherit", reject: false },
);
process.exitCode = exitCode ?? 1;
