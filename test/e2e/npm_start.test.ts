/** `npm start`, typed in another folder than the checkout. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { test } from "node:test";
import { execa } from "execa";
import { processesOf } from "../support/process_figures.ts";
import { projectOfOneScene, temporaryFolder } from "../support/project.ts";

test("npm start takes paths from where it is typed, and stopping npm stops the server", async (context) => {
  const project = await projectOfOneScene(context);
  const checkout = join(import.meta.dirname, "../..");
  const flags = [
    "--port=0",
    "--godot-port=0",
    "--project-path=.",
    `--cache-dir=${await temporaryFolder(context)}`,
    "--no-install",
  ];
  const npm = execa("npm", ["--prefix", checkout, "start", "--", ...flags], {
    cwd: project,
    reject: false,
    buffer: false,
  });
  context.after(() => npm.kill("SIGKILL"));
  const exited = once(npm.nodeChildProcess, "exit");
  let named: string | undefined;
  for await (const line of createInterface({ input: npm.stdout })) {
    named ??= /Project: (.*)$/.exec(line)?.[1];
    if (line.includes("Listening on")) npm.kill("SIGTERM");
  }
  assert.equal(named, project);
  await exited;
  assert.deepEqual(await processesOf(project), []);
});
