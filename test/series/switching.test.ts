/** Many switches in a row: the game's own time stays true while the main loop hurries, and nothing piles up. */
import assert from "node:assert/strict";
import { readdir } from "node:fs/promises";
import { describe, it } from "node:test";
import { untilHealth } from "../support/expect.ts";
import { importedProject, projectGodot, sceneFile } from "../support/project.ts";
import { series } from "../support/series.ts";
import { startServer, type TestServer } from "../support/server.ts";

const clock = `extends Node

var process_sum: float = 0.0
var longest_frame: float = 0.0
var physics_sum: float = 0.0
var physics_ticks: int = 0

func _process(delta: float) -> void:
	process_sum += delta
	longest_frame = maxf(longest_frame, delta)

func _physics_process(delta: float) -> void:
	physics_sum += delta
	physics_ticks += 1
`;

const report = `extends Node

func _ready() -> void:
	print("clock ", JSON.stringify({
		"wall": Time.get_ticks_usec() / 1e6,
		"process": Clock.process_sum,
		"physics": Clock.physics_sum,
		"ticks": Clock.physics_ticks,
		"longest": Clock.longest_frame,
	}))
	Clock.longest_frame = 0.0
`;

interface Times {
  wall: number;
  process: number;
  physics: number;
  ticks: number;
  /** The longest frame since the last report. */
  longest: number;
}

const files = {
  "project.godot": projectGodot({
    mainScene: "res://a.tscn",
    more: '[autoload]\n\nClock="*res://clock.gd"\n',
  }),
  "clock.gd": clock,
  "report.gd": report,
  "report.tscn": sceneFile("Report", { type: "Node", script: "res://report.gd" }),
  "a.tscn": sceneFile("A"),
  "b.tscn": sceneFile("B", { type: "Node3D" }),
};

async function switchScenes({ scene }: TestServer, count: number): Promise<void> {
  for (let turn = 0; turn < count; turn += 1)
    await scene.loadScene({ scenePath: turn % 2 === 0 ? "res://b.tscn" : "res://a.tscn" });
}

describe("Many switches in a row", async () => {
  it("leave physics ticks and the sums of delta true to the clock", async (context) => {
    const subject = await startServer(context, await importedProject(context, files));
    const read = async (): Promise<Times> => {
      await subject.scene.loadScene({ scenePath: "res://report.tscn" });
      const lines = subject.server.supervisor.log.after(0, 10_000).entries.map(({ message }) => message);
      return JSON.parse(lines.findLast((line) => line.startsWith("clock "))?.slice("clock ".length) ?? "");
    };
    const before = await read();
    await switchScenes(subject, 500);
    const after = await read();
    const wall = after.wall - before.wall;
    // At most two physics ticks of 1/60 s are under way at either end, or a frame where that is longer.
    const slack = 2 * Math.max(2 / 60, after.longest);
    assert.ok(wall > slack, `${wall} s are too few to tell`);
    for (const name of ["process", "physics"] as const)
      assert.ok(
        Math.abs(after[name] - before[name] - wall) < slack,
        `${name}: ${after[name] - before[name]} s, not ${wall} s`,
      );
    assert.ok(Math.abs((after.ticks - before.ticks) / 60 - wall) < slack);
  });

  it("leave nothing behind in the engine", async (context) => {
    const subject = await startServer(context, await importedProject(context, files));
    const count = async () =>
      (await subject.rest("GET", "/godot/state/performance")).body as Record<string, number>;
    await switchScenes(subject, 100);
    const before = await count();
    const socketsBefore = await descriptors(subject);
    await switchScenes(subject, series({ short: 60, whole: 1_000 }));
    const after = await count();
    const more = (name: string) => (after[name] ?? Number.NaN) - (before[name] ?? Number.NaN);
    assert.equal(more("node_count"), 0);
    assert.equal(more("orphan_node_count"), 0);
    // What answers that are just leaving hold is in these; what a switch leaves behind would be there many times.
    assert.ok(more("object_count") < 50, `${more("object_count")} more objects`);
    assert.ok(more("resource_count") < 10, `${more("resource_count")} more resources`);
    assert.equal(await descriptors(subject), socketsBefore);
  });
});

/** The engine's open files and sockets; 0 where the system does not list them. */
async function descriptors({ server }: TestServer): Promise<number> {
  const { state } = server.supervisor.feed.value.model;
  if (process.platform !== "linux" || !("pid" in state)) return 0;
  return (await readdir(`/proc/${state.pid}/fd`)).length;
}

describe("A game that changes its scene by itself", async () => {
  const jumping = {
    "project.godot": projectGodot({
      mainScene: "res://a.tscn",
      more: '[autoload]\n\nJumper="*res://jumper.gd"\n',
    }),
    // It never removes a scene without putting another in its place.
    "jumper.gd": `extends Node

var frames: int = 0

func _process(_delta: float) -> void:
	frames += 1
	if frames % 3 == 0:
		get_tree().change_scene_to_file("res://a.tscn")
`,
    "a.tscn": sceneFile("A"),
    "b.tscn": sceneFile("B"),
  };

  it("is never said to have removed one", async (context) => {
    const { scene } = await startServer(context, await importedProject(context, jumping));
    const loads = series({ short: 30, whole: 400 });
    let replaced = 0;
    for (let turn = 0; turn < loads; turn += 1) {
      try {
        await scene.loadScene({ scenePath: turn % 2 === 0 ? "res://b.tscn" : "res://a.tscn" });
      } catch (error) {
        const { message } = error as Error;
        assert.match(message, /the game changed to res:\/\/a\.tscn/);
        replaced += 1;
      }
    }
    context.diagnostic(`${replaced} of ${loads} loads were replaced by the game's own`);
  });

  it("has no time told for a change that nobody saw begin", async (context) => {
    const files = {
      "project.godot": projectGodot({ mainScene: "res://menu.tscn" }),
      "menu.tscn": sceneFile("Menu", { script: "res://menu.gd" }),
      "menu.gd":
        'extends Node2D\n\nfunc _ready() -> void:\n\tawait get_tree().create_timer(0.5).timeout\n\tget_tree().change_scene_to_file("res://a.tscn")\n',
      "a.tscn": sceneFile("A"),
    };
    const test = await startServer(context, await importedProject(context, files));
    const menu = await untilHealth(test, ({ scene }) => scene?.path === "res://menu.tscn");
    assert.ok(menu.scene?.loadTime);
    const changed = await untilHealth(test, ({ scene }) => scene?.path === "res://a.tscn");
    assert.equal(changed.scene?.loadTime, undefined);
    assert.equal(changed.scene?.generation, 2n);
  });
});
