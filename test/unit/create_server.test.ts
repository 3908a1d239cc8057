/** The package's own entry, with a small real program in the engine's place. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { type AddressInfo, createServer as listener } from "node:net";
import { join } from "node:path";
import { describe, type TestContext, test } from "node:test";
import { options as table } from "../../src/config/options.ts";
import { createServer } from "../../src/create_server.ts";
import { program } from "../support/fake_engine.ts";
import { processesOf } from "../support/process_figures.ts";
import { temporaryFolder } from "../support/project.ts";

/** A project, and an engine that says no more than its version. */
async function world(context: TestContext) {
  const folder = await temporaryFolder(context);
  const path = await program(
    join(folder, "godot"),
    `#!/bin/sh\n[ "$1" = --version ] && exec echo 4.6.3.stable\nexec sleep 600\n`,
  );
  const project = join(folder, "project");
  await mkdir(join(project, ".godot"), { recursive: true });
  await writeFile(join(project, ".godot", "global_script_class_cache.cfg"), "list=[]\n");
  await writeFile(join(project, "project.godot"), "config_version=5\n");
  return { project, cacheDir: join(folder, "cache"), port: 0, engine: { path, port: 0 } };
}

test("a server in another program answers at its url until it is closed", async (context) => {
  const options = await world(context);
  let url: string;
  {
    await using server = await createServer(options);
    ({ url } = server);
    assert.match(url, /^http:\/\/127\.0\.0\.1:\d+$/);
    assert.equal((await fetch(`${url}/health`)).status, 503);
  }
  await assert.rejects(fetch(`${url}/health`));
  assert.deepEqual(await processesOf(options.project), []);
});

test("closing twice is closing once", async (context) => {
  const server = await createServer(await world(context));
  await Promise.all([server.close(), server.close()]);
  await server.close();
});

test("where the port is taken, that is said, and nothing is left behind", async (context) => {
  const taken = listener().listen(0, "127.0.0.1");
  await once(taken, "listening");
  context.after(() => taken.close());
  const { port } = taken.address() as AddressInfo;
  const options = await world(context);
  await assert.rejects(createServer({ ...options, port }), {
    code: "EADDRINUSE",
    message: new RegExp(`^Port ${port} is taken`),
  });
  assert.deepEqual(await processesOf(options.project), []);
});

describe("an option that is wrong is named as the caller knows it:", () => {
  const project = "game";
  for (const [options, message] of [
    [{ project: "" }, "project must name a folder"],
    [{}, "project must name a folder"],
    [null, "the options must be an object"],
    [{ project, cacheDir: "" }, "cacheDir must not be empty"],
    [{ project, behindProxy: "false" }, "behindProxy must be true or false"],
    [{ project, engine: { install: 0 } }, "engine.install must be true or false"],
    [{ project, prot: 1 }, "there is no option prot"],
    [{ project, engine: { paht: "godot" } }, "there is no option engine.paht"],
    [{ project, engine: null }, "engine must be an object"],
    [{ project, tls: {} }, "tls must have a cert and a key"],
    [{ project, port: 70_000 }, 'port must be a port from 0 to 65535, not "70000"'],
    [{ project, engine: { port: -1 } }, 'engine.port must be a port from 0 to 65535, not "-1"'],
    [
      { project, engine: { version: "3.6" } },
      'engine.version must be 4.5 or newer, such as 4.6 or 4.6.3, not "3.6"',
    ],
    [{ project, timeouts: { load: 50 } }, 'timeouts.load must be 100 to 3600000 milliseconds, not "50"'],
    [{ project, scene: "main.tscn" }, 'scene must be a res:// or uid:// path, not "main.tscn"'],
    [{ project, allowedOrigins: ["x"] }, 'allowedOrigins takes origins such as https://app.example, not "x"'],
  ] as const)
    test(message, async () => {
      await assert.rejects(createServer(options as never), { name: "UsageError", message });
    });
});

test("each flag that an option stands for is named in the options' documentation", async () => {
  const source = await readFile(join(import.meta.dirname, "../../src/create_server.ts"), "utf8");
  for (const [flag, option] of Object.entries(table))
    assert.equal(source.includes(`\`--${flag}\``), "api" in option, flag);
});
