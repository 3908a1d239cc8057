import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { setImmediate as nextTurn } from "node:timers/promises";
import { runImport } from "../../../../src/engine/supervisor/importer.ts";
import type { ControlError } from "../../../../src/model/control_error.ts";
import type { LogEntry } from "../../../../src/model/log_entry.ts";
import { program } from "../../../support/fake_engine.ts";
import { collectGarbage } from "../../../support/garbage.ts";
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

test("an importer that prints without end leaves its last words alone in memory", async (context) => {
  const folder = await temporaryFolder(context);
  // 100,000 entries of 1,000 characters would be 100 MB, and as many objects.
  const path = await program(
    join(folder, "godot"),
    `#!/bin/sh\nyes "$(printf 'ERROR: %01000d' 0)" | head -n 100000\necho "ERROR: the last" >&2\nexit 3\n`,
  );
  let held = 0;
  const registry = new FinalizationRegistry(() => {
    held -= 1;
  });
  const listener = {
    onEntry(raw: unknown) {
      const entry = { ...(raw as LogEntry) };
      held += 1;
      registry.register(entry, undefined);
      return entry;
    },
    onSilence() {},
  };
  const run = runImport({ path }, folder, new AbortController().signal, listener);
  await assert.rejects(run, (error: ControlError) => {
    assert.ok(error.logTail.length <= 50, `${error.logTail.length}`);
    return true;
  });
  collectGarbage();
  await nextTurn();
  assert.ok(held < 1_000, `${held} entries are held`);
});
