import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { describe, it, type TestContext } from "node:test";
import { readConfig } from "../../../../src/config/read.ts";
import type { RawEntry } from "../../../../src/engine/process/log_parser.ts";
import { Project } from "../../../../src/engine/project/project.ts";
import { prepare } from "../../../../src/engine/supervisor/preparation.ts";
import type { PreparationListener } from "../../../../src/engine/supervisor/preparation_listener.ts";
import { isShortage } from "../../../../src/errors/shortage.ts";
import type { LogEntry } from "../../../../src/model/log_entry.ts";
import { descriptorTaker } from "../../../support/descriptors.ts";
import { program } from "../../../support/fake_engine.ts";
import { processesOf } from "../../../support/process_figures.ts";
import { temporaryFolder, writeFiles } from "../../../support/project.ts";

/** Says its version; as an importer, that it has begun, and then nothing more. */
const endless = `#!/bin/sh
[ "$1" = --version ] && exec echo 4.6.stable
touch "$(dirname "$0")/begun"
echo importing
sleep 1000
exit 1
`;

/** Says its version; as an importer, leaves what an import does. */
const quick = `#!/bin/sh
[ "$1" = --version ] && exec echo 4.6.3.stable
mkdir -p .godot && echo 'list=[]' > .godot/global_script_class_cache.cfg
`;

describe("A preparation", () => {
  async function preparing(
    context: TestContext,
    listener: Partial<PreparationListener>,
    signal: AbortSignal,
    { script = endless, project = "config_version=5\n", more = {} } = {},
  ) {
    const folder = await temporaryFolder(context);
    const godot = await program(join(folder, "godot"), script);
    await writeFiles(folder, { "project.godot": project, ...more });
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

  it("of a project with a pack that Godot would run in its place is refused", async (context) => {
    const more = { "godot.pck": "" };
    const { work } = await preparing(context, {}, new AbortController().signal, { more });
    await assert.rejects(work, {
      reason: "PROJECT_INVALID",
      message: /has a godot\.pck, which Godot would run/,
    });
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

  const made: [version: string, isNewer: boolean][] = [
    ["4.4", false],
    ["4.5", false],
    ["4.6", false],
    ["4.7", true],
  ];
  for (const [version, isNewer] of made)
    it(`of a project made with ${version} ${isNewer ? "warns of" : "says nothing of"} an engine of 4.6.3`, async (context) => {
      const entries: RawEntry[] = [];
      const onEntry = (entry: RawEntry) => {
        entries.push(entry);
        return entry as LogEntry;
      };
      const project = `[application]\nconfig/features=PackedStringArray("${version}", "Mobile")\n`;
      const { work } = await preparing(context, { onEntry }, new AbortController().signal, {
        script: quick,
        project,
      });
      const { versionWarning } = await work;
      assert.equal(versionWarning !== undefined, isNewer);
      const told = entries.map(({ severity, source, message }) => ({ severity, source, message }));
      assert.deepEqual(
        told,
        isNewer ? [{ severity: "WARN", source: "ENGINE", message: versionWarning }] : [],
      );
    });
});
