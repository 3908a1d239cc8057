/** The cause, not only the symptom: what the first answer says, and which of the five facts of liveness is false. */
import assert from "node:assert/strict";
import { describe, it, type TestContext } from "node:test";
import { EngineState, type Health, type Liveness } from "#gen/health_pb.js";
import { failure, untilHealth } from "../support/expect.ts";
import { importedProject, projectGodot, sceneFile, temporaryProject } from "../support/project.ts";
import { startServer } from "../support/server.ts";

const numbers = Array.from({ length: 50 }, (_, index) => index);

describe("A project with fifty parse errors", async () => {
  it("says so in the first answer, each with its file and line", async (context) => {
    const project = await importedProject(context, {
      "project.godot": projectGodot({
        more: `[autoload]\n\n${numbers.map((n) => `Bad${n}="*res://bad${n}.gd"`).join("\n")}\n`,
      }),
      ...Object.fromEntries(
        numbers.map((n) => [`bad${n}.gd`, "extends Node\n\nfunc _ready() -> void:\n\tvar x =\n"]),
      ),
      "main.tscn": sceneFile("Main"),
    });
    const { rest, godot } = await startServer(context, project);
    const { status, body } = await rest("POST", "/scene/load", { scene_path: "res://main.tscn" });
    assert.equal(status, 200);
    const issues = body.issues as { file: string; line: number; message: string }[];
    const parseErrors = issues.filter(({ message }) => message.includes("Parse Error"));
    assert.deepEqual(
      new Set(parseErrors.map(({ file, line }) => `${file}:${line}`)),
      new Set(numbers.map((n) => `res://bad${n}.gd:4`)),
    );
    const { health } = await godot.getHealth({});
    assert.equal(health?.healthy, false);
    assert.match(health.blockingIssues[0] ?? "", /res:\/\/bad\d+\.gd:4: Parse Error/);
    assert.match(health.blockingIssues.join("\n"), /And \d+ more script errors/);
    // They are wrong as long as the run lasts: a load that raises none of its own tells them too.
    const again = await rest("POST", "/scene/load", { scene_path: "res://main.tscn" });
    assert.equal(again.body.engine_action, "ENGINE_ACTION_KEPT");
    assert.deepEqual(again.body.issues, body.issues);
  });
});

describe("Each of the five facts of liveness", async () => {
  const files = (mainScene?: string) => ({
    "project.godot": projectGodot(mainScene === undefined ? {} : { mainScene }),
    "main.tscn": sceneFile("Main"),
  });
  const project = (context: TestContext, mainScene?: string) => importedProject(context, files(mainScene));

  /** Which facts hold, in their order. */
  const facts = ({ liveness }: Health) => {
    const found = liveness as Liveness;
    return [
      found.processAlive,
      found.apiAnswering,
      found.mainLoopAdvancing,
      found.projectImported,
      found.sceneReady,
    ];
  };

  it("is seen to become true, one by one, while a project starts for the first time", async (context) => {
    const test = await startServer(context, await temporaryProject(context, files("res://main.tscn")));
    const importing = await untilHealth(test, (health) =>
      health.blockingIssues.some((issue) => issue.includes("Importing")),
    );
    assert.deepEqual(facts(importing), [false, false, false, false, false]);
    const booting = await untilHealth(test, ({ liveness }) => liveness?.processAlive === true);
    assert.deepEqual(facts(booting), [true, false, false, true, false]);
    const ready = await untilHealth(test, ({ healthy }) => healthy);
    assert.deepEqual(facts(ready), [true, true, true, true, true]);
    assert.equal(ready.liveness?.mainLoopStuck, undefined);
  });

  it("is false by itself: no scene", async (context) => {
    const test = await startServer(context, await project(context));
    const health = await untilHealth(test, (one) => one.process?.state === EngineState.RUNNING);
    assert.deepEqual(facts(health), [true, true, true, true, false]);
  });

  it("is false by itself: a main loop that stands still", async (context) => {
    const test = await startServer(context, await project(context, "res://main.tscn"));
    const { process: engine } = await untilHealth(test, ({ healthy }) => healthy);
    process.kill(engine?.pid ?? 0, "SIGSTOP");
    const stuck = await untilHealth(test, ({ healthy }) => !healthy);
    assert.deepEqual(facts(stuck), [true, true, false, true, true]);
    assert.ok((stuck.liveness?.mainLoopStuck?.seconds ?? 0n) >= 1n);
    process.kill(engine?.pid ?? 0, "SIGCONT");
  });

  it("is false where there is no process, and over REST the same", async (context) => {
    const { godot, rest } = await startServer(context, await project(context, "res://main.tscn"));
    await godot.start({});
    await godot.stop({});
    const { status, body } = await rest("GET", "/health");
    assert.equal(status, 503);
    assert.deepEqual(body.liveness, {
      process_alive: false,
      api_answering: false,
      main_loop_advancing: false,
      project_imported: true,
      scene_ready: false,
    });
  });
});

describe("A game that removes every node it can find, the addon's too if there were one,", async () => {
  it("is still driven: it answers, and loads the next scene", async (context) => {
    const test = await startServer(
      context,
      await importedProject(context, {
        "main.tscn": sceneFile("Main"),
        "wipe.tscn": sceneFile("Wipe", { script: "res://wipe.gd" }),
        "wipe.gd":
          "extends Node2D\n\nfunc _ready() -> void:\n\tget_tree().create_timer(0.5).timeout.connect(_wipe)\n\nfunc _wipe() -> void:\n\tfor node: Node in get_tree().root.get_children():\n\t\tnode.queue_free()\n",
      }),
    );
    await test.scene.loadScene({ scenePath: "res://wipe.tscn" });
    const gone = await untilHealth(test, ({ healthy }) => !healthy);
    assert.equal(gone.scene, undefined);
    assert.equal(gone.liveness?.apiAnswering, true);
    const { result } = await test.scene.loadScene({ scenePath: "res://main.tscn" });
    assert.equal(result?.scene?.path, "res://main.tscn");
    assert.equal(result.scene.run, 1n);
  });
});

describe("A project that was made with a newer Godot", async () => {
  it("runs, and the version is named in the status and in the log", async (context) => {
    const project = await importedProject(context, {
      "project.godot": projectGodot({ more: '[application]\n\nconfig/features=PackedStringArray("4.99")\n' }),
      "main.tscn": sceneFile("Main"),
    });
    const { rest } = await startServer(context, project);
    assert.equal((await rest("POST", "/scene/load", { scene_path: "res://main.tscn" })).status, 200);
    const { body: status } = await rest("GET", "/status");
    const [warning, ...more] = status.warnings as string[];
    assert.match(warning ?? "", /^The project was made with Godot 4\.99, and this engine is Godot \d/);
    assert.deepEqual(more, []);
    const { body: logs } = await rest("GET", "/logs");
    const [entry] = logs.entries as { severity: string; message: string }[];
    assert.deepEqual([entry?.severity, entry?.message], ["SEVERITY_WARN", warning]);
    const health = await rest("GET", "/health");
    assert.deepEqual([health.status, health.body.blocking_issues], [200, []]);
  });

  it("names the version before all else where something fails", async (context) => {
    const project = await importedProject(context, {
      "project.godot": projectGodot({ more: '[application]\n\nconfig/features=PackedStringArray("4.99")\n' }),
      "new.tscn": sceneFile("New", { script: "res://new.gd" }),
      "new.gd": "extends Node2D\n\nfunc _ready() -> void:\n\tvar syntax of a later version\n",
      "broken.tscn": '[gd_scene format=99]\n\n[node name="A" type="Later"',
    });
    const { rest, scene } = await startServer(context, project);
    const said = /^The project was made with Godot 4\.99, and this engine is Godot \d/;
    const { body } = await rest("POST", "/scene/load", { scene_path: "res://new.tscn" });
    const issues = body.issues as { message: string; file?: string }[];
    assert.match(issues[0]?.message ?? "", said);
    assert.equal(issues[1]?.file, "res://new.gd");
    const { body: health } = await rest("GET", "/health");
    const blocking = health.blocking_issues as string[];
    assert.match(blocking[0] ?? "", said);
    assert.match(blocking[1] ?? "", /res:\/\/new\.gd:4/);
    const { message } = await failure(scene.loadScene({ scenePath: "res://broken.tscn" }));
    assert.match(message, /could not be loaded; .* The project was made with Godot 4\.99, and this engine/);
  });
});
