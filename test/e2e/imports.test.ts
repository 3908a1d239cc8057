import assert from "node:assert/strict";
import { rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { EngineAction } from "#gen/scene_pb.js";
import { png } from "../support/png.ts";
import { projectGodot, temporaryProject } from "../support/project.ts";
import { startServer } from "../support/server.ts";

test("a project whose .godot is removed while it runs is imported again by the next load", async (context) => {
  const project = await temporaryProject(context, {
    "project.godot": projectGodot({ mainScene: "res://main.tscn" }),
    "main.tscn":
      '[gd_scene format=3]\n\n[ext_resource type="Texture2D" path="res://icon.png" id="1"]\n\n[node name="Main" type="Sprite2D"]\ntexture = ExtResource("1")\n',
  });
  await writeFile(join(project, "icon.png"), png(16, 16));
  const { scene } = await startServer(context, project);
  await scene.loadScene({ scenePath: "res://main.tscn" });
  const kept = await scene.loadScene({ scenePath: "res://main.tscn" });
  assert.equal(kept.result?.engineAction, EngineAction.KEPT, "an import is no change of the project");

  await rm(join(project, ".godot"), { recursive: true });
  const { result } = await scene.loadScene({ scenePath: "res://main.tscn" });
  assert.equal(result?.engineAction, EngineAction.RESTARTED);
  assert.equal(result.engineActionReason, "res://.godot was removed");
  assert.equal(result.imported, true);
  assert.deepEqual(result.issues, []);
});
