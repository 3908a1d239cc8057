/** The server as a process: signals while it starts, a port that is taken, a binary that is no Godot. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { watch } from "node:fs";
import { chmod, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { describe, it } from "node:test";
import { Code, createClient } from "@connectrpc/connect";
import { createConnectTransport } from "@connectrpc/connect-node";
import { execa } from "execa";
import { ErrorReason } from "#gen/error_pb.js";
import { GodotControlService } from "#gen/godot_control_service_pb.js";
import { failure, timed, untilHealth, untilLogged } from "../support/expect.ts";
import { program } from "../support/fake_engine.ts";
import { processesOf } from "../support/process_figures.ts";
import {
  importedProject,
  projectGodot,
  sceneFile,
  temporaryFolder,
  temporaryProject,
} from "../support/project.ts";
import { startServer } from "../support/server.ts";
import { serverThatSaid, spawnServer } from "../support/server_process.ts";

const files = {
  "project.godot": projectGodot({ mainScene: "res://main.tscn" }),
  "main.tscn": sceneFile("Main"),
};

describe("A server that is told to end", async () => {
  for (const [when, said, create] of [
    ["while it imports", /Importing the project/, temporaryProject],
    ["while the engine boots", /Starting Godot/, importedProject],
    ["while the engine runs", /Godot is ready/, importedProject],
  ] as const) {
    it(`${when} ends in order, with its engine`, async (context) => {
      const project = await create(context, files);
      const { server } = await serverThatSaid(context, project, said);
      const exited = once(server.nodeChildProcess, "exit");
      await timed(context, `SIGTERM ${when}, until the server has ended`, async () => {
        server.kill("SIGTERM");
        assert.deepEqual(await exited, [0, null]);
      });
      assert.deepEqual(await processesOf(project), []);
    });
  }
});

describe("A server that is told to end while it installs an engine", async () => {
  it("ends in order, with what it runs for that", async (context) => {
    const folder = await temporaryFolder(context);
    const begun = join(folder, "begun");
    await execa("mkfifo", [begun]);
    await program(join(folder, "dpkg"), `#!/bin/sh\necho begun > "${begun}"\nexec /bin/sleep 600\n`);
    const project = await temporaryProject(context, files);
    const { server } = await spawnServer(project, await temporaryFolder(context), {
      wrapper: ["env", `PATH=${folder}`],
      flags: ["--godot-path=", "--download-url=http://127.0.0.1:9"],
    });
    context.after(() => server.kill("SIGKILL"));
    server.stdout.resume();
    const exited = once(server.nodeChildProcess, "exit");
    assert.equal(await readFile(begun, "utf8"), "begun\n");
    server.kill("SIGTERM");
    assert.deepEqual(await exited, [0, null]);
  });
});

describe("A server whose terminal is closed", async () => {
  it("lets the game save before it ends", async (context) => {
    const saved = join(await temporaryFolder(context), "saved");
    const project = await importedProject(context, {
      ...files,
      "main.tscn": sceneFile("Main", { script: "res://main.gd" }),
      // As games do it that save when their window is closed, and end when they have saved.
      "main.gd": `extends Node2D

var said: String = ""

func _ready() -> void:
	get_tree().auto_accept_quit = false
	get_window().close_requested.connect(func() -> void: said += "signal ")
	# The button of the main window asks none of the dialogs in it.
	var dialog: ConfirmationDialog = ConfirmationDialog.new()
	dialog.canceled.connect(func() -> void: said += "canceled ")
	add_child(dialog)

func _notification(what: int) -> void:
	if what == NOTIFICATION_WM_CLOSE_REQUEST:
		await get_tree().create_timer(0.1).timeout
		said += "awaited "
		get_tree().quit()

func _exit_tree() -> void:
	FileAccess.open("${saved}", FileAccess.WRITE).store_string(said + "left")
`,
    });
    const { server } = await serverThatSaid(context, project, /Godot is ready/);
    const exited = once(server.nodeChildProcess, "exit");
    server.kill("SIGHUP");
    assert.deepEqual(await exited, [0, null]);
    assert.equal(await readFile(saved, "utf8"), "signal awaited left");
  });
});

describe("A server that was itself stopped", async () => {
  it("takes no engine for hung that was kept waiting by it", async (context) => {
    const folder = await temporaryFolder(context);
    const project = await importedProject(context, {
      ...files,
      "main.tscn": sceneFile("Main", { script: "res://main.gd" }),
      // It prints until nobody reads that, so that its main loop stands still, for longer than the hang timeout.
      "main.gd": `extends Node2D

var thread: Thread = Thread.new()
var last_frame: int = 0
var has_stood: bool = false

func _ready() -> void:
	last_frame = Time.get_ticks_msec()
	thread.start(watch)

func watch() -> void:
	while Time.get_ticks_msec() - last_frame < 3000:
		OS.delay_msec(20)
	has_stood = true
	FileAccess.open("${folder}/stood", FileAccess.WRITE).close()

func _process(_delta: float) -> void:
	last_frame = Time.get_ticks_msec()
	if not has_stood:
		print("x".repeat(50_000))
	elif thread.is_started():
		thread.wait_to_finish()
		print("it goes on")
`,
    });
    const { server, baseUrl } = await serverThatSaid(context, project, /Godot is ready/, {
      flags: ["--hang-timeout=2"],
    });
    const watcher = watch(folder);
    context.after(() => watcher.close());
    const hasStood = once(watcher, "change");
    server.kill("SIGSTOP");
    await hasStood;
    server.kill("SIGCONT");
    const client = createClient(GodotControlService, createConnectTransport({ baseUrl, httpVersion: "1.1" }));
    await untilLogged({ godot: client }, (message) => message === "it goes on");
    // Its own word that the loop goes on comes a moment later.
    const health = await untilHealth({ godot: client }, ({ healthy }) => healthy);
    assert.equal(health.process?.run, 1n);
  });
});

describe("A server in which a failure is nobody's", async () => {
  it("reports it, and goes on", async (context) => {
    const fault = 'data:text/javascript,process.on("SIGUSR2", () => Promise.reject(new Error("unheard")))';
    const { server, baseUrl } = await serverThatSaid(
      context,
      await importedProject(context, files),
      /Godot is ready/,
      { entry: ["--import", fault, "src/main.ts"] },
    );
    server.stdout.setEncoding("utf8");
    const said = once(server.stdout, "data");
    server.kill("SIGUSR2");
    assert.match(String(await said), /Error: A fault in the server\n {2}Error: unheard/);
    assert.equal((await fetch(`${baseUrl}/health`)).status, 200);
  });
});

describe("A server whose lines nobody reads any more", async () => {
  /** Each has its line, and there is nobody to take it. */
  async function goesOn(baseUrl: string) {
    for (const path of ["stop", "start", "restart"])
      assert.equal((await fetch(`${baseUrl}/${path}`, { method: "POST" })).status, 200);
    assert.equal((await fetch(`${baseUrl}/health`)).status, 200);
  }

  it("goes on", async (context) => {
    const project = await importedProject(context, files);
    const { server, baseUrl } = await serverThatSaid(context, project, /Godot is ready/);
    server.stdout.destroy();
    await goesOn(baseUrl);
  });

  it("goes on, and ends, in a terminal that is held", async (context) => {
    const { failed } = await execa("script", ["-qec", "true", "/dev/null"], { reject: false });
    if (failed) return context.skip("This machine has no script(1) of util-linux.");
    const { server, baseUrl } = await serverThatSaid(
      context,
      await importedProject(context, files),
      /Godot is ready/,
      { wrapper: ["sh", "-c", 'exec script -qefc "exec $*" /dev/null', "sh"] },
    );
    server.stdin.write("\x13"); // Ctrl-S
    await goesOn(baseUrl);
    server.stdin.write("\x03"); // Ctrl-C
    assert.equal((await server).exitCode, 0);
  });
});

describe("A second server on a port that is taken", async () => {
  it("says so and ends; the first one is not disturbed", async (context) => {
    const project = await importedProject(context, files);
    const first = await startServer(context, project);
    await first.godot.start({});
    const { server } = await spawnServer(project, await temporaryFolder(context), {
      flags: [`--port=${first.port}`],
    });
    context.after(() => server.kill("SIGKILL"));
    const exited = timed(context, "the second server, until it has ended", () =>
      once(server.nodeChildProcess, "exit"),
    );
    assert.match(
      await text(server.stdout),
      new RegExp(
        `Port ${first.port} is taken, perhaps by another godot-control\\. Choose another with --port`,
      ),
    );
    assert.deepEqual(await exited, [1, null]);
    const { health } = await first.godot.getHealth({});
    assert.deepEqual([health?.healthy, health?.process?.run], [true, 1n]);
  });
});

describe("A binary that is no usable Godot", async () => {
  for (const [what, script, sentence] of [
    ["of version 3", "#!/bin/sh\necho 3.5.2.stable.custom_build\n", /4\.5 or newer/],
    ["that cannot be run", undefined, /not executable|EACCES|permission/i],
    ["that says nothing", "#!/bin/sh\nexit 1\n", /./],
  ] as const) {
    it(`(${what}) is refused at once, saying what to change, and not tried again`, async (context) => {
      const folder = await temporaryFolder(context);
      const path = join(folder, "godot");
      await writeFile(path, script ?? "no program");
      await chmod(path, script === undefined ? 0o644 : 0o755);
      const project = await temporaryProject(context, files);
      const test = await startServer(context, project, [`--godot-path=${path}`]);
      const { code, message, detail } = await timed(context, "Start, until it is refused", () =>
        failure(test.godot.start({})),
      );
      assert.equal(code, Code.FailedPrecondition);
      assert.equal(detail?.reason, ErrorReason.ENGINE_UNUSABLE);
      assert.match(message, sentence);
      assert.match(message, /--godot-path/);
      assert.equal(test.server.supervisor.feed.value.model.restarts, 0);
    });
  }
});
