/** A real Godot from Debian, through everything but the first source. */
import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { installEngine } from "../../src/engine/install/install.ts";
import { isSupported, parseVersion } from "../../src/engine/install/version.ts";

const noApt = spawnSync("apt-get", ["--version"]).error ? "there is no apt-get on this machine" : false;

test("with the releases out of reach, Debian's Godot is installed, once", { skip: noApt }, async (t) => {
  const cacheDir = await mkdtemp(join(tmpdir(), "godot-install-"));
  t.after(() => rm(cacheDir, { recursive: true, force: true }));
  let requests = 0;
  const server = createServer((_, response) => {
    requests += 1;
    response.writeHead(503).end();
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  t.after(() => server.close());

  const downloadUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const lines: string[] = [];
  const options = { cacheDir, downloadUrl, onProgress: (line: string) => void lines.push(line) };
  const engine = await installEngine(options);

  const version = parseVersion(execFileSync(engine.path, ["--version"], { encoding: "utf8" }));
  assert.ok(version && isSupported(version));
  assert.equal(engine.version, version.text);
  assert.equal((await readdir(join(cacheDir, "engine"))).length, 1);
  assert.equal(requests, 1);
  assert.ok(lines.some((line) => /^Fetching Debian's godot 4\.\S+ and \d+ packages/.test(line)));

  const before = lines.length;
  assert.deepEqual(await installEngine(options), engine);
  assert.equal(requests, 1);
  assert.equal(lines.length, before);
});
