import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, it, type TestContext } from "node:test";
import { readConfig } from "../../../src/config.ts";
import { type PreparationListener, prepare } from "../../../src/engine/preparation.ts";
import { Project } from "../../../src/engine/project/project.ts";
import { isShortage } from "../../../src/engine/shortage.ts";
import type { LogEntry } from "../../../src/errors.ts";
import { descriptorTaker } from "../../support/descriptors.ts";
import { processesOf } from "../../support/process_figures.ts";
import { folderFor, program } from "./fake-engine.ts";

/** Says its version; as an importer, that it has begun, and then nothing more. */
const endless = `#!/bin/sh
[ "$1" = --version ] && exec echo 4.6.stable
touch "$(dirname "$0")/begun"
echo importing
sleep 1000
exit 1
`;

describe("A preparation", () => {
  async function preparing(
    context: TestContext,
    listener: Partial<PreparationListener>,
    signal: AbortSignal,
  ) {
    const folder = await folderFor(context);
    const godot = await program(join(folder, "godot"), endless);
    await writeFile(join(folder, "project.godot"), "config_version=5\n");
    const config = readConfig(
      [`--project-path=${folder}`, `--godot-path=${godot}`, `--cache-dir=${join(folder, "cache")}`],
      {},
    );
    const work = prepare(config, new Project(folder, config.cacheDir), signal, {
      onActivity() {},
      onEntry: (entry) => entry as LogEntry,
      ...listener,
    });
    return { folder, work };
  }

  it("that is cancelled while its importer runs ends when that has ended", async (context) => {
    const cancel = new AbortController();
    const reason = new Error("changed my mind");
    const onEntry = (entry: unknown) => {
      cancel.abort(reason);
      return entry as LogEntry;
    };
    const { folder, work } = await preparing(context, { onEntry }, cancel.signal);
    await assert.rejects(work, reason);
    assert.deepEqual(await processesOf(folder), []);
  });

  it("that has no descriptors left for an importer says just that, for it will do another time", async (context) => {
    const takeAll = await descriptorTaker();
    if (!takeAll) return context.skip("This machine has no prlimit.");
    let giveBack = () => {};
    const onActivity = (activity: string) => {
      if (activity.startsWith("Importing")) giveBack = takeAll();
    };
    const { work } = await preparing(context, { onActivity }, new AbortController().signal);
    await work.catch(() => {});
    giveBack();
    await assert.rejects(work, isShortage);
  });

  it("that is cancelled just before runs no importer", async (context) => {
    const cancel = new AbortController();
    const reason = new Error("changed my mind");
    const onActivity = (activity: string) => {
      if (activity.startsWith("Importing")) cancel.abort(reason);
    };
    const { folder, work } = await preparing(context, { onActivity }, cancel.signal);
    await assert.rejects(work, reason);
    assert.equal(existsSync(join(folder, "begun")), false);
    assert.deepEqual(await processesOf(folder), []);
  });
});
