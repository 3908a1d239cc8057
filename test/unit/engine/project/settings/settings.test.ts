import assert from "node:assert/strict";
import { mkdir, symlink, truncate, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, type TestContext, test } from "node:test";
import { demoProject } from "../../../../../src/config/check.ts";
import { readProjectSettings } from "../../../../../src/engine/project/settings/settings.ts";
import { temporaryFolder, temporaryProject } from "../../../../support/project.ts";

const settingsOf = async (t: TestContext, text: string) =>
  readProjectSettings(await temporaryProject(t, { "project.godot": text }));

test("the demo's settings are read", async () => {
  assert.deepEqual(await readProjectSettings(demoProject), {
    name: "godot-control demo",
    version: { major: 4, minor: 5 },
    usesDotNet: false,
    mainScene: "res://demo/main.tscn",
  });
});

test("a project may have neither a name nor a main scene", async (t) => {
  const nothing = { name: undefined, version: undefined, usesDotNet: false, mainScene: undefined };
  assert.deepEqual(await settingsOf(t, ""), nothing);
  assert.deepEqual(await settingsOf(t, 'config_version=5\n[application]\nrun/main_scene=""\n'), nothing);
});

test("a main scene may be a uid, and a StringName", async (t) => {
  const text = '[application]\nconfig/name=&"A"\nrun/main_scene="uid://abc"\n';
  assert.deepEqual(await settingsOf(t, text), {
    name: "A",
    version: undefined,
    usesDotNet: false,
    mainScene: "uid://abc",
  });
});

test("a project says whether it has scripts in C#", async (t) => {
  const text = '[application]\nconfig/features=PackedStringArray("4.6", "C#", "Forward Plus")\n';
  const { version, usesDotNet } = await settingsOf(t, text);
  assert.deepEqual([version, usesDotNet], [{ major: 4, minor: 6 }, true]);
});

test("a project that keeps its imports where they are seen is refused, saying which setting does it", async (t) => {
  const text = "[application]\nconfig/use_hidden_project_data_directory=false\n";
  await assert.rejects(settingsOf(t, text), {
    reason: "PROJECT_INVALID",
    message: /in godot\/ and not in \.godot\/.*remove application\/config\/use_hidden_project_data_directory/,
  });
  await settingsOf(t, text.replace("false", "true"));
});

test("a key counts in its own section only, and the last one wins", async (t) => {
  const text =
    '[other]\nrun/main_scene="res://no.tscn"\n[application]\nrun/main_scene="res://a.tscn"\nrun/main_scene="res://b.tscn"\n';
  assert.equal((await settingsOf(t, text)).mainScene, "res://b.tscn");
});

test("comments, a byte order mark, Windows line breaks and values over many lines are understood", async (t) => {
  const text = [
    "\ufeff; a comment",
    "config_version=5",
    "",
    "[input]",
    "jump={",
    '"deadzone": 0.2,',
    '"events": [Object(InputEventKey,"device":-1)',
    "]",
    "}",
    '"a key with blanks"=PackedStringArray("a [", "b")',
    'text="over',
    'two \\" lines [',
    '"',
    "[application]",
    'run/main_scene="res://a.tscn"',
  ].join("\r\n");
  assert.equal((await settingsOf(t, text)).mainScene, "res://a.tscn");
});

test("a comment may follow a value, and a string has its escapes decoded", async (t) => {
  const text =
    '[application]\nconfig/name="The \\"Two\\"\\nof us" ; draft [1\nrun/main_scene="res://c.tscn" ; note\n';
  const { name, mainScene } = await settingsOf(t, text);
  assert.deepEqual([name, mainScene], ['The "Two"\nof us', "res://c.tscn"]);
});

describe("the version is the first feature that looks like one:", () => {
  const cases: [features: string, version: { major: number; minor: number } | undefined][] = [
    ['PackedStringArray("4.7", "Forward Plus")', { major: 4, minor: 7 }],
    ['PackedStringArray("C#", "4.10", "4.2")', { major: 4, minor: 10 }],
    ['["4.4"]', { major: 4, minor: 4 }],
    ['PackedStringArray("Mobile")', undefined],
    ["PackedStringArray()", undefined],
    ['"4.6"', undefined],
  ];
  for (const [features, version] of cases)
    test(features, async (t) => {
      const text = `[application]\nconfig/features=${features}\n`;
      assert.deepEqual((await settingsOf(t, text)).version, version);
    });
});

describe("what is wrong is named:", () => {
  const cases: [text: string, problem: RegExp][] = [
    ["config_version=4\n", /is of format 4, which is Godot 3's or older; convert it first/],
    ["config_version=5\nthis is nothing\n", /line 2 of its project.godot is neither a section nor a setting/],
    ["\0\x01\x02 binary", /line 1 of its project.godot is neither/],
    ['[a]\n\nname="never\nclosed', /line 3 of its project.godot is never closed/],
    ["[a]\nname={\n[b]\n", /line 2 of its project.godot is never closed/],
  ];
  for (const [text, problem] of cases)
    test(`${problem}`, async (t) => {
      await assert.rejects(settingsOf(t, text), { reason: "PROJECT_INVALID", message: problem });
    });

  test("a missing folder", async (t) => {
    const folder = join(await temporaryFolder(t), "nowhere");
    await assert.rejects(readProjectSettings(folder), {
      reason: "PROJECT_INVALID",
      message: /does not exist/,
    });
  });

  test("a file in place of the folder", async (t) => {
    const file = join(await temporaryProject(t, {}), "project.godot");
    await assert.rejects(readProjectSettings(file), {
      reason: "PROJECT_INVALID",
      message: /its folder is a file/,
    });
  });

  test("a folder that cannot be looked at", async (t) => {
    const below = join(await temporaryProject(t, {}), "project.godot", "below");
    await assert.rejects(readProjectSettings(below), { message: /its folder cannot be read \(ENOTDIR\)/ });
  });

  test("whose path has a backslash", { skip: process.platform === "win32" }, async (t) => {
    const folder = join(await temporaryFolder(t), "a\\b");
    await mkdir(folder);
    await assert.rejects(readProjectSettings(folder), { message: /has a backslash in it/ });
  });

  test("an empty folder", async (t) => {
    const folder = await temporaryFolder(t);
    await assert.rejects(readProjectSettings(folder), { message: /has no project.godot/ });
  });

  test("a project.godot that is no file, or a link to a device", async (t) => {
    for (const make of [mkdir, (path: string) => symlink("/dev/zero", path)]) {
      const folder = await temporaryFolder(t);
      await make(join(folder, "project.godot"));
      await assert.rejects(readProjectSettings(folder), { message: /its project.godot is not a file/ });
    }
  });

  test("a project.godot that cannot be read", async (t) => {
    const folder = await temporaryFolder(t);
    await symlink("project.godot", join(folder, "project.godot"));
    await assert.rejects(readProjectSettings(folder), { message: /cannot be read \(ELOOP\)/ });
  });

  test("a project.godot of more than 4 MiB", async (t) => {
    const folder = await temporaryFolder(t);
    await writeFile(join(folder, "project.godot"), "");
    await truncate(join(folder, "project.godot"), 4 * 2 ** 20 + 1);
    await assert.rejects(readProjectSettings(folder), { message: /is larger than 4 MiB/ });
  });
});

test("a missing project is named without its absolute path", async (t) => {
  const root = join(await temporaryFolder(t), "nowhere");
  await assert.rejects(readProjectSettings(root), (error: Error) => !error.message.includes(root));
});

test("a value of many lines is read in one pass", { timeout: 10_000 }, async (t) => {
  // Reading it anew for each line would take minutes.
  const text = `[a]\nx="\n${"abc def ghi\n".repeat(200_000)}`;
  await assert.rejects(settingsOf(t, text), /line 2 of its project.godot is never closed/);
});

test("override.cfg stands above the project's settings, and this system's value above that for all", async (t) => {
  const feature = process.platform === "darwin" ? "macos" : "linux";
  const mainScene = async (own: string, override?: string) => {
    const root = await temporaryProject(t, {
      "project.godot": `config_version=5\n\n[application]\n\n${own}`,
      ...(override !== undefined && { "override.cfg": override }),
    });
    return (await readProjectSettings(root)).mainScene;
  };
  const a = 'run/main_scene="res://a.tscn"\n';
  assert.equal(await mainScene(a, '[application]\nrun/main_scene="res://b.tscn"\n'), "res://b.tscn");
  assert.equal(await mainScene(`${a}run/main_scene.${feature}="res://c.tscn"\n`), "res://c.tscn");
  assert.equal(await mainScene(`${a}run/main_scene.windows="res://c.tscn"\n`), "res://a.tscn");
  assert.equal(await mainScene(a, "[application"), "res://a.tscn");
  const debug = 'run/main_scene.debug="res://d.tscn"\n';
  assert.equal(await mainScene(a, `[application]\n${debug}`), "res://d.tscn");
  // As Godot 4.6.3 does it: the first of those that hold.
  assert.equal(await mainScene(`${a}${debug}run/main_scene.${feature}="res://c.tscn"\n`), "res://d.tscn");
  assert.equal(
    await mainScene(`${a}config/project_settings_override="res://override.cfg"\n`, `[application]\n${debug}`),
    "res://d.tscn",
  );
});
