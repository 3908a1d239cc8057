/** Which version a managed install is of, and --godot-version. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { describe, type TestContext, test } from "node:test";
import { readConfig } from "../../../../src/config/read.ts";
import { type FindOptions, findEngine } from "../../../../src/engine/install/find.ts";
import { installEngine } from "../../../../src/engine/install/install.ts";
import { releaseFor } from "../../../../src/engine/install/release.ts";
import { parseWanted } from "../../../../src/engine/install/version.ts";
import { Project } from "../../../../src/engine/project/project.ts";
import { prepare } from "../../../../src/engine/supervisor/preparation.ts";
import type { LogEntry } from "../../../../src/model/log_entry.ts";
import { program, saying } from "../../../support/fake_engine.ts";
import { temporaryFolder, writeFiles } from "../../../support/project.ts";
import { releaseServer } from "../../../support/release_server.ts";

/** An empty cache, a PATH of one folder (so that there is no apt either), and a server of these releases. */
async function machine(t: TestContext, releases: readonly string[]) {
  const folder = await temporaryFolder(t);
  const usual = process.env.PATH;
  process.env.PATH = join(folder, "bin");
  t.after(() => {
    process.env.PATH = usual;
  });
  const { url, asked } = await releaseServer(t, releases);
  const lines: string[] = [];
  const options: FindOptions = {
    cacheDir: join(folder, "cache"),
    downloadUrl: url,
    install: true,
    onProgress: (line) => lines.push(line),
  };
  const installed = async (version: string) => {
    await installEngine({ ...options, wanted: parseWanted(version) });
    asked.length = 0;
    lines.length = 0;
  };
  return { folder, options, asked, lines, installed };
}

const project = (minor: number) => ({ projectVersion: { major: 4, minor } });

test("the release of a version is its newest known patch, or the one that is named", () => {
  const cases = { "4.5": "4.5.1", "4.6": "4.6.3", "4.7": "4.7", "4.6.1": "4.6.1", "4.6.0": "4.6" };
  for (const [version, release] of Object.entries(cases))
    assert.equal(releaseFor(parseWanted(version)), release);
});

describe("A project is prepared with a Godot of its own version:", () => {
  const cases: [project: string, engine: string][] = [
    ["4.4", "4.6.3.stable"],
    ["4.5", "4.5.1.stable"],
    ["4.6", "4.6.3.stable"],
    ["4.7", "4.7.stable"],
  ];
  for (const [version, expected] of cases)
    test(`one of ${version} with ${expected}`, async (t) => {
      const { folder, options } = await machine(t, ["4.5.1", "4.6.3", "4.7"]);
      await writeFiles(join(folder, "game"), {
        "project.godot": `[application]\nconfig/features=PackedStringArray("${version}", "Mobile")\n`,
        ".godot/global_script_class_cache.cfg": "list=[]\n",
      });
      const { cacheDir, downloadUrl } = options;
      const config = readConfig(
        [`--project-path=${folder}/game`, `--cache-dir=${cacheDir}`, `--download-url=${downloadUrl}`],
        {},
      );
      const files = new Project(config.projectPath, cacheDir);
      t.after(() => files.close());
      const { engine, versionWarning } = await prepare(config, files, new AbortController().signal, {
        onActivity() {},
        onEntry: (entry) => entry as LogEntry,
      });
      assert.equal(engine.version, expected);
      assert.equal(versionWarning, undefined);
    });
});

test("where its version cannot be reached, the default is taken, with a word, and without asking again", async (t) => {
  const { options, asked, lines } = await machine(t, ["4.6.3"]);
  const engine = await findEngine({ ...options, ...project(7) });
  assert.equal(engine.version, "4.6.3.stable");
  assert.equal(lines.at(-1), "The project's own Godot 4.7 could not be installed: taking 4.6.3.stable");
  assert.deepEqual(asked, ["4.7", "4.6.3"]);
  assert.deepEqual(await findEngine({ ...options, ...project(7) }), engine);
  assert.deepEqual(asked, ["4.7", "4.6.3"]);
});

test("an install of the project's version comes before a later one", async (t) => {
  const { options, asked, installed } = await machine(t, ["4.5.1", "4.6.3"]);
  await installed("4.5");
  await installed("4.6");
  for (const install of [true, false]) {
    assert.equal((await findEngine({ ...options, install, ...project(5) })).version, "4.5.1.stable");
    assert.equal((await findEngine({ ...options, install, ...project(6) })).version, "4.6.3.stable");
  }
  assert.deepEqual(asked, []);
});

test("beside an install of another version, the project's is made; where it cannot be, the other is used", async (t) => {
  const { options, asked, lines, installed } = await machine(t, ["4.5.1", "4.6.3"]);
  await installed("4.6");
  for (let starts = 0; starts < 3; starts += 1)
    assert.equal((await findEngine({ ...options, ...project(8) })).version, "4.6.3.stable");
  assert.deepEqual(asked, ["4.8"]);
  assert.equal(lines.filter((line) => line.includes("could not be installed")).length, 1);
  assert.equal((await findEngine({ ...options, ...project(5) })).version, "4.5.1.stable");
  assert.equal((await findEngine({ ...options, ...project(6) })).version, "4.6.3.stable");
});

test("with --no-install, another version is used as it is", async (t) => {
  const { options, asked, installed } = await machine(t, ["4.6.3"]);
  await installed("4.6");
  const engine = await findEngine({ ...options, install: false, ...project(7) });
  assert.equal(engine.version, "4.6.3.stable");
  assert.deepEqual(asked, []);
});

describe("--godot-version", () => {
  test("passes over others on the PATH, and installs the one", async (t) => {
    const { folder, options, asked, lines } = await machine(t, ["4.6.1"]);
    await program(join(folder, "bin", "godot"), saying("4.6.3.stable"));
    const found = await findEngine({ ...options, godotVersion: "4.6.1", ...project(6) });
    assert.equal(found.version, "4.6.1.stable");
    assert.equal(
      lines[0],
      "Passed over: godot on the PATH is Godot 4.6.3.stable, and --godot-version asks for 4.6.1",
    );
    assert.deepEqual(await findEngine({ ...options, godotVersion: "4.6.1" }), found);
    assert.deepEqual(asked, ["4.6.1"]);
  });

  test("takes any patch of a minor version on the PATH", async (t) => {
    const { folder, options } = await machine(t, []);
    await program(join(folder, "bin", "godot"), saying("4.7.stable"));
    const path = await program(join(folder, "bin", "godot4"), saying("4.6.2.stable"));
    assert.equal((await findEngine({ ...options, godotVersion: "4.6" })).path, path);
  });

  test("fails where it cannot be had, naming what was tried", async (t) => {
    const { folder, options, installed } = await machine(t, ["4.6.3"]);
    await installed("4.6");
    await program(join(folder, "bin", "godot"), saying("4.6.3.stable"));
    const words =
      /: Godot 4\.7 is asked for with --godot-version; godot on the PATH is Godot 4\.6\.3\.stable; godotengine\.org \(4\.7\): .* HTTP status 404; Debian: there is no dpkg/;
    const asking = { ...options, godotVersion: "4.7" };
    await assert.rejects(findEngine(asking), { reason: "ENGINE_NOT_FOUND", message: words });
    await assert.rejects(findEngine({ ...asking, install: false }), {
      reason: "ENGINE_NOT_FOUND",
      message: /Godot 4\.7 is asked for .*; installing is forbidden by --no-install/,
    });
  });

  test("refuses another one that --godot-path names", async (t) => {
    const { folder, options } = await machine(t, []);
    const godotPath = await program(join(folder, "mine"), saying("4.6.3.stable"));
    await assert.rejects(findEngine({ ...options, godotPath, godotVersion: "4.7" }), {
      reason: "ENGINE_UNUSABLE",
      message: /it is Godot 4\.6\.3\.stable, and --godot-version asks for 4\.7/,
    });
    assert.equal((await findEngine({ ...options, godotPath, godotVersion: "4.6.3" })).path, godotPath);
  });
});
