/**
 * `npm run fuzz -- --minutes N [--seed S]`: random and mutated HTTP/1.1 bytes, HTTP/2 frames, messages, scene
 * paths, proxy paths and frames of the bus, against the server's socket and against the addon's own. Exits with 1
 * where either process ended, answered a fault of its own, grew without bound, asked another host, or loaded a scene
 * from outside of the project. Linux only.
 */
import { once } from "node:events";
import { mkdir, mkdtemp, rm, symlink } from "node:fs/promises";
import type { AddressInfo } from "node:net";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { parseArgs } from "node:util";
import { startBareEngine } from "../../test/support/bare_engine.ts";
import { processesOf, residentMemory } from "../../test/support/process_figures.ts";
import { projectGodot, sceneFile, writeFiles } from "../../test/support/project.ts";
import { builtServer, spawnServer } from "../../test/support/server_process.ts";
import { exchangeFrames, frames } from "./frames.ts";
import { harmfulPaths, Random } from "./mutate.ts";
import { exchange, http1, http2 } from "./sockets.ts";

const { values } = parseArgs({
  options: {
    minutes: { type: "string", default: "1" },
    seed: { type: "string", default: String(Date.now() % 1e9) },
  },
});
const length = Number(values.minutes) * 60_000;
const seed = Number(values.seed);
if (!(length > 0) || !Number.isInteger(seed)) {
  process.stderr.write("--minutes must be more than 0, and --seed a whole number.\n");
  process.exit(2);
}
process.stdout.write(`Seed ${seed}\n`);

const outsideSays = "a scene from outside of the project runs";
const folder = await mkdtemp(join(tmpdir(), "godot-control-fuzz-"));
const [project, other] = [join(folder, "project"), join(folder, "other")];
const files = {
  "project.godot": projectGodot({ mainScene: "res://main.tscn" }),
  "main.tscn": sceneFile("Main"),
  "levels/one.tscn": sceneFile("One"),
};
const trap = {
  "outside.tscn": sceneFile("Outside", { script: "res://outside.gd" }),
  "outside.gd": `extends Node2D\n\nfunc _init() -> void:\n\tprint("${outsideSays}")\n`,
};
await writeFiles(project, files);
await writeFiles(other, files);
await writeFiles(folder, trap);
for (const root of [project, other]) {
  await symlink(join(folder, "outside.tscn"), join(root, "link.tscn"));
  await symlink(folder, join(root, "linked"));
  await mkdir(join(root, "user"));
}
const inside = new Set(["res://main.tscn", "res://levels/one.tscn"]);

/** Whoever asks here was led astray. */
let strayed = 0;
const canary = createServer((socket) => {
  strayed += 1;
  socket.destroy();
}).listen(0, "127.0.0.1");
await once(canary, "listening");
const canaryPort = (canary.address() as AddressInfo).port;

const { server } = await spawnServer(project, join(folder, "cache"), { entry: builtServer });
const serverPid = server.pid as number;
const said = createInterface({ input: server.stdout });
let port = 0;
const problems: string[] = [];
await new Promise<void>((ready) => {
  said.on("line", (line) => {
    port ||= Number(/Listening on http:\/\/127\.0\.0\.1:(\d+)/.exec(line)?.[1] ?? 0);
    if (line.includes("Godot is ready")) ready();
    if (/A fault in the server|unexpectedly/.test(line)) problems.push(line);
  });
});
const cleanups: (() => Promise<void>)[] = [];
const bare = await startBareEngine(
  { after: (done: () => Promise<void>) => void cleanups.push(done) } as never,
  other,
);

const counts = new Map<string, number>();
const statuses = new Map<string, number>();
const ended = new AbortController();
const over = AbortSignal.any([AbortSignal.timeout(length), ended.signal]);
let lastWords = "";
server.stderr.on("data", (bytes) => {
  lastWords = (lastWords + bytes).slice(-4_000);
});
void server.then(({ exitCode, signal }) => {
  if (!over.aborted) problems.push(`The server ended with ${exitCode ?? signal}: ${lastWords}`);
  ended.abort();
});

const note = (name: string, answer: string): void => {
  counts.set(name, (counts.get(name) ?? 0) + 1);
  const status = `${name} ${/^HTTP\/1\.1 (\d{3})/.exec(answer)?.[1] ?? "no answer"}`;
  statuses.set(status, (statuses.get(status) ?? 0) + 1);
  if (answer.startsWith("HTTP/1.1 500") && answer.includes("A fault in the server"))
    problems.push(`${name}: ${answer}`);
};

/** Goes on with one kind of input until the time is over. */
async function repeat(
  name: string,
  number: number,
  work: (random: Random) => Promise<string>,
): Promise<void> {
  const random = new Random(seed + number);
  while (!over.aborted && problems.length < 20) note(name, await work(random));
}

const post = (path: string, body: string | Buffer, headers = "Content-Type: application/json\r\n") =>
  Buffer.concat([
    Buffer.from(
      `POST ${path} HTTP/1.1\r\nHost: localhost\r\n${headers}Connection: close\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n`,
    ),
    Buffer.from(body),
  ]);
const requests = [
  "GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n",
  "GET /logs?limit=1 HTTP/1.1\r\nHost: localhost\r\n\r\n",
  "GET /godot/health HTTP/1.1\r\nHost: localhost\r\n\r\n",
  post("/scene/load", '{"scene_path":"res://main.tscn"}').toString(),
  post("/godot.control.v1.GodotControlService/GetHealth", "{}").toString(),
];
const secret = `Authorization: ${bare.authorization}\r\n`;
const addonRequests = ["", secret].flatMap((authorization) => [
  `GET /health HTTP/1.1\r\nHost: 127.0.0.1\r\n${authorization}\r\n`,
  `GET /state/scene HTTP/1.1\r\nHost: 127.0.0.1\r\n${authorization}\r\n`,
  post("/scene/load", '{"scene_path":"res://main.tscn"}', authorization).toString(),
]);
const scenePath = (random: Random) =>
  random
    .mutated(
      Buffer.from(random.pick(["res://main.tscn", "res://levels/one.tscn", "res://linked/outside.tscn"])),
      [...harmfulPaths, folder],
    )
    .toString("utf8");
/** A scene that was loaded has to be one of the project's. */
const checkScene = (answer: string): string => {
  const path = /"scene_path": ?"([^"]*)"/.exec(answer)?.[1];
  if (answer.startsWith("HTTP/1.1 200") && !inside.has(path ?? ""))
    problems.push(`Loaded ${path}: ${answer}`);
  return answer;
};
/** What has a meaning in the path of a node or of a property. */
const nodeParts = ["/", "..", ".", "%", ":", "::", "@", "/root/", "\0", "name", "script:source_code"];
const rpcs = [
  "SceneService/LoadScene",
  "SceneService/ListScenes",
  "NodeService/GetNode",
  "NodeService/ListNodes",
  "GodotControlService/ListLogs",
  "GodotControlService/Start",
];

const work: Record<string, (random: Random) => Promise<string>> = {
  "server: HTTP/1.1 bytes": (random) => exchange(port, http1(random, requests)),
  "server: HTTP/2 frames": (random) => exchange(port, http2(random)),
  "server: JSON": (random) =>
    exchange(
      port,
      post(
        `/godot.control.v1.${random.pick(rpcs)}`,
        random.mutated(Buffer.from('{"scenePath":"res://main.tscn","timeout":"1.5s"}'), [
          '"',
          "{",
          "[",
          "1e999",
          "null",
          "\\u0000",
        ]),
      ),
    ),
  "server: protobuf": (random) =>
    exchange(
      port,
      post(`/godot.control.v1.${random.pick(rpcs)}`, random.bytes(64), "Content-Type: application/proto\r\n"),
    ),
  "server: scene paths": async (random) =>
    checkScene(
      await exchange(
        port,
        post("/scene/load", JSON.stringify({ scene_path: scenePath(random), timeout: "5s" })),
      ),
    ),
  "server: paths of nodes": (random) => {
    const path = random.mutated(Buffer.from(random.pick(["/root/Main", "Main/%A", "..", ""])), nodeParts);
    const property = random.mutated(Buffer.from(random.pick(["position:x", "name", "script"])), nodeParts);
    const body = { path: path.toString("utf8"), properties: [property.toString("utf8")] };
    return exchange(port, post("/godot.control.v1.NodeService/GetNode", JSON.stringify(body)));
  },
  "server: proxy paths": (random) =>
    exchange(
      port,
      Buffer.concat([
        Buffer.from("GET "),
        random.mutated(Buffer.from("/godot/state/scene?a=b"), [
          ...harmfulPaths,
          `//127.0.0.1:${canaryPort}/`,
          `@127.0.0.1:${canaryPort}/`,
          `http://127.0.0.1:${canaryPort}/`,
        ]),
        Buffer.from(" HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"),
      ]),
    ),
  "addon: HTTP/1.1 bytes": (random) => exchange(bare.port, http1(random, addonRequests)),
  "addon: frames of the bus": (random) => exchangeFrames(bare, frames(random)),
  "addon: scene paths": async (random) =>
    checkScene(
      await exchange(
        bare.port,
        post("/scene/load", JSON.stringify({ scene_path: scenePath(random), wait: true }), secret),
      ),
    ),
};

const [barePid] = await processesOf(other);
const memory = { server: [] as number[], engine: [] as number[] };
/** None of a process that has ended. */
const residentMegabytes = async (pid: number) => (await residentMemory(pid).catch(() => 0)) / 1e6;
const watch = async () => {
  while (!over.aborted) {
    memory.server.push(await residentMegabytes(serverPid));
    memory.engine.push(await residentMegabytes(barePid as number));
    await once(AbortSignal.any([AbortSignal.timeout(1_000), over]), "abort");
  }
};
/** Most of what is to be found lies in the paths. */
const callers = (name: string) => (name === "server: scene paths" ? 6 : 1);
await Promise.all([
  watch(),
  ...Object.entries(work).flatMap(([name, one], number) =>
    Array.from({ length: callers(name) }, (_, caller) => repeat(name, 100 * caller + number, one)),
  ),
]);

if (!ended.signal.aborted) {
  const base = `http://127.0.0.1:${port}`;
  const health = (await (await fetch(`${base}/health`)).json()) as { godot_process: { running: boolean } };
  if (!health.godot_process.running) problems.push("The engine does not run any more.");
  const logs = await (await fetch(`${base}/logs?limit=1000`)).text();
  if (logs.includes(outsideSays)) problems.push(outsideSays);
}
if (strayed > 0) problems.push(`${strayed} requests went to another port.`);
if (!(await processesOf(other)).includes(barePid as number)) problems.push("The addon's engine has ended.");
const rose = (all: readonly number[]) =>
  `${Math.max(...all.slice(0, Math.ceil(all.length / 5))).toFixed(0)} MB at most in the first fifth of the time, ${Math.max(...all).toFixed(0)} MB in all`;

process.stdout.write(
  [
    "| input | sent |",
    "| --- | ---: |",
    ...[...counts].sort().map(([name, count]) => `| ${name} | ${count} |`),
    `| server memory | ${rose(memory.server)} |`,
    `| engine memory | ${rose(memory.engine)} |`,
    `| requests to another host | ${strayed} |`,
    `| problems | ${problems.length} |`,
    "",
    ...[...statuses].sort().map(([what, count]) => `${what}: ${count}`),
    ...problems.slice(0, 20).map((problem) => `PROBLEM ${JSON.stringify(problem.slice(0, 500))}`),
    "",
  ].join("\n"),
);
canary.close();
server.kill("SIGTERM");
await server;
for (const cleanup of cleanups) await cleanup();
await rm(folder, { recursive: true, force: true });
process.exitCode = problems.length === 0 ? 0 : 1;
