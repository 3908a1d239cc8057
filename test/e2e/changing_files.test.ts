/** A load that an edit makes fail, or that files change under; and what a load tells on its way. */
import assert from "node:assert/strict";
import { rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, it } from "node:test";
import { ErrorReason } from "#gen/error_pb.js";
import { EngineAction, LoadStage } from "#gen/scene_pb.js";
import { failure } from "../support/expect.ts";
import { importedProject, sceneFile, temporaryProject, writeFiles } from "../support/project.ts";
import { broken, inShort, load, parseError, ready, scripted } from "../support/scenes.ts";
import { startServer } from "../support/server.ts";

describe("A load that fails after an edit has restarted the engine", async () => {
  const corrupt = "[gd_scene format=3]\n\n[node name=";

  it("puts the scene before it back, and says what is current", async (context) => {
    const folder = await importedProject(context, {
      "main.tscn": sceneFile("Main"),
      "level.tscn": sceneFile("Level"),
    });
    const test = await startServer(context, folder);
    await load(test, "main");
    await writeFile(join(folder, "level.tscn"), corrupt);
    const { message, detail } = await failure(load(test, "level"));
    assert.equal(detail?.reason, ErrorReason.SCENE_BROKEN);
    assert.match(message, /^res:\/\/level\.tscn could not be loaded; res:\/\/main\.tscn is current\. /);
    assert.equal((await test.scene.getCurrentScene({})).scene?.path, "res://main.tscn");
  });

  it("tells all that is wrong with both, however often it is asked, where they share a broken script", async (context) => {
    const uses = `extends Node2D\n\nconst Broken = preload("broken.gd")\n`;
    const { "level.tscn": level = "", ...scripts } = scripted("level", uses);
    const folder = await importedProject(context, {
      ...scripts,
      ...scripted("main", uses),
      "broken.gd": ready("pass"),
      "level.tscn": level,
    });
    const test = await startServer(context, folder);
    await load(test, "main");
    await writeFiles(folder, { "broken.gd": broken, "level.tscn": `${level}\n[node name=` });
    const first = await failure(load(test, "level"));
    assert.match(inShort(first.detail?.logTail ?? [])[0] ?? "", parseError);
    assert.match(first.message, /; res:\/\/main\.tscn is current\. /);
    const again = await failure(load(test, "level"));
    assert.deepEqual(inShort(again.detail?.logTail ?? []), inShort(first.detail?.logTail ?? []));
    const { health } = await test.godot.getHealth({});
    assert.equal(health?.scene?.path, "res://main.tscn");
    assert.match(health?.blockingIssues[0] ?? "", /broken\.gd:4/);
  });

  it("leaves no scene where that scene is the broken one, and reload knows what was asked for", async (context) => {
    const folder = await importedProject(context, { "main.tscn": sceneFile("Main") });
    const test = await startServer(context, folder);
    await load(test, "main");
    await writeFile(join(folder, "main.tscn"), corrupt);
    const { message } = await failure(load(test, "main"));
    assert.match(message, /could not be loaded; no scene is loaded now\. .*main\.tscn:3/);
    assert.equal((await test.scene.getCurrentScene({})).scene, undefined);
    await writeFile(join(folder, "main.tscn"), sceneFile("Mended"));
    const { result } = await test.scene.reloadScene({});
    assert.equal(result?.scene?.rootName, "Mended");
    await rm(join(folder, "main.tscn"));
    assert.equal((await failure(test.scene.reloadScene({}))).detail?.reason, ErrorReason.SCENE_NOT_FOUND);
  });
});

describe("A load during which files change", async () => {
  it("is done once more, so that its answer is of what is on disk", async (context) => {
    const folder = await importedProject(context, {
      "main.tscn": sceneFile("Main"),
      ...scripted("slow", ready('print("old")\n\tOS.delay_msec(300)')),
    });
    const test = await startServer(context, folder);
    await load(test, "main");
    const loading = load(test, "slow");
    for await (const { entries } of test.godot.watchLogs({ cursor: 0n }))
      if (entries.some(({ message }) => message === "old")) break;
    await writeFiles(folder, { "slow.gd": ready('push_error("new")') });
    const { issues, engineAction, engineActionReason, newerOnDisk } = await loading;
    assert.deepEqual(inShort(issues), ["res://slow.gd:4 new x1"]);
    assert.equal(engineAction, EngineAction.RESTARTED);
    assert.equal(engineActionReason, "res://slow.gd was changed");
    assert.equal(newerOnDisk, "");
  });

  it("says so where they change again, as with a game that writes into its project", async (context) => {
    const folder = await importedProject(context, {
      "main.tscn": sceneFile("Main"),
      ...scripted(
        "writes",
        ready('FileAccess.open("res://state.txt", FileAccess.WRITE).store_line(str(Time.get_ticks_usec()))'),
      ),
    });
    const test = await startServer(context, folder);
    const { scene, newerOnDisk } = await load(test, "writes");
    assert.equal(scene?.path, "res://writes.tscn");
    assert.match(newerOnDisk, /^res:\/\/state\.txt was (added|changed)$/);
  });
});

describe("The stages of a load", async () => {
  it("tell what a start is busy with, an import included, and end with everything read", async (context) => {
    const folder = await temporaryProject(context, { "main.tscn": sceneFile("Main") });
    const test = await startServer(context, folder, ["--no-autostart"]);
    await test.godot.stop({});
    const stages = [];
    const { scene } = await startServer(context, folder);
    for await (const { stage, percent, message } of scene.loadSceneStream({ scenePath: "res://main.tscn" }))
      stages.push({ stage, percent, message });
    const starting = stages
      .filter(({ stage }) => stage === LoadStage.STARTING_ENGINE)
      .map(({ message }) => message);
    assert.ok(
      starting.some((message) => message.startsWith("Importing the project")),
      starting.join(" | "),
    );
    assert.ok(
      starting.some((message) => message.startsWith("Starting Godot")),
      starting.join(" | "),
    );
    assert.deepEqual(stages.at(-1), { stage: LoadStage.DONE, percent: 100, message: "" });
  });
});
