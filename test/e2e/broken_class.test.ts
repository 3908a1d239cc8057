/** A global class that does not compile: GDScript says so once a run, whatever names it afterwards. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { untilHealth } from "../support/expect.ts";
import { projectGodot, sceneFile } from "../support/project.ts";
import { messages, scripted, started } from "../support/scenes.ts";

/** One that can be parsed: of one that cannot be, the compiler says so to each script that names it. */
const broken = (name: string) =>
  `class_name ${name}\nextends RefCounted\n\nconst N: int = 2\n\nfunc hit() -> int:\n\treturn hits\n\n`;

describe("A class that does not compile", async () => {
  /** The class, and what a script does with it. */
  const uses: readonly [name: string, body: string][] = [
    ["Käfer", "var one: Käfer"],
    ["敌人", "func use() -> int:\n\treturn 敌人.N"],
    ["Divisor", "func use(of: int) -> int:\n\treturn of%Divisor.N"],
    ["Argument", 'func use() -> String:\n\treturn "%d left" %Argument.N'],
    ["Behind", 'func use() -> String:\n\treturn "one\nmore " + str(Behind.N) + " left"'],
    ["Hidden", 'func use() -> String:\n\treturn """one\n# more """ + str(Hidden.N)'],
    ["Quoted", 'func use() -> String:\n\treturn "it\'s " + str(Quoted.N)'],
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

  const tour = (...names: string[]) => `extends Node

func _ready() -> void:
	for name: String in ${JSON.stringify(names)}:
		for _frame: int in 20:
			await get_tree().process_frame
		print(get_tree().change_scene_to_file("res://%s.tscn" % name))
`;

  for (const [last, says, isHealthy] of [
    ["named", "var one: Enemy", false],
    ["member", "var one: Enemy.Kind", false],
    [
      "spoken",
      "# Enemy was here:\n## const Enemy2 = preload(\"res://enemy.gd\")\nvar one: String = 'Enemy'",
      true,
    ],
    ["other", 'var one: NodePath = ^"Enemy"\n\nfunc _ready() -> void:\n\tprint($Enemy)', true],
  ] as const)
    it(`makes the health ${isHealthy ? "of no scene" : "bad of a scene"} that the game comes to afterwards (${last})`, async (context) => {
      const test = await started(context, {
        "project.godot": projectGodot({
          mainScene: "res://main.tscn",
          more: '[autoload]\n\nTour="*res://tour.gd"\n',
        }),
        "tour.gd": tour("first", last),
        "enemy.gd": `${broken("Enemy")}enum Kind { ONE }\n`,
        ...scripted("first", "extends Node2D\n\nvar one: Enemy\n"),
        [`${last}.tscn`]: `${sceneFile(last, { script: `res://${last}.gd` })}[node name="Enemy" type="Node" parent="."]\n`,
        [`${last}.gd`]: `extends Node\n\n${says}\n`,
      });
      await test.godot.start({});
      const { healthy, blockingIssues } = await untilHealth(test, ({ scene }) => scene?.name === last);
      assert.equal(healthy, isHealthy, blockingIssues.join());
    });
});
