/** A global class that does not compile: GDScript says so once a run, whatever names it afterwards. */
import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, it } from "node:test";
import { untilHealth } from "../support/expect.ts";
import { projectGodot, sceneFile, temporaryFolder } from "../support/project.ts";
import { messages, scripted, started } from "../support/scenes.ts";

/** One that can be parsed: of one that cannot be, the compiler says so to each script that names it. */
const broken = (name: string) =>
  `class_name ${name}\nextends RefCounted\n\nconst N: int = 2\n\nfunc hit() -> int:\n\treturn hits\n\n`;

describe("A class that does not compile", async () => {
  it("is an issue of each scene that names it, whatever letters it has", async (context) => {
    const use = "extends Node2D\n\nvar one: Käfer\n";
    const test = await started(context, {
      "beetle.gd": broken("Käfer"),
      ...scripted("first", use),
      ...scripted("second", use),
    });
    for (const scene of ["first", "second", "second"])
      assert.match((await messages(test, scene))?.join("\n") ?? "", /"hits" not declared/, scene);
  });

  it("makes the health bad of each scene with it that the game comes to by itself, and of no other", async (context) => {
    const scenes = {
      first: ["var one: Enemy", false],
      named: ["var one: Enemy", false],
      spoken: [
        "# Enemy was here:\n## const B = preload(\"res://enemy.gd\")\nvar one: String = 'Enemy'",
        true,
      ],
      member: ["var one: Enemy.Kind", false],
      other: [
        'enum Kind { Friend, Enemy }\n\nvar one: NodePath = ^"Enemy"\n\nfunc _ready() -> void:\n\tprint($Enemy)',
        true,
      ],
    } as const;
    const asked = await temporaryFolder(context);
    const test = await started(
      context,
      Object.assign(
        {
          "project.godot": projectGodot({
            mainScene: "res://main.tscn",
            more: '[autoload]\n\nTour="*res://tour.gd"\n',
          }),
          "tour.gd": `extends Node

func _ready() -> void:
	for name: String in ${JSON.stringify(Object.keys(scenes))}:
		while not FileAccess.file_exists("${asked}/" + name):
			await get_tree().process_frame
		print(get_tree().change_scene_to_file("res://%s.tscn" % name))
`,
          "enemy.gd": `${broken("Enemy")}enum Kind { ONE }\n`,
        },
        ...Object.entries(scenes).map(([name, [says]]) => ({
          [`${name}.tscn`]: `${sceneFile(name, { script: `res://${name}.gd` })}[node name="Enemy" type="Node" parent="."]\n`,
          [`${name}.gd`]: `extends Node\n\n${says}\n`,
        })),
      ),
    );
    await test.godot.start({});
    for (const [name, [, isHealthy]] of Object.entries(scenes)) {
      await writeFile(join(asked, name), "");
      const { healthy } = await untilHealth(test, ({ scene }) => scene?.name === name);
      assert.equal(healthy, isHealthy, name);
    }
  });
});
