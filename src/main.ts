#!/usr/bin/env node
/** Looks at the system and the Node that run it before anything is loaded that an older one cannot read. */
import { nodeProblem } from "./cli/node_version.ts";
import { platformProblem } from "./cli/platform.ts";
import { neededNode } from "./version.ts";

const problem = platformProblem(process.platform) ?? nodeProblem(process.versions.node, neededNode);
if (problem === undefined) {
  const { run } = await import("./cli/run.ts");
  process.exitCode = await run(process.argv.slice(2));
  // What nobody reads of the log would keep the process, where its pipe is full.
  setTimeout(() => process.exit(), 1_000).unref();
} else {
  process.stderr.write(`godot-control: ${problem}\n`);
  process.exitCode = 1;
}
