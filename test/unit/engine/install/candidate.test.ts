import assert from "node:assert/strict";
import { once } from "node:events";
import { watch } from "node:fs";
import { readFile, utimes } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { checkCandidate } from "../../../../src/engine/install/candidate.ts";
import { ControlError } from "../../../../src/model/control_error.ts";
import { program, saying } from "../../../support/fake_engine.ts";
import { temporaryFolder } from "../../../support/project.ts";

const unusable = (words: RegExp, version?: string) => (error: unknown) => {
  assert.ok(error instanceof ControlError);
  assert.equal(error.reason, "ENGINE_UNUSABLE");
  assert.match(error.message, words);
  assert.equal(error.metadata.engine_version, version);
  return true;
};

test("a Godot that will do", async (t) => {
  const path = await program(
    join(await temporaryFolder(t), "my godot"),
    saying("4.6.3.stable.debian4.6.3+ds-2"),
  );
  assert.deepEqual(await checkCandidate(path), { path, version: "4.6.3.stable" });
});

test("the same file is run once, a changed one again", async (t) => {
  const folder = await temporaryFolder(t);
  const runs = join(folder, "runs");
  const path = await program(join(folder, "godot"), `#!/bin/sh\necho run >> ${runs}\necho 4.6.stable\n`);
  await checkCandidate(path);
  await checkCandidate(path);
  assert.equal(await readFile(runs, "utf8"), "run\n");
  await utimes(path, 1, 1);
  await checkCandidate(path);
  assert.equal(await readFile(runs, "utf8"), "run\nrun\n");
});

test("a file that is missing, a folder, or not executable", async (t) => {
  const folder = await temporaryFolder(t);
  const text = await program(join(folder, "text"), saying("4.6.stable"), 0o644);
  await assert.rejects(
    checkCandidate(join(folder, "missing")),
    unusable(/missing cannot be used: there is no such file/),
  );
  await assert.rejects(
    checkCandidate(join(text, "below")),
    unusable(/below cannot be used: it cannot be reached \(ENOTDIR\)/),
  );
  await assert.rejects(checkCandidate(folder), unusable(/it is a folder/));
  await assert.rejects(checkCandidate(text), unusable(/it is not executable/));
});

const wrong: [name: string, script: string, words: RegExp, version?: string][] = [
  ["Godot 3", saying("3.6.stable.official.de2f0f147"), /it is Godot 3\.6\.stable/, "3.6.stable"],
  ["Godot 4.4", saying("4.4.1.stable.official"), /it is Godot 4\.4\.1\.stable/, "4.4.1.stable"],
  ["another program", "#!/bin/sh\necho Python 3.11.2\n", /not that of a Godot: it says "Python 3\.11\.2"/],
  ["a mute program", "#!/bin/sh\n", /it says nothing/],
  ["a failing program", "#!/bin/sh\necho no display >&2\nexit 3\n", /it says "no display"/],
  ["a missing interpreter", "#!/no/such/interpreter\n", /ENOENT/],
  ["a flood", "#!/bin/sh\nexec yes\n", /it says "y"/],
];

for (const [name, script, words, version] of wrong)
  test(`${name} will not do`, async (t) => {
    const path = await program(join(await temporaryFolder(t), "godot"), script);
    await assert.rejects(checkCandidate(path), unusable(words, version));
  });

test("a program that hangs is killed, and what it started too", async (t) => {
  const path = await program(join(await temporaryFolder(t), "godot"), "#!/bin/sh\nsleep 1000\n");
  await assert.rejects(
    checkCandidate(path, undefined, 100),
    unusable(/did not answer to --version within 0\.1 s/),
  );
});

test("cancelling kills the program, or does not start it", async (t) => {
  const folder = await temporaryFolder(t);
  const started = join(folder, "started");
  const path = await program(join(folder, "godot"), `#!/bin/sh\nmkdir ${started}\nsleep 1000\n`);
  const reason = new Error("enough");
  const cancel = new AbortController();
  const watcher = watch(folder);
  t.after(() => watcher.close());
  const running = checkCandidate(path, cancel.signal);
  await once(watcher, "change");
  cancel.abort(reason);
  await assert.rejects(running, reason);
  await assert.rejects(checkCandidate(path, cancel.signal), reason);
});
