import assert from "node:assert/strict";
import { access, chown, readdir, readFile, stat, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, test } from "node:test";
import { execa } from "execa";
import { addon, withAutoload, withoutAutoload } from "../../../src/cli/addon.ts";
import { UsageError } from "../../../src/config/config.ts";
import { readConfigFile } from "../../../src/engine/project/settings/config_file.ts";
import { projectGodot, temporaryFolder, temporaryProject } from "../../support/project.ts";

const line = 'GodotControl="*res://addons/godot_control/autoload.gd"';

const shapes: Record<string, string> = {
  "a small one": 'config_version=5\n\n[application]\n\nconfig/name="A"\n',
  "one with comments and a dictionary":
    '; Engine configuration file.\n\nconfig_version=5\n\n[input]\n\njump={\n"deadzone": 0.2,\n"events": []\n}\n',
  "one with autoloads in the middle":
    'config_version=5\n\n[autoload]\n\nA="*res://a.gd"\nB="res://b.gd"\n\n[display]\n\nwindow/size/viewport_width=640\n',
  "one with autoloads at the end": 'config_version=5\n\n[autoload]\n\nA="*res://a.gd"\n',
  "one with Windows line breaks": 'config_version=5\r\n\r\n[autoload]\r\n\r\nA="*res://a.gd"\r\n',
  "one with Windows line breaks and no autoloads": "config_version=5\r\n",
  "one with an empty section": "config_version=5\n\n[autoload]\n\n[display]\n\nx=1\n",
  "one without a line break at its end": "config_version=5",
  "one with many line breaks at its end": "config_version=5\n\n\n",
  "one with autoloads and no blank line": 'config_version=5\n[autoload]\nA="*res://a.gd"\n[display]\nx=1\n',
};

describe("installing and removing leaves it as it was:", () => {
  for (const [name, text] of Object.entries(shapes))
    test(name, () => {
      const installed = withAutoload(text);
      assert.notEqual(installed, text);
      assert.equal(withoutAutoload(installed), text);
    });
});

test("the autoload comes into the section there is", () => {
  assert.equal(
    withAutoload('config_version=5\n\n[autoload]\n\nA="*res://a.gd"\n'),
    `config_version=5\n\n[autoload]\n\n${line}\nA="*res://a.gd"\n`,
  );
});

test("what looks like a section within a text is none", () => {
  const text = 'config/description="hello\n[autoload]\nworld"\n';
  const changed = withAutoload(text);
  assert.ok(changed.startsWith(text));
  assert.equal(
    readConfigFile(changed).get("autoload/GodotControl"),
    "*res://addons/godot_control/autoload.gd",
  );
  assert.equal(withoutAutoload(changed), text);
});

test("an autoload that was switched off in the editor is taken out too", () => {
  const text = '[autoload]\n\nOther="*res://other.gd"\n';
  const off = withAutoload(text).replace('GodotControl="*', 'GodotControl="');
  assert.notEqual(off, text);
  assert.equal(withoutAutoload(off), text);
  assert.equal(withAutoload(off), withAutoload(text), "and is switched on by an installation");
});

test("an autoload that the editor has written by its uid is the addon's too", async () => {
  const source = join(import.meta.dirname, "../../../godot-addon/addons/godot_control/autoload.gd.uid");
  const text = '[autoload]\n\nOther="*res://other.gd"\n';
  const uid = (await readFile(source, "utf8")).trim();
  const byUid = withAutoload(text).replace("res://addons/godot_control/autoload.gd", uid);
  assert.match(byUid, /^GodotControl="\*uid:/m);
  assert.equal(withAutoload(byUid), byUid);
  assert.equal(withoutAutoload(byUid), text);
});

test("where there is no section, it gets one at the end", () => {
  assert.equal(withAutoload("config_version=5\n"), `config_version=5\n\n[autoload]\n\n${line}\n`);
});

test("installing twice is installing once", () => {
  for (const text of Object.values(shapes))
    assert.equal(withAutoload(withAutoload(text)), withAutoload(text));
});

test("removing what is not there changes nothing", () => {
  for (const text of Object.values(shapes)) assert.equal(withoutAutoload(text), text);
});

test("the command puts the addon into a project, and takes it out again", async (t) => {
  t.mock.method(process.stdout, "write", () => true);
  const text = projectGodot({ mainScene: "res://main.tscn" });
  const project = await temporaryProject(t, { "project.godot": `${text.trimEnd()}\n` });
  const script = join(project, "addons/godot_control/autoload.gd");
  assert.equal(await addon(["install", project]), 0);
  await access(script);
  assert.ok((await readFile(join(project, "project.godot"), "utf8")).includes(line));
  assert.equal(await addon(["remove", project]), 0);
  await assert.rejects(access(script), { code: "ENOENT" });
  assert.equal(await readFile(join(project, "project.godot"), "utf8"), `${text.trimEnd()}\n`);
});

test("what a user has put into the addon's folder stays, and is told of", async (t) => {
  const { mock } = t.mock.method(process.stdout, "write", () => true);
  const project = await temporaryProject(t, {});
  const folder = join(project, "addons/godot_control");
  await addon(["install", project]);
  await writeFile(join(folder, "http/mine.gd"), "extends Node\n");
  assert.equal(await addon(["remove", project]), 0);
  assert.deepEqual(await readdir(folder, { recursive: true }), ["http", "http/mine.gd"]);
  const written = mock.calls.map(({ arguments: [line] }) => String(line)).join("");
  assert.match(written, /addons\/godot_control has files that are not the addon's, and stays/);
});

test("project.godot keeps its owner", { skip: process.getuid?.() !== 0 }, async (t) => {
  t.mock.method(process.stdout, "write", () => true);
  const project = await temporaryProject(t, {});
  const settings = join(project, "project.godot");
  await chown(settings, 1234, 1235);
  await addon(["install", project]);
  const { uid, gid } = await stat(settings);
  assert.deepEqual([uid, gid], [1234, 1235]);
});

test("removing what is not installed says so, and writes nothing", async (t) => {
  const { mock } = t.mock.method(process.stdout, "write", () => true);
  const project = await temporaryProject(t, {});
  const settings = join(project, "project.godot");
  const { mtimeMs } = await stat(settings);
  assert.equal(await addon(["remove", project]), 0);
  // The test runner writes there too.
  const written = mock.calls.map(({ arguments: [line] }) => line);
  assert.ok(written.includes(`Nothing to remove: the addon is not installed in ${project}.\n`));
  assert.equal((await stat(settings)).mtimeMs, mtimeMs);
});

test("a folder that is no project is left alone", async (t) => {
  const folder = await temporaryFolder(t);
  await assert.rejects(addon(["install", folder]), { reason: "PROJECT_INVALID" });
  await assert.rejects(access(join(folder, "addons")), { code: "ENOENT" });
});

test("anything but install PROJECT or remove PROJECT is a usage error", async () => {
  for (const args of [[], ["install"], ["update", "."], ["install", ".", "more"]])
    await assert.rejects(addon(args), UsageError);
});

test("bytes that are no UTF-8 stay as they are", async (t) => {
  const project = await temporaryProject(t, {});
  const path = join(project, "project.godot");
  const before = Buffer.concat([await readFile(path), Buffer.from("\n; caf\xe9 \xff\n", "latin1")]);
  await writeFile(path, before);
  await addon(["install", project]);
  await addon(["remove", project]);
  assert.deepEqual(await readFile(path), before);
});

test("an autoload of the project's own that has the addon's name is not overridden", async (t) => {
  const settings = projectGodot({ more: '\n[autoload]\n\nGodotControl="*res://mine.gd"\n' });
  const project = await temporaryProject(t, { "project.godot": settings });
  await assert.rejects(addon(["install", project]), /an autoload of its own called GodotControl/);
  assert.equal(await readFile(join(project, "project.godot"), "utf8"), settings);
  await assert.rejects(access(join(project, "addons")));
});

test("a line of a text that looks like the addon's autoload is no autoload", async (t) => {
  const settings = projectGodot({ more: 'config/description="One\nGodotControl=two\nthree"\n' });
  const project = await temporaryProject(t, { "project.godot": settings });
  await addon(["install", project]);
  await addon(["remove", project]);
  assert.equal(await readFile(join(project, "project.godot"), "utf8"), settings);
});

test("a link at the addon's place is not followed", async (t) => {
  const shared = await temporaryFolder(t);
  await writeFile(join(shared, "autoload.gd"), "extends Node\n");
  const project = await temporaryProject(t, { "addons/other.txt": "" });
  await symlink(shared, join(project, "addons/godot_control"));
  for (const action of ["install", "remove"])
    await assert.rejects(addon([action, project]), /has a link at addons\/godot_control; remove that first/);
  assert.deepEqual(await readdir(shared), ["autoload.gd"]);
});

test("another folder of the addon's name is not touched", async (t) => {
  const project = await temporaryProject(t, { "addons/godot_control/keep.txt": "mine" });
  for (const action of ["install", "remove"])
    await assert.rejects(addon([action, project]), /has something else in addons\/godot_control; move that/);
  assert.equal(await readFile(join(project, "addons/godot_control/keep.txt"), "utf8"), "mine");
});

test("where nothing can be written, that is said, and project.godot stays whole", async (t) => {
  const project = await temporaryProject(t, { addons: "a file" });
  const before = await readFile(join(project, "project.godot"), "utf8");
  await assert.rejects(addon(["install", project]), /could not be changed \(E\w+\): look at its rights/);
  assert.equal(await readFile(join(project, "project.godot"), "utf8"), before);
});

test("a full disk leaves project.godot as it was", async (t) => {
  const project = await temporaryProject(t, {});
  const path = join(project, "project.godot");
  const before = await readFile(path, "utf8");
  const main = join(import.meta.dirname, "../../../src/main.ts");
  const command = `ulimit -f 0; exec "$0" "$1" addon remove "$2"`;
  await addon(["install", project]);
  const installed = await readFile(path, "utf8");
  const { exitCode } = await execa("sh", ["-c", command, process.execPath, main, project], { reject: false });
  assert.notEqual(exitCode, 0);
  assert.equal(await readFile(path, "utf8"), installed);
  await access(join(project, "addons/godot_control/autoload.gd"));
  await addon(["remove", project]);
  assert.equal(await readFile(path, "utf8"), before);
});
