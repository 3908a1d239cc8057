/** What is not true any longer, or of another scene, is not told of the scene that runs. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { untilHealth } from "../support/expect.ts";
import { projectGodot, sceneFile } from "../support/project.ts";
import { isHealthy, load, messages, ready, scripted, started } from "../support/scenes.ts";

/** Where the game keeps its own files. */
const settings =
  '[application]\n\nconfig/use_custom_user_dir=true\nconfig/custom_user_dir_name="godot-control-test/%s"\n';

describe("What was wrong with a file outside of the project", async () => {
  it("is told while it is so, and not once the game has written the file", async (context) => {
    const name = `no_longer_true_${process.pid}`;
    const test = await started(context, {
      "project.godot": projectGodot({ mainScene: "res://main.tscn", more: settings.replace("%s", name) }),
      ...scripted(
        "clears",
        ready(
          'for file: String in ["save.tres", "made.gd"]:\n\t\tDirAccess.remove_absolute("user://" + file)',
        ),
      ),
      ...scripted(
        "saves",
        ready(
          'if load("user://save.tres") == null:\n\t\tResourceSaver.save(Resource.new(), "user://save.tres")',
        ),
      ),
      ...scripted(
        "makes",
        ready(
          [
            'var turn: int = Engine.get_meta(&"turn", 0)',
            'Engine.set_meta(&"turn", turn + 1)',
            'var file: FileAccess = FileAccess.open("user://made.gd", FileAccess.WRITE)',
            'file.store_string("extends RefCounted\\n\\nfunc f() -> int:\\n\\treturn %s\\n" % ("(" if turn == 0 else "5"))',
            "file.close()",
            'var made: GDScript = ResourceLoader.load("user://made.gd", "", ResourceLoader.CACHE_MODE_IGNORE)',
            "if made.can_instantiate():\n\t\tmade.new()",
          ].join("\n\t"),
        ),
      ),
    });
    await messages(test, "clears");
    for (const scene of ["saves", "makes"]) {
      assert.match((await messages(test, scene))?.join() ?? "", /user:\/\//, scene);
      for (const _ of ["second", "third"]) assert.deepEqual(await messages(test, scene), [], scene);
      assert.equal(await isHealthy(test), true, scene);
    }
    await messages(test, "clears");
  });
});

describe("A file that a script asked for, and that is not there,", async () => {
  it("is told when it is asked for, in the order in which things went wrong", async (context) => {
    const test = await started(context, {
      ...scripted(
        "level",
        ready(
          'var turn: int = Engine.get_meta(&"turn", 0)\n\tEngine.set_meta(&"turn", turn + 1)\n\tload("res://level_%d.tres" % turn)',
        ),
      ),
      "level_1.tres": '[gd_resource type="Resource" format=3]\n\n[resource]\n',
      ...scripted("ordered", ready('push_warning("before")\n\tprint((load("res://bad.json") as JSON).data)')),
      "bad.json": '{"a":',
    });
    assert.match((await messages(test, "level"))?.join() ?? "", /res:\/\/level_0\.tres/);
    assert.deepEqual(await messages(test, "level"), []);
    const first = await messages(test, "ordered");
    assert.match(first?.join() ?? "", /^before,Error parsing JSON.*,Failed loading resource.*,Invalid/);
    for (const _ of ["second", "third"]) assert.deepEqual(await messages(test, "ordered"), first);
  });
});

describe("What a scene does wrong in its last frames", async () => {
  it("is not told of the scene that the game then changes to", async (context) => {
    const leaving = (how: string, more = "") =>
      `extends Node2D\n\nvar _frames: int = 0\n\nfunc _process(_delta: float) -> void:\n\t_frames += 1\n\tif _frames == 20:\n\t\t${how}\n${more}`;
    const to = '("res://next.tscn")';
    const broken = 'get_node(^"None").free()';
    const test = await started(context, {
      "next.tscn": sceneFile("Next"),
      ...scripted("defers", leaving(`get_tree().change_scene_to_file.call_deferred${to}\n\t\t${broken}`)),
      ...scripted(
        "exits",
        leaving(`get_tree().change_scene_to_file${to}`, `\nfunc _exit_tree() -> void:\n\t${broken}\n`),
      ),
      ...scripted("enters", leaving('get_tree().change_scene_to_file("res://begins.tscn")')),
      ...scripted("begins", ready(broken)),
    });
    for (const name of ["defers", "exits"]) {
      await load(test, name);
      await untilHealth(test, ({ scene }) => scene?.path === "res://next.tscn");
      assert.equal(await isHealthy(test), true, name);
    }
    await load(test, "enters");
    await untilHealth(test, ({ scene, healthy }) => scene?.path === "res://begins.tscn" && !healthy);
  });
});
