/** Who may know whom: the one direction that architecture depends on, read out of the imports themselves. */
import assert from "node:assert/strict";
import { readdir, readFile } from "node:fs/promises";
import { dirname, join, relative, resolve } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

const source = fileURLToPath(new URL("../../src", import.meta.url));

interface SourceFile {
  /** Relative to src, with forward slashes. */
  readonly path: string;
  readonly lines: number;
  /** Files of ours, by their path, and packages, by their name. */
  readonly imports: readonly string[];
}

const specifiers =
  /^\s*(?:import|export)\b[^;"']*?\bfrom\s+"([^"]+)"|^\s*import\s+"([^"]+)"|\bimport\(\s*"([^"]+)"\s*\)/gm;

async function read(path: string): Promise<SourceFile> {
  const text = await readFile(path, "utf8");
  const named = [...text.matchAll(specifiers)].map((match) => match[1] ?? match[2] ?? match[3] ?? "");
  const imports = named.map((name) =>
    name.startsWith(".") ? relative(source, resolve(dirname(path), name)).replaceAll("\\", "/") : name,
  );
  return {
    path: relative(source, path).replaceAll("\\", "/"),
    lines: text.trimEnd().split("\n").length,
    imports,
  };
}

const names = await readdir(source, { recursive: true });
const files = await Promise.all(
  names.filter((name) => name.endsWith(".ts")).map((name) => read(join(source, name))),
);

/** A room may import from itself and from those of a lower number. */
const rooms: readonly [room: RegExp, rank: number][] = [
  [/^async\//, 0],
  [/^model\.ts$/, 0],
  [/^(config|errors|node_version|options|platform|report|server_errors|version)\.ts$/, 1],
  [/^engine\//, 2],
  [/^services\//, 3],
  [/^http\//, 4],
  [/^server\.ts$/, 5],
  [/^cli\//, 6],
  [/^(main|index)\.ts$/, 7],
];

const rank = (path: string) => rooms.find(([room]) => room.test(path))?.[1];

/** Each import that `isForbidden` finds, as `file → import`. */
const violations = (isForbidden: (file: SourceFile, name: string) => boolean) =>
  files.flatMap((file) =>
    file.imports.filter((name) => isForbidden(file, name)).map((name) => `${file.path} → ${name}`),
  );

const isPackage = (name: string, ...packages: string[]) =>
  packages.some((one) => name === one || name.startsWith(`${one}/`));

test("the imports are found: the server's are known to be there", () => {
  const server = files.find(({ path }) => path === "server.ts");
  for (const name of ["fastify", "config.ts", "engine/supervisor.ts", "http/port.ts"])
    assert.ok(server?.imports.includes(name), name);
});

test("every file is in a room of the house", () => {
  assert.deepEqual(
    files.filter(({ path }) => rank(path) === undefined).map(({ path }) => path),
    [],
  );
});

test("imports run one way: model ← config, errors ← engine ← services ← http ← server ← cli, main", () => {
  const upwards = violations((file, name) => (rank(name) ?? 0) > (rank(file.path) ?? 0));
  assert.deepEqual(upwards, []);
});

test("no file needs itself by way of others, types included", () => {
  const importsOf = new Map(files.map(({ path, imports }) => [path, imports]));
  const circles: string[] = [];
  const sound = new Set<string>();
  const follow = (path: string, way: readonly string[]): void => {
    if (way.includes(path)) circles.push([...way.slice(way.indexOf(path)), path].join(" → "));
    else if (!sound.has(path)) {
      for (const name of importsOf.get(path) ?? []) follow(name, [...way, path]);
      sound.add(path);
    }
  };
  for (const { path } of files) follow(path, []);
  assert.deepEqual(circles, []);
});

/** Within the engine's room, too: what a file of one row needs is in its own row, or in one above it. */
const engineRows: readonly RegExp[] = [
  /^(bounds|cache_folder|folder_lock|lines|said|shortage|log_parser|link)\.ts$/,
  /^(announcement|descendants|parent_death|process|server_sent_events|http_client|channel|addon_messages|recent_log)\.ts$/,
  /^(install|project)\//,
  /^(find|version_gap|import_entries|preparation|preparations|addon_token|addon_link|plain_link|attachment|launch|run)\.ts$/,
  /^(lifecycle|boot_scene|snapshot|start_outcome|exit_blame|issue_places|supervisor|health|narrate)\.ts$/,
  /^(load|fresh_engine|scene_drive|scene_loads)\.ts$/,
];
const engineRow = (path: string) =>
  engineRows.findIndex((row) => path.startsWith("engine/") && row.test(path.slice("engine/".length)));

test("within the engine's room, imports run one way: process ← install, project ← links, runs ← supervisor ← scenes", () => {
  const rowless = files.filter(({ path }) => path.startsWith("engine/") && engineRow(path) < 0);
  assert.deepEqual(
    rowless.map(({ path }) => path),
    [],
  );
  const upwards = violations(({ path }, name) => engineRow(path) >= 0 && engineRow(name) > engineRow(path));
  assert.deepEqual(upwards, []);
});

test("the engine's room knows no protobuf and no HTTP framework", () => {
  const found = violations(
    ({ path }, name) =>
      path.startsWith("engine/") &&
      (name.startsWith("#gen/") || isPackage(name, "@bufbuild", "@connectrpc", "fastify")),
  );
  assert.deepEqual(found, []);
});

test("the services know no sockets and no HTTP framework", () => {
  const found = violations(
    ({ path }, name) =>
      path.startsWith("services/") &&
      isPackage(name, "node:net", "node:tls", "node:http", "node:https", "node:http2", "fastify"),
  );
  assert.deepEqual(found, []);
});

test("the model, options, config and errors know nothing but Node, the model and the options", () => {
  const found = violations(
    ({ path }, name) =>
      /^(model|options|config|errors)\.ts$/.test(path) &&
      !/^(node:.*|(model|options)\.ts|#gen\/error_pb\.js)$/.test(name),
  );
  assert.deepEqual(found, []);
});

test("no file is longer than 300 lines", () => {
  const long = files.filter(({ lines }) => lines > 300).map(({ path, lines }) => `${path}: ${lines}`);
  assert.deepEqual(long, []);
});
