/** The tests that are written in GDScript (godot-addon/tests), each as one of this suite's. */
import assert from "node:assert/strict";
import { cp } from "node:fs/promises";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { execa } from "execa";
import { realEngine } from "../support/engine.ts";
import { temporaryFolder } from "../support/project.ts";

const addon = fileURLToPath(new URL("../../godot-addon", import.meta.url));

test("the addon's scripts, tested in GDScript", async (context) => {
  const { path } = await realEngine();
  // The engine leaves a folder of its own beside what it runs.
  const project = await temporaryFolder(context);
  await cp(addon, project, { recursive: true, filter: (path) => !path.endsWith(".godot") });
  const { all, exitCode } = await execa(
    path,
    ["--headless", "--path", project, "--script", "res://tests/run.gd"],
    { all: true, reject: false },
  );
  const results = [...all.matchAll(/^(ok|not ok) ([^:\n]+: [^:\n]+)(?:: (.*))?$/gm)];
  for (const [, verdict, name = "", problem] of results)
    await context.test(name, () => assert.equal(verdict, "ok", problem));
  assert.ok(results.length > 15, all);
  // The engine raises one for a thread that waits for the bytes of a socket which was closed from here.
  const errors = all.replaceAll(/^ERROR: Condition "!is_open\(\)" is true\..*$/gm, "");
  assert.doesNotMatch(errors, /^(SCRIPT )?ERROR|leaked/m);
  assert.equal(exitCode, 0);
});
