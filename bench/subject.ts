/** What is measured: a server in a process of its own, as its users run it, and the same engine without it. */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { execa } from "execa";
import { realEngine } from "../test/support/engine.ts";
import { builtServer, spawnServer } from "../test/support/server_process.ts";
import { Http1Client } from "./clients/http1.ts";
import { smallScenes, writeProject } from "./project.ts";

/**
 * Says when the second frame begins (as far as the server lets an engine come before it is ready), then loads
 * each scene that it is told, as a game does it, and says how long that took.
 */
const bareScript = `extends SceneTree

var _frames: int = 0
var _scenes: PackedStringArray = OS.get_cmdline_user_args()
var _next: int = 0
var _began: int = 0

func _initialize() -> void:
	process_frame.connect(_on_frame)
	scene_changed.connect(_on_scene_changed)

func _on_frame() -> void:
	_frames += 1
	if _frames == 2:
		print("bare engine ready")
	if _frames >= 2 and _began == 0 and _next < _scenes.size():
		_began = Time.get_ticks_usec()
		change_scene_to_file(_scenes[_next])

func _on_scene_changed() -> void:
	print("loaded ", _scenes[_next], " ", (Time.get_ticks_usec() - _began) / 1000.0)
	_began = 0
	_next += 1
	if _next == _scenes.size():
		quit()
`;

export interface Subject {
  readonly port: number;
  readonly serverPid: number;
  /** REST over one kept-alive connection. */
  readonly rest: Http1Client;
  readonly project: string;
  /** Milliseconds of a bare headless boot of the same engine, project and scene. */
  bareBoot(scene: string): Promise<number>;
  /** Milliseconds that a bare headless engine takes for each of these loads, one after the other. */
  bareLoads(scenes: readonly string[]): Promise<number[]>;
  /** Runs `work` while a bare headless engine of this process id idles. */
  besideBare<T>(scene: string, work: (pid: number) => Promise<T>): Promise<T>;
  close(): Promise<void>;
}

export async function startSubject(): Promise<Subject> {
  const { path } = await realEngine();
  const folder = await mkdtemp(join(tmpdir(), "godot-control-bench-"));
  const project = join(folder, "project");
  const script = join(folder, "bare.gd");
  await writeFile(script, bareScript);
  await writeProject(project);
  const { server } = await spawnServer(project, folder, { entry: builtServer });
  const port = await listening(server.stdout);
  const rest = new Http1Client(port);
  const bare = (scene: string, loads: readonly string[] = []) =>
    execa(path, ["--headless", "--path", project, "--scene", scene, "--script", script, "--", ...loads], {
      buffer: false,
      reject: false,
    });
  const subject: Subject = {
    port,
    serverPid: server.pid ?? 0,
    rest,
    project,
    async bareBoot(scene) {
      const began = performance.now();
      const engine = bare(scene);
      for await (const line of createInterface({ input: engine.stdout }))
        if (line === "bare engine ready") break;
      const took = performance.now() - began;
      engine.kill("SIGKILL");
      await engine;
      return took;
    },
    async bareLoads(scenes) {
      const engine = bare(smallScenes[0], scenes);
      const took: number[] = [];
      for await (const line of createInterface({ input: engine.stdout })) {
        const found = /^loaded \S+ ([\d.]+)$/.exec(line);
        if (found) took.push(Number(found[1]));
      }
      await engine;
      return took;
    },
    async besideBare(scene, work) {
      const engine = bare(scene);
      try {
        return await work(engine.pid ?? 0);
      } finally {
        engine.kill("SIGKILL");
        await engine;
      }
    },
    async close() {
      rest.close();
      server.kill("SIGTERM");
      await server;
      await rm(folder, { recursive: true, force: true });
    },
  };
  // The first start imports the project; that is not what is measured.
  await rest.json("POST", "/start");
  return subject;
}

async function listening(output: NodeJS.ReadableStream): Promise<number> {
  const lines = createInterface({ input: output });
  return new Promise((resolve) => {
    lines.on("line", (line) => {
      const found = /Listening on http:\/\/127\.0\.0\.1:(\d+)/.exec(line);
      if (found) resolve(Number(found[1]));
    });
  });
}
