/**
 * The project that is edited: about 200 files whose scenes and scripts depend on each other in every way that
 * Godot has. What is generated is sound; the same seed gives the same files.
 */
import { png } from "../../test/support/png.ts";
import type { Random } from "./random.ts";

export type Files = Map<string, string | Buffer>;

export interface Size {
  readonly bases: number;
  readonly tools: number;
  readonly parts: number;
  readonly items: number;
  readonly leaves: number;
  readonly groups: number;
  readonly levels: number;
  readonly pictures: number;
}

export const large: Size = {
  bases: 8,
  tools: 26,
  parts: 44,
  items: 24,
  leaves: 44,
  groups: 28,
  levels: 12,
  pictures: 8,
};

export const small: Size = {
  bases: 3,
  tools: 6,
  parts: 10,
  items: 5,
  leaves: 10,
  groups: 6,
  levels: 3,
  pictures: 2,
};

export const mainScene = "res://main.tscn";

/** @param size how many files of each kind */
export function generate(random: Random, size: Size): Files {
  const files: Files = new Map();
  files.set("project.godot", settings);
  files.set(".gitignore", ".godot/\n");
  files.set("autoload/state.gd", autoload("score"));
  files.set("autoload/events.gd", autoload("heard"));
  for (let index = 0; index < size.pictures; index += 1) files.set(`pictures/p${index}.png`, png(4, 4));
  for (let index = 0; index < size.bases; index += 1) files.set(`scripts/base_${index}.gd`, base(index));
  for (let index = 0; index < size.tools; index += 1)
    files.set(`scripts/tool_${index}.gd`, tool(random, index));
  for (let index = 0; index < 3; index += 1) files.set(`items/kind_${index}.gd`, kind(index));
  for (let index = 0; index < size.items; index += 1)
    files.set(`items/item_${index}.tres`, item(random.below(3), index));
  for (let index = 0; index < size.parts; index += 1)
    files.set(`scripts/part_${index}.gd`, part(random, index, size));
  for (let index = 0; index < size.leaves; index += 1)
    files.set(`scenes/leaf_${index}.tscn`, leaf(random, index, size));
  for (let index = 0; index < size.groups; index += 1)
    files.set(`scenes/group_${index}.tscn`, family(random, `Group${index}`, "leaf", size.leaves, size));
  for (let index = 0; index < size.levels; index += 1)
    files.set(`scenes/level_${index}.tscn`, family(random, `Level${index}`, "group", size.groups, size));
  files.set("main.tscn", family(random, "Main", "leaf", size.leaves, size));
  return files;
}

/** The other branch: about 30 files that differ, two of them new, one under another name. */
export function branchOff(random: Random, files: Files, size: Size): Files {
  const others: Files = new Map(files);
  const count = Math.min(26, Math.floor(files.size / 7));
  const changeable = [...files.keys()].filter((path) => /^(scripts|scenes)\//.test(path));
  for (let done = 0; done < count; done += 1) {
    const path = random.pick(changeable);
    const index = Number(/\d+/.exec(path)?.[0]);
    if (path.endsWith(".tscn")) others.set(path, leaf(random, index, size));
    else others.set(path, `${files.get(path)}\n\nfunc branched_${done}() -> int:\n\treturn ${done}\n`);
  }
  others.set("scripts/branch_tool.gd", tool(random, size.tools));
  others.set("scenes/branch.tscn", family(random, "Branch", "leaf", size.leaves, size));
  return moved(others, `scripts/part_${size.parts - 1}.gd`, "scripts/part_moved.gd");
}

/** The same files, with one under another name, and with every mention of it mended. */
export function moved(files: Files, from: string, to: string): Files {
  return new Map(
    [...files].map(([path, content]) => [
      path === from ? to : path,
      typeof content === "string" ? content.replaceAll(`res://${from}"`, `res://${to}"`) : content,
    ]),
  );
}

const settings = `config_version=5

[application]

config/name="Edited"
run/main_scene="${mainScene}"

[autoload]

State="*res://autoload/state.gd"
Events="*res://autoload/events.gd"
`;

const autoload = (field: string) => `extends Node

var ${field}: int = 0


func note(amount: int) -> int:
	${field} += amount
	return ${field}
`;

/** Every third begins a line of heirs. */
const base = (index: number) => `class_name Base${index}
extends ${index % 3 === 0 ? "Node2D" : `Base${index - 1}`}
${index % 3 === 0 ? "\nvar ready_count: int = 0\n" : ""}

func base_${index}() -> int:
	return ${index}
`;

/** The class of a tool; some have a letter that is not of ASCII. */
const toolClass = (index: number) => (index % 4 === 3 ? `Gerät${index}` : `Tool${index}`);

/** The first two name each other: scripts may. */
function tool(random: Random, index: number): string {
  const other = index === 0 ? 1 : random.below(index);
  return `class_name ${toolClass(index)}
extends RefCounted

const FACTOR: int = ${1 + random.below(100)}


static func work(amount: int) -> int:
	return amount * FACTOR


static func chain(other: ${toolClass(other)}) -> int:
	return ${toolClass(other)}.FACTOR if other == null else other.work(${index})
`;
}

const kind = (index: number) => `class_name Kind${index}
extends Resource

@export var weight: int = ${index}


func heavier() -> int:
	return weight + 1
`;

/** The script is named from the project's folder, or from that of the item. */
const item = (script: number, weight: number) => `[gd_resource type="Resource" format=3]

[ext_resource type="Script" path="${weight % 2 === 0 ? "res://items/" : ""}kind_${script}.gd" id="1"]

[resource]
script = ExtResource("1")
weight = ${weight}
`;

/** Ways to write the name of a class in an expression. */
const mentions: readonly ((name: string) => string)[] = [
  (name) => `${name}.work(1)`,
  (name) => `1000%${name}.FACTOR`,
  (name) => `("%d left" %${name}.FACTOR).length()`,
  (name) => `("one\n# two " + str(${name}.FACTOR)).length()`,
  (name) => `("""it's\n""" + str(${name}.FACTOR)).length()`,
];

/** Inherits by class or by path, and uses tools by class, by preload, by inline preload or by load. */
function part(random: Random, index: number, size: Size): string {
  const heir = random.below(size.bases);
  const tools = [0, 1, 2].map(() => random.below(size.tools));
  const uses = [
    `\tvar by_class: int = ${random.pick(mentions)(toolClass(tools[0] as number))}`,
    `\tvar by_preload: int = PARTNER.work(by_class)`,
    `\tvar inline: int = preload("res://scripts/tool_${tools[2]}.gd").work(by_preload)`,
    `\tvar item: Resource = load("res://items/item_${random.below(size.items)}.tres")`,
    `\tvar weight: int = item.get("weight")`,
    ...(random.chance(0.4)
      ? [
          `\tvar late: GDScript = load("res://scripts/tool_${random.below(size.tools)}.gd")`,
          `\tvar made: RefCounted = late.new()`,
          `\tweight += int(made != null)`,
        ]
      : []),
    `\tState.note(inline + weight)`,
    ...(random.chance(0.3) ? [`\tEvents.note(ready_count)`] : []),
  ];
  const partner = index % 3 === 0 ? `FOLDER + "tool_${tools[1]}.gd"` : `"res://scripts/tool_${tools[1]}.gd"`;
  return `extends ${random.chance(0.5) ? `Base${heir}` : `"res://scripts/base_${heir}.gd"`}

const FOLDER: String = "res://scripts/"
const PARTNER = preload(${partner})

@export var data: Resource


func _ready() -> void:
${uses.join("\n")}


func part_${index}() -> int:
	return base_${heir}()
`;
}

function leaf(random: Random, index: number, size: Size): string {
  return scene(`Leaf${index}`, random.below(size.parts), [
    ["Resource", `items/item_${random.below(size.items)}.tres`],
    ["Texture2D", `pictures/p${random.below(size.pictures)}.png`],
  ]);
}

/** A scene of two to four others. */
function family(random: Random, name: string, child: string, children: number, size: Size): string {
  const count = 2 + random.below(3);
  const paths = new Set(
    Array.from({ length: count }, () => `scenes/${child}_${random.below(children)}.tscn`),
  );
  return scene(
    name,
    random.below(size.parts),
    [...paths].map((path) => ["PackedScene", path]),
  );
}

/** A root with a script, and what it uses: a resource in its export, pictures and scenes below it. */
function scene(
  name: string,
  script: number,
  uses: readonly (readonly [type: string, path: string])[],
): string {
  const resources = [["Script", `scripts/part_${script}.gd`] as const, ...uses];
  const blocks = [
    "[gd_scene format=3]",
    ...resources.map(
      ([type, path], index) => `[ext_resource type="${type}" path="res://${path}" id="${index + 1}"]`,
    ),
  ];
  const data = uses.findIndex(([type]) => type === "Resource");
  blocks.push(
    `[node name="${name}" type="Node2D"]\nscript = ExtResource("1")${
      data < 0 ? "" : `\ndata = ExtResource("${data + 2}")`
    }`,
  );
  uses.forEach(([type], index) => {
    const id = index + 2;
    if (type === "Texture2D")
      blocks.push(`[node name="Picture" type="Sprite2D" parent="."]\ntexture = ExtResource("${id}")`);
    if (type === "PackedScene")
      blocks.push(`[node name="Child${id}" parent="." instance=ExtResource("${id}")]`);
  });
  return `${blocks.join("\n\n")}\n`;
}
