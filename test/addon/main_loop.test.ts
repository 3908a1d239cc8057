/** The main loop: work wakes it, and its frames are those that the project asks for. */
import assert from "node:assert/strict";
import { describe, it, type TestContext } from "node:test";
import { protocol } from "../../src/engine/link/addon/addon_link.ts";
import { Bus } from "../../src/engine/link/bus/bus.ts";
import { fromPlain, toPlain } from "../../src/engine/link/variant/plain.ts";
import { startBareEngine } from "../support/bare_engine.ts";
import { projectGodot, sceneFile, temporaryProject } from "../support/project.ts";

/** Tells at each start how many frames there were, and what the game finds of its own settings. */
const counts = `extends Node2D

func _ready() -> void:
	name = "At%d_%d_%d" % [Engine.get_process_frames(), Engine.max_fps, OS.low_processor_usage_mode_sleep_usec]
`;

async function busTo(context: TestContext, project: string) {
  const { port, authorization } = await startBareEngine(context, project, "res://main.tscn");
  const headers = { Authorization: authorization };
  const bus = new Bus({ port, headers, version: protocol, onEvent() {}, onLost() {} });
  context.after(() => bus.close());
  return { bus };
}

describe("A game of ten frames a second", () => {
  it("is read without a frame for each read, and finds its own settings", async (context) => {
    const settings = "\n[application]\n\nrun/max_fps=10\nrun/low_processor_mode_sleep_usec=20000\n";
    const project = await temporaryProject(context, {
      "project.godot": projectGodot({ mainScene: "res://main.tscn", more: settings }),
      "main.tscn": sceneFile("Main", { script: "res://counts.gd" }),
      "counts.gd": counts,
    });
    const { port, authorization } = await startBareEngine(context, project, "res://main.tscn");
    const ask = async (path: string, body?: object) => {
      const response = await fetch(`http://127.0.0.1:${port}${path}`, {
        headers: { Authorization: authorization },
        ...(body && { method: "POST", body: JSON.stringify(body) }),
      });
      return (await response.json()) as { scene?: { root_name: string }; loaded?: boolean };
    };
    const load = async () => {
      const { scene } = await ask("/scene/load", { scene_path: "res://main.tscn", wait: true });
      return (
        /^At(\d+)_(\d+)_(\d+)$/
          .exec(scene?.root_name ?? "")
          ?.slice(1)
          .map(Number) ?? []
      );
    };
    const [before = 0, ...found] = await load();
    assert.deepEqual(found, [10, 20_000]);
    for (let read = 0; read < 100; read += 1) assert.equal((await ask("/state/scene")).loaded, true);
    const [after = 0] = await load();
    assert.ok(after - before < 50, `${after - before} frames`);
  });
});

describe("A game that has stood still for longer than a frame takes", () => {
  it("is read without a frame for each read again", async (context) => {
    const project = await temporaryProject(context, {
      "project.godot": projectGodot({
        mainScene: "res://main.tscn",
        more: "\n[application]\n\nrun/max_fps=10\n",
      }),
      "main.tscn": sceneFile("Main", { script: "res://stalls.gd" }),
      "stalls.gd":
        "extends Node2D\n\nvar frames: int:\n\tget: return Engine.get_process_frames()\n\nvar stall: bool:\n\tget:\n\t\tOS.delay_msec(300)\n\t\treturn true\n",
    });
    const { bus } = await busTo(context, project);
    const read = async (property: string) => {
      const asked = fromPlain({ properties: [property] });
      const answer = toPlain(await bus.call("node.get_node", asked, new AbortController().signal));
      return (answer as { node: { properties: Record<string, number> } }).node.properties[property] ?? 0;
    };
    await read("stall");
    // The frames after it make up for it.
    const before = (await read("frames")) + 3;
    while ((await read("frames")) < before);
    for (let count = 0; count < 50; count += 1) await read("frames");
    const after = await read("frames");
    assert.ok(after - before < 10, `${after - before} frames`);
  });
});

describe("A game that sets its own sleep while its scene is loaded", () => {
  it("finds its own before, and keeps it after", async (context) => {
    const project = await temporaryProject(context, {
      "main.tscn": sceneFile("Main"),
      "other.tscn": sceneFile("Other", { script: "res://sleeps.gd" }),
      "sleeps.gd": `extends Node2D

var seen: Array[int] = []
var now: int:
	get: return OS.low_processor_usage_mode_sleep_usec

func _ready() -> void:
	_see()
	get_tree().create_timer(0.0).timeout.connect(_see)
	create_tween().tween_callback(_see)

func _see() -> void:
	seen.append(OS.low_processor_usage_mode_sleep_usec)
	OS.low_processor_usage_mode_sleep_usec = 20_000 + seen.size()
`,
    });
    const { bus } = await busTo(context, project);
    const never = new AbortController().signal;
    await bus.call("scene.load", fromPlain({ scene_path: "res://other.tscn" }), never);
    const read = async () => {
      const asked = fromPlain({ properties: ["seen", "now"] });
      const answer = toPlain(await bus.call("node.get_node", asked, never));
      return (answer as { node: { properties: { seen: number[]; now: number } } }).node.properties;
    };
    while ((await read()).seen.length < 3);
    assert.deepEqual(await read(), { seen: [6_900, 20_001, 20_002], now: 20_003 });
  });
});

describe("A game whose frames take about as long as they may", () => {
  it("goes on while nobody calls", async (context) => {
    const project = await temporaryProject(context, {
      "project.godot": projectGodot({
        mainScene: "res://main.tscn",
        more: "\n[application]\n\nrun/low_processor_mode_sleep_usec=1000\n",
      }),
      "main.tscn": sceneFile("Main", { script: "res://uneven.gd" }),
      "uneven.gd":
        'extends Node2D\n\nvar _frames: int = 0\n\nfunc _process(_delta: float) -> void:\n\tOS.delay_usec(randi() % 2000)\n\t_frames += 1\n\tif _frames == 3000:\n\t\tprint("three thousand frames")\n',
    });
    const said = Promise.withResolvers<void>();
    await startBareEngine(context, project, "res://main.tscn", ({ message }) => {
      if (message === "three thousand frames") said.resolve();
    });
    await said.promise;
  });
});
