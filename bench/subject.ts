/** What is measured: a server in a process of its own, as its users run it, and the same engine without it. */
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { Agent, request } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { execa } from "execa";
import { demoProject } from "../src/config.ts";
import { realEngine } from "../test/support/engine.ts";
import { spawnServer } from "../test/support/server_process.ts";

/** Prints a line when the second frame begins: as far as the server lets an engine come before it is ready. */
const bareScript = `extends SceneTree

var _frames: int = 0

func _initialize() -> void:
	process_frame.connect(_on_frame)

func _on_frame() -> void:
	_frames += 1
	if _frames == 2:
		print("bare engine ready")
`;

export interface Subject {
  readonly port: number;
  readonly serverPid: number;
  /** Milliseconds of a bare headless boot of the same engine, project and scene. */
  bareBoot(scene: string): Promise<number>;
  /** REST over one kept-alive connection. */
  call(method: "GET" | "POST", path: string, body?: unknown): Promise<Record<string, unknown>>;
  close(): Promise<void>;
}

export async function startSubject(project = demoProject): Promise<Subject> {
  const { path } = await realEngine();
  const folder = await mkdtemp(join(tmpdir(), "godot-control-bench-"));
  const script = join(folder, "bare.gd");
  await writeFile(script, bareScript);
  const { server } = await spawnServer(project, folder);
  const lines = createInterface({ input: server.stdout });
  const port = await new Promise<number>((resolve) => {
    lines.on("line", (line) => {
      const found = /Listening on http:\/\/localhost:(\d+)/.exec(line);
      if (found) resolve(Number(found[1]));
    });
  });
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const subject: Subject = {
    port,
    serverPid: server.pid ?? 0,
    async bareBoot(scene) {
      const began = performance.now();
      const engine = execa(path, ["--headless", "--path", project, "--scene", scene, "--script", script], {
        buffer: false,
        reject: false,
      });
      for await (const line of createInterface({ input: engine.stdout }))
        if (line === "bare engine ready") break;
      const took = performance.now() - began;
      engine.kill("SIGKILL");
      await engine;
      return took;
    },
    call: (method, path, body) => call(agent, port, method, path, body),
    async close() {
      agent.destroy();
      server.kill("SIGTERM");
      await server;
      await rm(folder, { recursive: true, force: true });
    },
  };
  // The first start imports the project; that is not what is measured.
  await subject.call("POST", "/start");
  return subject;
}

async function call(agent: Agent, port: number, method: string, path: string, body: unknown) {
  const text = body === undefined ? "" : JSON.stringify(body);
  const headers = text ? { "Content-Type": "application/json", "Content-Length": text.length } : {};
  const outgoing = request({ host: "127.0.0.1", port, agent, method, path, headers });
  outgoing.end(text);
  const [response] = await once(outgoing, "response");
  let answer = "";
  for await (const chunk of response.setEncoding("utf8")) answer += chunk;
  return JSON.parse(answer) as Record<string, unknown>;
}
