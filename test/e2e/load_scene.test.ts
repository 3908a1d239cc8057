/** Loading scenes: what is proved, what is told apart, and that nothing old is ever shown. */
import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, it } from "node:test";
import { Code } from "@connectrpc/connect";
import { EngineAction } from "#gen/scene_pb.js";
import { failure, timed } from "../support/expect.ts";
import { importedProject, projectGodot, sceneFile, writeFiles } from "../support/project.ts";
import { startServer } from "../support/server.ts";

describe("LoadScene", async () => {
  it("proves what it loads, and tells apart what it cannot load", async (context) => {
    const project = await importedProject(context, {
      "project.godot": projectGodot({ mainScene: "res://main.tscn" }),
      "main.tscn": sceneFile("Main", { uid: "uid://ctest0000main" }),
      "other.tscn": sceneFile("Other", { type: "Node3D" }),
      "broken.tscn": "[gd_scene format=3]\n\n[node name=",
      "failing.tscn": sceneFile("Failing", { script: "res://failing.gd" }),
      "failing.gd":
        'extends Node2D\n\nfunc _ready() -> void:\n\tpush_warning("careful")\n\tget_node("Nowhere").show()\n',
      "unparsable.tscn": sceneFile("Unparsable", { script: "res://unparsable.gd" }),
      "unparsable.gd": "extends Node2D\n\nfunc _ready() -> void:\n\tvar x =\n",
    });
    const { scene } = await startServer(context, project);

    const { result } = await scene.loadScene({ scenePath: "res://other.tscn" });
    assert.equal(result?.scene?.path, "res://other.tscn");
    assert.equal(result.scene.rootName, "Other");
    assert.equal(result.scene.rootType, "Node3D");
    assert.equal(result.scene.nodeCount, 1);
    assert.equal(result.scene.run, 1n);
    assert.deepEqual(result.issues, []);

    const byUid = await scene.loadScene({ scenePath: "uid://ctest0000main" });
    assert.equal(byUid.result?.scene?.path, "res://main.tscn");
    assert.equal(byUid.result.engineAction, EngineAction.KEPT);

    const failing = await scene.loadScene({ scenePath: "res://failing.tscn" });
    const said = failing.result?.issues.map((issue) => `${issue.file}:${issue.line} ${issue.message}`) ?? [];
    assert.equal(said[0], "res://failing.gd:4 careful");
    assert.match(said.join("\n"), /Node not found: "Nowhere"/);

    const unparsable = await scene.loadScene({ scenePath: "res://unparsable.tscn" });
    const [first] = unparsable.result?.issues ?? [];
    assert.match(first?.message ?? "", /^Parse Error: /);
    assert.equal(first?.file, "res://unparsable.gd");
    assert.equal(first.line, 4);

    for (const [what, scenePath, code, message] of [
      ["missing", "res://nope.tscn", Code.NotFound, /^No scene res:\/\/nope\.tscn/],
      ["no scene", "res://failing.gd", Code.InvalidArgument, /failing\.gd/],
      ["outside of the project", "res://../nope.tscn", Code.InvalidArgument, /\.\.\/nope\.tscn/],
      [
        "corrupt",
        "res://broken.tscn",
        Code.FailedPrecondition,
        /^res:\/\/broken\.tscn could not be loaded.*The engine says: .*broken\.tscn:3/,
      ],
    ] as const) {
      const refused = await timed(context, `a scene that is ${what}, until the answer`, () =>
        failure(scene.loadScene({ scenePath })),
      );
      assert.equal(refused.code, code);
      assert.match(refused.message, message);
    }
    const current = await scene.getCurrentScene({});
    assert.equal(current.scene?.path, "res://unparsable.tscn");
  });

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
