/** Loading scenes: nothing old is ever shown. */
import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, it } from "node:test";
import { EngineAction } from "#gen/scene_pb.js";
import { importedProject, sceneFile, writeFiles } from "../support/project.ts";
import { startServer } from "../support/server.ts";

describe("LoadScene", async () => {
  it("loads what is on disk now, and says what it did for that", async (context) => {
    const project = await importedProject(context, {
      "main.tscn": sceneFile("Before", { script: "res://main.gd" }),
      "main.gd": 'extends Node2D\n\nfunc _ready() -> void:\n\tprint("old script")\n',
    });
    const { scene, godot } = await startServer(context, project);
    await scene.loadScene({ scenePath: "res://main.tscn" });
    const again = await scene.loadScene({ scenePath: "res://main.tscn" });
    assert.equal(again.result?.engineAction, EngineAction.KEPT);

    await writeFile(
      join(project, "main.gd"),
      'extends Node2D\n\nfunc _ready() -> void:\n\tprint("new script")\n',
    );
    const script = await scene.loadScene({ scenePath: "res://main.tscn" });
    assert.equal(script.result?.engineAction, EngineAction.RESTARTED);
    assert.equal(script.result.engineActionReason, "res://main.gd was changed");
    assert.equal(script.result.imported, false);
    const { entries } = await godot.listLogs({});
    const run = script.result.scene?.run;
    assert.ok(entries.some((entry) => entry.run === run && entry.message === "new script"));
    assert.ok(!entries.some((entry) => entry.run === run && entry.message === "old script"));

    await writeFile(join(project, "main.tscn"), sceneFile("After"));
    const changed = await scene.loadScene({ scenePath: "res://main.tscn" });
    assert.equal(changed.result?.scene?.rootName, "After");

    await writeFiles(project, {
      "thing.gd": 'class_name Thing\nextends RefCounted\n\nconst NAME: String = "thing"\n',
      "main.gd": "extends Node2D\n\nfunc _ready() -> void:\n\tprint(Thing.NAME)\n",
      "main.tscn": sceneFile("WithClass", { script: "res://main.gd" }),
    });
    const withClass = await scene.loadScene({ scenePath: "res://main.tscn" });
    assert.equal(withClass.result?.imported, true);
    assert.deepEqual(withClass.result.issues, []);
  });
});
