/** The whole server, with a small real program in the engine's place. */
import assert from "node:assert/strict";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { runInNewContext } from "node:vm";
import { createClient } from "@connectrpc/connect";
import { ErrorReason } from "#gen/error_pb.js";
import { GodotControlService } from "#gen/godot_control_service_pb.js";
import { readConfig } from "../../src/config/read.ts";
import { buildServer } from "../../src/server.ts";
import { clientKinds } from "../contract/clients.ts";
import { failure } from "../support/expect.ts";
import { program } from "../support/fake_engine.ts";
import { temporaryFolder } from "../support/project.ts";

/** It never becomes ready, and ends only by SIGKILL. */
const stubborn = `#!/bin/sh\n[ "$1" = --version ] && exec echo 4.6.3.stable\ntrap '' TERM\nwhile :; do sleep 1; done\n`;

async function serverOf(context: TestContext, flags: string[]) {
  const folder = await temporaryFolder(context);
  const path = await program(join(folder, "godot"), stubborn);
  const root = join(folder, "project");
  await mkdir(join(root, ".godot"), { recursive: true });
  await writeFile(join(root, ".godot", "global_script_class_cache.cfg"), "list=[]\n");
  await writeFile(join(root, "project.godot"), "config_version=5\n");
  const places = [`--project-path=${root}`, `--godot-path=${path}`, `--cache-dir=${join(folder, "cache")}`];
  const server = buildServer(
    readConfig([...places, "--port=0", "--godot-port=0", "--no-autostart", ...flags], {}),
    {
      info() {},
      error() {},
    },
  );
  return { server, port: (await server.listen()).port };
}

test("a server that closes ends its calls by name, and its engine, within its one time limit", async (context) => {
  const { server, port } = await serverOf(context, ["--stop-timeout=3600", "--close-timeout=0.5"]);
  const clients = clientKinds.map((kind) => ({ name: kind.name, ...kind.open(port) }));
  context.after(() => clients.map(({ close }) => close()));
  const { supervisor } = server;
  const arrived = Promise.withResolvers<void>();
  let count = 0;
  const start = supervisor.start.bind(supervisor);
  supervisor.start = (options) => {
    count += 1;
    if (count === clients.length) arrived.resolve();
    return start(options);
  };
  const calls = clients.map(({ name, transport }) => ({
    name,
    failed: failure(createClient(GodotControlService, transport).start({})),
  }));
  await arrived.promise;
  await supervisor.feed.until(
    ({ model }) => model.state.kind === "starting" || undefined,
    new AbortController().signal,
  );
  const { pid } = supervisor.feed.value.model.state as { pid: number };
  await server.close();
  for (const { name, failed } of calls)
    assert.equal((await failed).detail?.reason, ErrorReason.SHUTTING_DOWN, name);
  assert.throws(() => process.kill(pid, 0), "The engine is gone.");
});

test("a server that is built leaves the flags of its process as they are", async (context) => {
  const { server } = await serverOf(context, []);
  context.after(() => server.close());
  assert.equal(runInNewContext("typeof gc"), "undefined");
});
