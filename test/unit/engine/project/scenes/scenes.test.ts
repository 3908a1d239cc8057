import assert from "node:assert/strict";
import { mkdir, symlink } from "node:fs/promises";
import { join } from "node:path";
import { describe, type TestContext, test } from "node:test";
import { listScenes, SceneFinder } from "../../../../../src/engine/project/scenes/scenes.ts";
import { descriptorTaker } from "../../../../support/descriptors.ts";
import { sceneFile, temporaryFolder, temporaryProject, writeFiles } from "../../../../support/project.ts";

const project = (t: TestContext) =>
  temporaryProject(t, {
    "main.tscn": sceneFile("Main", { uid: "uid://main" }),
    "levels/One.tscn": sceneFile("One"),
    "levels/two.scn": "RSRC\0binary",
    ".hidden/a.tscn": sceneFile("A"),
    "script.gd": "extends Node\n",
  });

test("scenes are listed by path, with uid and size", async (t) => {
  const { scenes } = await listScenes(await project(t));
  assert.deepEqual(
    scenes.map(({ path, uid, size }) => [path, uid, size]),
    [
      ["res://levels/One.tscn", undefined, sceneFile("One").length],
      ["res://levels/two.scn", undefined, 11],
      ["res://main.tscn", "uid://main", sceneFile("Main", { uid: "uid://main" }).length],
    ],
  );
});

test("only what can be loaded is listed: some names are no paths to Godot", async (t) => {
  const scene = sceneFile("A");
  const root = await temporaryProject(t, {
    "a::b.tscn": scene,
    "back\\slash.tscn": scene,
    "c::d/a.tscn": scene,
    "trail..tscn": scene,
  });
  await symlink(".", join(root, "up::link"));
  await symlink("c::d", join(root, "link"));
  const { scenes, leftOut } = await listScenes(root);
  assert.deepEqual(
    [scenes.map(({ path }) => path), leftOut],
    [["res://link/a.tscn", "res://trail..tscn"], 0],
  );
  assert.equal(await new SceneFinder(root).resolve("res://trail..tscn"), "res://trail..tscn");
});

test("a uid that is not in the first line is another resource's", async (t) => {
  const text =
    '[gd_scene format=3]\n\n[ext_resource type="Script" uid="uid://other" path="res://a.gd" id="1"]\n';
  const root = await temporaryProject(t, { "a.tscn": text });
  assert.equal((await listScenes(root)).scenes[0]?.uid, undefined);
});

test("a scene that is there is found by its path and by its uid", async (t) => {
  const root = await project(t);
  assert.equal(await new SceneFinder(root).resolve("res://main.tscn"), "res://main.tscn");
  assert.equal(await new SceneFinder(root).resolve("res://levels/two.scn"), "res://levels/two.scn");
  assert.equal(await new SceneFinder(root).resolve("uid://main"), "res://main.tscn");
});

describe("no scene can be named by", () => {
  const cases = [
    "",
    "main.tscn",
    "/etc/main.tscn",
    "user://main.tscn",
    "RES://main.tscn",
    "res:/main.tscn",
    "res://",
    "res://../main.tscn",
    "res://\ud800.tscn",
    "res://levels/../main.tscn",
    "res://levels/../../main.tscn",
    "res://./main.tscn",
    "res:///main.tscn",
    "res://levels//One.tscn",
    "res://levels\\One.tscn",
    "res://levels::One.tscn",
    "res://..\\main.tscn",
    "res://main.tscn\0",
    "res://main.tscn\0.gd",
    "uid://main\0",
    "res://script.gd",
    "res://main.tscn.remap",
    "res://main.tscn\n",
    "res://levels",
    "file:///main.tscn",
  ];
  for (const given of cases)
    test(JSON.stringify(given), async (t) => {
      await assert.rejects(new SceneFinder(await project(t)).resolve(given), {
        reason: "INVALID_SCENE_PATH",
        metadata: { scene_path: given },
      });
    });
});

test("a missing scene is not found, under the path that was asked for", async (t) => {
  const root = await project(t);
  for (const given of ["res://other.tscn", "res://levels/main2.tscn", "uid://other"])
    await assert.rejects(new SceneFinder(root).resolve(given), (error: Error & { reason?: string }) => {
      assert.equal(error.reason, "SCENE_NOT_FOUND");
      return error.message.includes(`No scene ${given} in`) && !error.message.includes("Did you mean");
    });
});

test("a scene of the same name is proposed, whatever its folder and its case", async (t) => {
  const root = await project(t);
  const cases = [
    ["res://One.tscn", "res://levels/One.tscn"],
    ["res://levels/one.tscn", "res://levels/One.tscn"],
    ["res://scenes/Main.tscn", "res://main.tscn"],
  ];
  for (const [given, similar] of cases)
    await assert.rejects(new SceneFinder(root).resolve(given ?? ""), {
      reason: "SCENE_NOT_FOUND",
      message: new RegExp(`Did you mean ${similar}\\?`),
    });
});

test("a link that leads out of the project is refused, file or folder", async (t) => {
  const outside = await temporaryFolder(t);
  await writeFiles(outside, { "a.tscn": sceneFile("A") });
  const root = await project(t);
  await symlink(join(outside, "a.tscn"), join(root, "file.tscn"));
  await symlink(outside, join(root, "folder"));
  for (const given of ["res://file.tscn", "res://folder/a.tscn"])
    await assert.rejects(new SceneFinder(root).resolve(given), {
      reason: "INVALID_SCENE_PATH",
      message: /leads out of the project/,
    });
});

test("a folder beside the project whose name begins like its own is outside", async (t) => {
  const folder = await temporaryFolder(t);
  await writeFiles(folder, { "game2/a.tscn": sceneFile("A"), "game/project.godot": "" });
  const root = join(folder, "game");
  await symlink("../game2/a.tscn", join(root, "a.tscn"));
  await assert.rejects(new SceneFinder(root).resolve("res://a.tscn"), { reason: "INVALID_SCENE_PATH" });
});

test("those who ask for scenes that are not there share a look at the project, however many they are", async (t) => {
  const root = await project(t);
  let looks = 0;
  const finder = new SceneFinder(root, undefined, async () => {
    looks += 1;
    return [{ path: "levels/One.tscn", size: 1, mtimeMs: 0 }];
  });
  const asked = Array.from({ length: 1000 }, () => finder.resolve("uid://none"));
  for (const { status } of await Promise.allSettled(asked)) assert.equal(status, "rejected");
  assert.ok(looks <= 2, `${looks} looks`);
  await assert.rejects(finder.resolve("res://elsewhere/one.tscn"), /res:\/\/levels\/One\.tscn/);
});

test("a look for a scene ends with the project", async (t) => {
  const closed = new Error("closed");
  const finder = new SceneFinder(await project(t), AbortSignal.abort(closed));
  await assert.rejects(finder.resolve("res://none.tscn"), closed);
  await assert.rejects(finder.resolve("uid://none"), closed);
});

test("links inside the project are followed, and the project itself may be one", async (t) => {
  const root = await project(t);
  await symlink("main.tscn", join(root, "alias.tscn"));
  const link = join(await temporaryFolder(t), "link");
  await symlink(root, link);
  assert.equal(await new SceneFinder(link).resolve("res://alias.tscn"), "res://alias.tscn");
});

test("a uid does not lead out of the project", async (t) => {
  const outside = await temporaryFolder(t);
  await writeFiles(outside, { "a.tscn": sceneFile("A", { uid: "uid://out" }) });
  const root = await temporaryProject(t, {});
  await symlink(outside, join(root, "folder"));
  await assert.rejects(new SceneFinder(root).resolve("uid://out"), { reason: "INVALID_SCENE_PATH" });
});

test("a folder is no scene, and a hidden file is not in the project", async (t) => {
  const root = await temporaryProject(t, { ".godot/a.tscn": sceneFile("A") });
  await mkdir(join(root, "a.tscn"));
  await assert.rejects(new SceneFinder(root).resolve("res://a.tscn"), { reason: "SCENE_NOT_FOUND" });
  await assert.rejects(new SceneFinder(root).resolve("res://.godot/a.tscn"), { reason: "SCENE_NOT_FOUND" });
});

test("a folder behind a link is listed under its own path too", async (t) => {
  const root = await temporaryProject(t, { "deep/er/real/a.tscn": sceneFile("A") });
  await symlink("deep/er/real", join(root, "link"));
  assert.deepEqual(
    (await listScenes(root)).scenes.map(({ path }) => path),
    ["res://deep/er/real/a.tscn", "res://link/a.tscn"],
  );
});

test("of more scenes than are listed, the first by path are, and the others counted; a uid finds each", async (t) => {
  const files = [..."dcab"].map((name) => [`${name}.tscn`, sceneFile("A", { uid: `uid://${name}` })]);
  const root = await temporaryProject(t, Object.fromEntries(files));
  const { scenes, leftOut } = await listScenes(root, undefined, 3);
  assert.deepEqual(
    scenes.map(({ path }) => path),
    ["res://a.tscn", "res://b.tscn", "res://c.tscn"],
  );
  assert.equal(leftOut, 1);
  assert.equal((await listScenes(root)).leftOut, 0);
  assert.equal(await new SceneFinder(root).resolve("uid://d"), "res://d.tscn");
});

test("many scenes are listed with few descriptors, and with none left the listing fails", async (t) => {
  const takeAll = await descriptorTaker();
  if (!takeAll) return t.skip("This machine has no prlimit.");
  const files = Array.from({ length: 500 }, (_, n) => [`${n}.tscn`, sceneFile("A", { uid: `uid://a${n}` })]);
  const root = await temporaryProject(t, Object.fromEntries(files));
  const { scenes } = await listScenes(root);
  assert.equal(scenes.length, 500);
  assert.deepEqual(
    scenes.filter(({ uid }) => uid === undefined),
    [],
  );
  const giveBack = takeAll();
  const listing = listScenes(root);
  await listing.catch(() => {});
  giveBack();
  await assert.rejects(listing, { code: "EMFILE" });
});
