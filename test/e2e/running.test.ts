/** What an engine is started with: its port, its player, its pictures; and that it never outlives its server. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { describe, it } from "node:test";
import { untilHealth } from "../support/expect.ts";
import { gone } from "../support/process_figures.ts";
import {
  importedProject,
  projectGodot,
  sceneFile,
  temporaryFolder,
  temporaryProject,
  writeFiles,
} from "../support/project.ts";
import { startServer } from "../support/server.ts";
import { serverThatSaid } from "../support/server_process.ts";

const withPlayer = (more = "") =>
  `[gd_scene format=3]\n\n[node name="Level" type="Node2D"]\n\n[node name="Hero" type="Node2D" parent="."${more}]\n`;

describe("A running engine", () => {
  it("takes another port where its own is taken, and whoever has that one hears nothing", async (context) => {
    const asked: string[] = [];
    const stranger = createServer((request, response) => {
      asked.push(request.url ?? "");
      response.end("{}");
    }).listen(0, "127.0.0.1");
    await once(stranger, "listening");
    context.after(() => stranger.close());
    const { port } = stranger.address() as AddressInfo;
    const project = await importedProject(context, { "main.tscn": sceneFile("Main") });
    const { scene, godot } = await startServer(context, project, [`--godot-port=${port}`]);
    await scene.loadScene({ scenePath: "res://main.tscn" });
    const { health } = await godot.getHealth({});
    assert.equal(health?.api?.reachable, true);
    assert.notEqual(health.api.port, port);
    assert.deepEqual(asked, []);
    context.diagnostic("requests at the stranger: 0");
  });

  it("has a player by group or by name, and needs one only when told so", async (context) => {
    const project = await importedProject(context, {
      "grouped.tscn": withPlayer(' groups=["heroes"]'),
      "none.tscn": sceneFile("None"),
    });
    await writeFiles(project, { "named.tscn": withPlayer() });
    const flags = ["--require-player", "--player-group=heroes", "--player-name=Hero", "--player-timeout=0.3"];
    const { scene, godot, rest } = await startServer(context, project, flags);
    for (const name of ["grouped", "named"]) {
      await scene.loadScene({ scenePath: `res://${name}.tscn` });
      const { health } = await godot.getHealth({});
      assert.deepEqual([health?.healthy, health?.player?.nodePath], [true, "/root/Level/Hero"]);
    }
    const { status, body } = await rest("POST", "/scene/load", { scene_path: "res://none.tscn" });
    assert.equal(status, 504);
    assert.equal(body.reason, "PLAYER_MISSING");
    assert.match(String(body.message), /runs, but no player appeared within 0\.3 s/);
    const { health } = await godot.getHealth({});
    assert.equal(health?.healthy, false);
    assert.match(health.blockingIssues.join(), /no node in group "heroes" or named "Hero"/);
  });

  it("is seen to lose its player, and to get it back, by a name and by a group too", async (context) => {
    const folder = await temporaryFolder(context);
    const project = await importedProject(context, {
      "level.tscn": `${sceneFile("Level", { script: "res://level.gd" })}\n[node name="Player" type="Node2D" parent="."]\n`,
      "level.gd": `extends Node2D

func _ready() -> void:
	var someone: Node2D = Node2D.new()
	var steps: Array[Callable] = [
		$Player.queue_free,
		add_child.bind(someone),
		someone.set_name.bind("Player"),
		someone.set_name.bind("Corpse"),
		someone.add_to_group.bind("player"),
		someone.remove_from_group.bind("player"),
	]
	for index: int in steps.size():
		while not FileAccess.file_exists("${folder}/%d" % index):
			await get_tree().process_frame
		steps[index].call()
`,
    });
    const { scene, godot } = await startServer(context, project);
    await scene.loadScene({ scenePath: "res://level.tscn" });
    assert.equal((await godot.getHealth({})).health?.player?.exists, true);
    // Added by another name, it is none yet.
    const steps: [file: number, exists: boolean][] = [
      [0, false],
      [1, false],
      [2, true],
      [3, false],
      [4, true],
      [5, false],
    ];
    for (const [file, exists] of steps) {
      await writeFile(join(folder, String(file)), "");
      await untilHealth({ godot }, ({ player }) => player?.exists === exists);
    }
  });

  for (const [what, freeze] of [
    ["", false],
    [", also frozen", true],
  ] as const) {
    it(`does not outlive a server that is killed${what}`, async (context) => {
      const project = await importedProject(context, { "main.tscn": sceneFile("Main") });
      const { server, found } = await serverThatSaid(context, project, /Godot is ready: run 1, pid (\d+)/);
      const pid = Number(found[1]);
      if (freeze) process.kill(pid, "SIGSTOP");
      server.kill("SIGKILL");
      await gone(pid);
    });
  }

  it("does not outlive a server that is killed while it imports", async (context) => {
    const project = await temporaryProject(context, {
      "project.godot": projectGodot({
        more: '[editor_plugins]\n\nenabled=PackedStringArray("res://addons/loop/plugin.cfg")\n',
      }),
      "addons/loop/plugin.cfg":
        '[plugin]\n\nname="Loop"\ndescription=""\nauthor=""\nversion="1"\nscript="plugin.gd"\n',
      "addons/loop/plugin.gd":
        '@tool\nextends EditorPlugin\n\nfunc _enter_tree() -> void:\n\tprinterr("importer ", OS.get_process_id())\n\twhile true:\n\t\tpass\n',
    });
    const { server, baseUrl } = await serverThatSaid(context, project, /Importing the project/);
    const logs = await fetch(`${baseUrl}/logs/watch?cursor=0`);
    let text = "";
    for await (const bytes of logs.body ?? []) {
      text += Buffer.from(bytes).toString();
      if (/importer \d+/.test(text)) break;
    }
    server.kill("SIGKILL");
    await gone(Number(/importer (\d+)/.exec(text)?.[1]));
  });
});
