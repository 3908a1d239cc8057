import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { runImport } from "../../../../src/engine/supervisor/importer.ts";
import type { LogEntry } from "../../../../src/model/log_entry.ts";
import { program } from "../../../support/fake_engine.ts";
import { processesOf } from "../../../support/process_figures.ts";
import { temporaryFolder } from "../../../support/project.ts";

test("an importer that says nothing is told of, again and again, and is ended at last", async (context) => {
  const folder = await temporaryFolder(context);
  const path = await program(join(folder, "godot"), "#!/bin/sh\nexec sleep 1000\n");
  const silences: number[] = [];
  const listener = {
    onEntry: (entry: unknown) => entry as LogEntry,
    onSilence: (seconds: number) => silences.push(seconds),
  };
  const { signal } = new AbortController();
  await assert.rejects(
    runImport({ path }, folder, signal, listener, { told: 20, longest: 60 }),
    /Importing the project failed: the importer said nothing for 0\.06 s, and was ended\./,
  );
  assert.deepEqual(silences, [0.02, 0.04]);
  assert.deepEqual(await processesOf(folder), []);
});
