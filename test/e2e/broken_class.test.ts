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
  /** The class, and what a script does with it. */
  const uses: readonly [name: string, body: string][] = [
    ["Käfer", "var one: Käfer"],
    ["Divisor", "func use(of: int) -> int:\n\treturn of%Divisor.N"],
    ["Argument", 'func use() -> String:\n\treturn "%d left" %Argument.N'],
    ["Behind", 'func use() -> String:\n\treturn "one\nmore " + str(Behind.N) + " left"'],
    ["Hidden", 'func use() -> String:\n\treturn """one\n# more """ + str(Hidden.N)'],
  ];

  it("is an issue of each scene that names it, however that is written", async (context) => {
    const test = await started(
      context,
      Object.assign(
        {},
        ...uses.map(([name, body], index) => ({
          [`class_${index}.gd`]: broken(name),
          ...scripted(`first_${index}`, `extends Node2D\n\n${body}\n`),
          ...scripted(`second_${index}`, `extends Node2D\n\n${body}\n`),
        })),
      ),
    );
    for (const index of uses.keys())
      for (const scene of ["first", "second", "second"]) {
        const said = (await messages(test, `${scene}_${index}`))?.join("\n") ?? "";
        assert.match(said, /"hits" not declared/, `${scene}, ${uses[index]?.[0]}`);
      }
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
