/** Health says what is wrong with the scene that runs, now. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Health } from "#gen/health_pb.js";
import { enginePid, untilHealth } from "../support/expect.ts";
import { importedProject, projectGodot, sceneFile } from "../support/project.ts";
import { inShort, load, ready, scripted } from "../support/scenes.ts";
import { startServer } from "../support/server.ts";

describe("Health", async () => {
  const project = {
    "main.tscn": sceneFile("Main"),
    ...scripted("failing", ready('get_node("Nowhere").show()')),
    ...scripted(
      "later",
      'extends Node2D\n\nfunc _process(_delta: float) -> void:\n\tget_node("Nowhere").show()\n',
    ),
  };
  const blamed = ({ blockingIssues }: Health) => blockingIssues.join("\n");

  it("does not depend on how a scene came to be, and forgets one that went", async (context) => {
    const test = await startServer(context, await importedProject(context, project));
    await load(test, "failing");
    const loaded = await untilHealth(test, (health) => health.scene?.name === "failing");
    assert.equal(loaded.healthy, false);
    assert.match(blamed(loaded), /^Script error: res:\/\/failing\.gd:4: /);

    process.kill(await enginePid(test), "SIGKILL");
    const booted = await untilHealth(
      test,
      ({ process: engine, scene }) => engine?.run === 2n && scene !== undefined,
    );
    assert.equal(booted.scene?.name, "failing");
    assert.equal(blamed(booted), blamed(loaded));

    await load(test, "main");
    const clean = await untilHealth(test, (health) => health.scene?.name === "main");
    assert.equal(blamed(clean), "");
    assert.equal(clean.healthy, true);
  });

  it("tells of a scene that the game itself puts in place, or loads anew, what is its own", async (context) => {
    const test = await startServer(
      context,
      await importedProject(context, {
        ...project,
        ...scripted("leaves", 'extends Node2D\n\nfunc _exit_tree() -> void:\n\tget_node("Nowhere").show()\n'),
        ...scripted(
          "switches",
          ready(
            'get_tree().create_timer(0.3).timeout.connect(_go)\n\tget_node("Nowhere").show()\n\nfunc _go() -> void:\n\tvar tree: SceneTree = get_tree()\n\tvar next: Node = (load("res://main.tscn") as PackedScene).instantiate()\n\ttree.root.add_child(next)\n\ttree.current_scene = next\n\tqueue_free()',
          ),
        ),
        ...scripted(
          "again",
          "extends Node2D\n\nfunc _init() -> void:\n\tvar none: Node = null\n\tnone.show()\n\nfunc _ready() -> void:\n\tget_tree().create_timer(0.2).timeout.connect(get_tree().reload_current_scene)\n",
        ),
      }),
    );
    await load(test, "leaves");
    assert.deepEqual(
      inShort((await load(test, "main")).issues),
      [],
      "What the scene before raised as it left.",
    );
    await load(test, "switches");
    const switched = await untilHealth(test, ({ scene }) => scene?.name === "main");
    assert.equal(blamed(await untilHealth(test, ({ healthy }) => healthy)), "", blamed(switched));
    await load(test, "again");
    const reloaded = await untilHealth(
      test,
      ({ scene }) => scene?.name === "again" && scene.generation >= 7n,
    );
    assert.match(blamed(reloaded), /^Script error: res:\/\/again\.gd:5: /);
  });

  it("tells an error that comes again each frame, once", async (context) => {
    const test = await startServer(context, await importedProject(context, project));
    await load(test, "later");
    const health = await untilHealth(test, (one) => one.scene?.name === "later" && !one.healthy);
    assert.match(blamed(health), /^Script error: res:\/\/later\.gd:4: /);
    assert.equal(health.blockingIssues.length, 1);
  });

  it("says why no scene is loaded, where the one to boot into is broken", async (context) => {
    const folder = await importedProject(context, {
      "project.godot": projectGodot({ mainScene: "res://corrupt.tscn" }),
      "corrupt.tscn": "[gd_scene format=3]\n\n[node name=",
      "brief.tscn": sceneFile("Brief", { script: "res://brief.gd" }),
      "brief.gd":
        "extends Node2D\n\nfunc _ready() -> void:\n\tget_tree().create_timer(0.3).timeout.connect(queue_free)\n",
    });
    const test = await startServer(context, folder);
    const health = await untilHealth(test, ({ process: engine }) => engine?.state === 3);
    assert.match(blamed(health), /^No scene is loaded\. The engine says: .*corrupt\.tscn:3/);
    await load(test, "brief");
    const freed = await untilHealth(test, ({ scene }) => scene === undefined);
    assert.equal(blamed(freed), "No scene is loaded: the game has freed the one that it had.");
  });
});
