/** Who may know whom: the one direction that architecture depends on, read out of the imports themselves. */
import assert from "node:assert/strict";
import { existsSync } from "node:fs";
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

/**
 * The rooms, from the ground up. A file may import from its own room and from those of earlier rows; rooms of one row
 * do not know each other. A room is all that begins with its path and with no longer path here.
 */
const rows: readonly (readonly string[])[] = [
  ["async/"],
  ["model/"],
  ["config/", "errors/", "report.ts", "version.ts"],
  ["engine/bounds.ts"],
  ["engine/process/", "engine/cache/"],
  ["engine/project/settings/", "engine/project/files/"],
  ["engine/project/scenes/"],
  ["engine/project/import/"],
  ["engine/project/"],
  ["engine/install/", "engine/link/variant/"],
  ["engine/link/"],
  ["engine/link/bus/"],
  ["engine/link/addon/", "engine/link/plain/"],
  ["engine/link/attachment.ts"],
  ["engine/supervisor/"],
  ["engine/scenes/"],
  ["services/messages/"],
  ["services/"],
  ["services/bridge/"],
  ["http/rest/"],
  ["http/front/", "http/proxy/"],
  ["http/"],
  ["server.ts"],
  ["create_server.ts"],
  ["cli/"],
  ["main.ts", "index.ts"],
];

const roomOf = (path: string): string =>
  rows
    .flat()
    .filter((room) => path.startsWith(room))
    .reduce((longest, room) => (room.length > longest.length ? room : longest), "");
const rowOf = (path: string) => rows.findIndex((row) => row.includes(roomOf(path)));

/** Each import that `isForbidden` finds, as `file → import`. */
const violations = (isForbidden: (file: SourceFile, name: string) => boolean) =>
  files.flatMap((file) =>
    file.imports.filter((name) => isForbidden(file, name)).map((name) => `${file.path} → ${name}`),
  );

const isPackage = (name: string, ...packages: string[]) =>
  packages.some((one) => name === one || name.startsWith(`${one}/`));

test("the imports are found: the server's are known to be there", () => {
  const server = files.find(({ path }) => path === "server.ts");
  for (const name of ["node:net", "config/config.ts", "engine/supervisor/supervisor.ts", "http/app.ts"])
    assert.ok(server?.imports.includes(name), name);
});

test("every file is in a room of the house, and every room has a file", () => {
  const found = files.map(({ path }) => roomOf(path));
  assert.deepEqual(
    files.filter(({ path }) => roomOf(path) === "").map(({ path }) => path),
    [],
  );
  assert.deepEqual(
    rows.flat().filter((room) => !found.includes(room)),
    [],
  );
});

test("imports run one way: from a room to those of earlier rows", () => {
  const isOurs = (name: string) => roomOf(name) !== "";
  const upwards = violations(
    ({ path }, name) => isOurs(name) && roomOf(name) !== roomOf(path) && rowOf(name) >= rowOf(path),
  );
  assert.deepEqual(upwards, []);
});

/** Each way that leads back to where it began. */
function circlesIn(importsOf: ReadonlyMap<string, readonly string[]>): string[] {
  const circles: string[] = [];
  const sound = new Set<string>();
  const follow = (path: string, way: readonly string[]): void => {
    if (way.includes(path)) circles.push([...way.slice(way.indexOf(path)), path].join(" → "));
    else if (!sound.has(path)) {
      for (const name of importsOf.get(path) ?? []) follow(name, [...way, path]);
      sound.add(path);
    }
  };
  for (const path of importsOf.keys()) follow(path, []);
  return circles;
}

test("no file needs itself by way of others, types included", () => {
  assert.deepEqual(circlesIn(new Map(files.map(({ path, imports }) => [path, imports]))), []);
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

test("what lies below the engine knows nothing but Node, and the names of the errors' reasons", () => {
  const found = violations(
    ({ path }, name) =>
      /^(async|model|config|errors)\//.test(path) &&
      roomOf(name) === "" &&
      !/^(node:.*|#gen\/error_pb\.js)$/.test(name),
  );
  assert.deepEqual(found, []);
});

const mostLines = 250;
test(`no file is longer than ${mostLines} lines`, () => {
  const long = files.filter(({ lines }) => lines > mostLines).map(({ path, lines }) => `${path}: ${lines}`);
  assert.deepEqual(long, []);
});

const mostScriptLines = 250;
const addon = fileURLToPath(new URL("../../godot-addon/addons/godot_control", import.meta.url));

/** The same, inside the engine. */
const addonRows: readonly (readonly string[])[] = [
  ["json_text.gd", "late.gd", "settings.gd", "token_file.gd"],
  ["bus/", "http/"],
  ["engine/"],
  ["commands/"],
  ["routers/"],
  ["control.gd"],
  ["boot.gd", "autoload.gd", "plugin.gd"],
];

test("the addon's preloads run one way, in no circle, from files of a bearable length", async () => {
  const rowOfScript = (path: string) =>
    addonRows.findIndex((row) => row.some((room) => path.startsWith(room)));
  const scripts = (await readdir(addon, { recursive: true })).filter((name) => name.endsWith(".gd"));
  const problems: string[] = [];
  const preloads = new Map<string, string[]>();
  for (const path of scripts) {
    const text = await readFile(join(addon, path), "utf8");
    const lines = text.trimEnd().split("\n").length;
    if (lines > mostScriptLines) problems.push(`${path}: ${lines} lines`);
    if (rowOfScript(path) < 0) problems.push(`${path} is in no room`);
    const named = [...text.matchAll(/\bpreload\("([^"]+)"\)/g)].map(([, name = ""]) =>
      relative(addon, resolve(dirname(join(addon, path)), name)),
    );
    // What is compiled late is named from the addon's folder (late.gd).
    for (const [, name = ""] of text.matchAll(/\bmake(?:\.bind)?\("([^"%]+\.gd)"/g)) named.push(name);
    preloads.set(path, named);
    for (const name of named) {
      const isOwn = dirname(name) === dirname(path) && dirname(path) !== ".";
      if (!isOwn && rowOfScript(name) >= rowOfScript(path)) problems.push(`${path} → ${name}`);
    }
  }
  assert.ok((preloads.get("control.gd") ?? []).includes("http/http_server.gd"), "The preloads are found.");
  assert.ok((preloads.get("control.gd") ?? []).includes("commands/node.gd"), "So are those that come late.");
  assert.deepEqual(problems, []);
  assert.deepEqual(circlesIn(preloads), []);
});

test("the addon asks nothing of a game's object that a script could answer for it", async () => {
  const scripts = (await readdir(addon, { recursive: true })).filter((name) => name.endsWith(".gd"));
  const found: string[] = [];
  for (const path of scripts)
    for (const [line] of (await readFile(join(addon, path), "utf8")).matchAll(
      // A script's _get comes before these; their getters are the engine's own.
      /^.*\w\)?\.(?:name|owner|scene_file_path|resource_path|resource_name)\b.*$/gm,
    ))
      found.push(`${path}: ${line.trim()}`);
  assert.deepEqual(found, []);
});

test("the documents name files that are there", async () => {
  const root = fileURLToPath(new URL("../..", import.meta.url));
  const documents = (await readdir(join(root, "docs"), { recursive: true })).filter((name) =>
    name.endsWith(".md"),
  );
  const found: string[] = [];
  for (const document of ["README.md", "CONTRIBUTING.md", ...documents.map((name) => `docs/${name}`)]) {
    const text = await readFile(join(root, document), "utf8");
    for (const [, path = ""] of text.matchAll(
      /`((?:src|test|bench|tools|proto|gen|docs|godot-addon)\/[\w./-]+)`/g,
    ))
      if (!existsSync(join(root, path))) found.push(`${document}: ${path}`);
  }
  assert.deepEqual(found, []);
});
