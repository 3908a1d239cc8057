/** The project that is measured: scenes of 10 to 100,000 nodes, and one with 100 MB of textures. */
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { png } from "../test/support/png.ts";
import { projectGodot, sceneFile } from "../test/support/project.ts";

/** The sizes of the curve, in nodes. */
export const sizes = [10, 100, 1_000, 10_000, 100_000] as const;

/** Two small scenes, to switch between. */
export const smallScenes = ["res://small_a.tscn", "res://small_b.tscn"] as const;
export const textureScene = "res://textures.tscn";
/** Two that end the engine while they load. */
export const crashScene = "res://crash.tscn";
export const quitScene = "res://quit.tscn";
/** A large one that measures what reading it costs. */
export const walkedScene = "res://walked.tscn";
export const walkedSize = 10_000;
export const sceneOf = (nodes: number) => `res://nodes_${nodes}.tscn`;

/** Eight pictures of 2048 × 2048, 3 bytes a pixel: 100 MB once they are in memory. */
const pictures = 8;
const pictureSize = 2048;

export async function writeProject(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  const write = (path: string, content: string | Buffer) => writeFile(join(folder, path), content);
  await write("project.godot", projectGodot({ mainScene: smallScenes[0] }));
  for (const path of smallScenes) await write(path.slice("res://".length), nodes(10));
  for (const size of sizes) await write(sceneOf(size).slice("res://".length), nodes(size));
  await write("walked.gd", walkedScript);
  const walked = nodes(walkedSize)
    .replace(
      "[gd_scene format=3]",
      '[gd_scene load_steps=2 format=3]\n\n[ext_resource type="Script" path="res://walked.gd" id="1"]',
    )
    .replace('type="Node3D"]\n', 'type="Node3D"]\nscript = ExtResource("1")\n');
  await write(walkedScene.slice("res://".length), walked);
  const picture = png(pictureSize, pictureSize);
  for (let index = 0; index < pictures; index += 1) await write(`picture_${index}.png`, picture);
  await write("textures.tscn", sprites());
  await write("crash.gd", onReady('OS.crash("on purpose")'));
  await write("crash.tscn", sceneFile("Crash", { type: "Node", script: "res://crash.gd" }));
  await write("quit.gd", onReady("get_tree().quit()"));
  await write("quit.tscn", sceneFile("Quit", { type: "Node", script: "res://quit.gd" }));
}

/** A root and its children, ten to a branch: neither a list nor a chain. */
function nodes(count: number): string {
  const lines = ['[gd_scene format=3]\n\n[node name="Root" type="Node3D"]\n'];
  const paths: string[] = ["."];
  for (let index = 1; index < count; index += 1) {
    const parent = paths[Math.floor((index - 1) / 10)] ?? ".";
    const name = `N${index}`;
    paths.push(parent === "." ? name : `${parent}/${name}`);
    lines.push(
      `[node name="${name}" type="Node3D" parent="${parent}"]\ntransform = Transform3D(1, 0, 0, 0, 1, 0, 0, 0, 1, ${index}, 0, 0)\n`,
    );
  }
  return lines.join("\n");
}

function sprites(): string {
  const indexes = Array.from({ length: pictures }, (_, index) => index);
  return [
    `[gd_scene load_steps=${pictures + 1} format=3]`,
    ...indexes.map(
      (index) => `[ext_resource type="Texture2D" path="res://picture_${index}.png" id="${index}"]`,
    ),
    '[node name="Textures" type="Node2D"]',
    ...indexes.map(
      (index) => `[node name="S${index}" type="Sprite2D" parent="."]\ntexture = ExtResource("${index}")`,
    ),
  ].join("\n\n");
}

/**
 * `walk_usec`: how long the engine takes to walk all nodes and put them into bytes, as ListNodes tells them.
 * `longest_frame_usec`: since it was read last.
 */
const walkedScript = `extends Node3D

var walk_usec: int:
\tget = _walk

var longest_frame_usec: int:
\tget = _take_longest

var _longest_usec: int = 0
var _last_usec: int = 0


func _process(_delta: float) -> void:
\tvar now: int = Time.get_ticks_usec()
\t_longest_usec = maxi(_longest_usec, now - _last_usec) if _last_usec > 0 else 0
\t_last_usec = now


func _take_longest() -> int:
\tvar longest: int = _longest_usec
\t_longest_usec = 0
\treturn longest


func _walk() -> int:
\tvar began: int = Time.get_ticks_usec()
\tvar found: Array[Dictionary] = []
\t_tell(self, str(get_path()), 0, found)
\tvar bytes: PackedByteArray = var_to_bytes(found)
\treturn Time.get_ticks_usec() - began if bytes.size() > 0 else 0


func _tell(node: Node, path: String, depth: int, found: Array[Dictionary]) -> void:
\tvar script: Script = node.get_script()
\tfound.append({
\t\t"path": path,
\t\t"type": node.get_class(),
\t\t"script": script.resource_path if script != null else "",
\t\t"child_count": node.get_child_count(),
\t\t"depth": depth,
\t})
\tfor child: Node in node.get_children():
\t\t_tell(child, path + "/" + child.name, depth + 1, found)
`;

const onReady = (statement: string) => `extends Node\n\nfunc _ready() -> void:\n\t${statement}\n`;
