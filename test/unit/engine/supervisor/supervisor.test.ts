/** The supervisor, with small real programs in an engine's place: what its callers are told of how those end. */
import assert from "node:assert/strict";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, it, type TestContext } from "node:test";
import { readConfig } from "../../../../src/config/read.ts";
import { Project } from "../../../../src/engine/project/project.ts";
import { assess } from "../../../../src/engine/supervisor/health.ts";
import { exitOf } from "../../../../src/engine/supervisor/start_outcome.ts";
import { Supervisor } from "../../../../src/engine/supervisor/supervisor.ts";
import { program } from "../../../support/fake_engine.ts";
import { temporaryFolder } from "../../../support/project.ts";

const never = new AbortController().signal;
const godot = (body: string) => `#!/bin/sh\n[ "$1" = --version ] && exec echo 4.6.3.stable\n${body}\n`;
/** What the addon says, with the nonce that it was told on its standard input. */
const listening = `read -r config
nonce=$(printf %s "$config" | sed 's/.*"nonce":"\\([^"]*\\)".*/\\1/')
say() { printf '\\n@godot-control {"event":"%s","nonce":"%s"%s}\\n' "$1" "$nonce" "$2"; }
say listening ',"port":1,"pid":1'`;

async function supervisorOf(context: TestContext, body: string, flags: string[] = []) {
  const folder = await temporaryFolder(context);
  const path = await program(join(folder, "godot"), godot(body));
  const root = join(folder, "project");
  await mkdir(join(root, ".godot"), { recursive: true });
  await writeFile(join(root, ".godot", "global_script_class_cache.cfg"), "list=[]\n");
  await writeFile(join(root, "project.godot"), "config_version=5\n");
  const config = readConfig(
    [`--project-path=${root}`, `--godot-path=${path}`, `--cache-dir=${join(folder, "cache")}`, ...flags],
    {},
  );
  const project = new Project(root, config.cacheDir);
  const supervisor = new Supervisor(config, project);
  context.after(async () => {
    await supervisor.close();
    project.close();
  });
  return { supervisor, root, health: () => assess(config, supervisor.feed.value) };
}

describe("An engine that ends before it is ready", () => {
  it("fails the start with its exit and its last words, and no scene is to blame", async (context) => {
    const { supervisor } = await supervisorOf(context, 'echo "ERROR: no display" >&2\nexit 3');
    await assert.rejects(
      supervisor.start({ signal: never, scene: "res://a.tscn" }),
      (error: { reason: string; exit: { code: number; scene?: string }; message: string }) => {
        assert.deepEqual([error.reason, error.exit.code, error.exit.scene], ["ENGINE_EXITED", 3, undefined]);
        assert.match(error.message, /no display/);
        return true;
      },
    );
  });

  it("again and again is a crash loop, for every scene", async (context) => {
    const { supervisor, health } = await supervisorOf(context, "exit 3");
    for (let turn = 0; turn < 6; turn += 1)
      await assert.rejects(supervisor.start({ signal: never, scene: `res://${turn}.tscn` }));
    assert.equal(supervisor.feed.value.model.state.kind, "failed");
    assert.equal(supervisor.mayStartFor("res://other.tscn"), false);
    assert.match(health().blockingIssues[0] ?? "", /ended too often/);
  });

  it("once its project is loaded blames the scene that it booted into", async (context) => {
    const { supervisor } = await supervisorOf(context, `${listening}\nexit 3`);
    for (let turn = 0; turn < 6; turn += 1) {
      await assert.rejects(supervisor.start({ signal: never, scene: "res://a.tscn" }));
      assert.equal(supervisor.feed.value.model.lastExit?.scene, "res://a.tscn");
    }
    assert.deepEqual(
      [supervisor.mayStartFor("res://a.tscn"), supervisor.mayStartFor("res://other.tscn")],
      [false, true],
    );
  });

  it("is not the end of a start for another scene: the next run is for that", async (context) => {
    // The first engine ends when something is written to the pipe; the one for the sound scene never does.
    const { supervisor, root } = await supervisorOf(
      context,
      `mkfifo go\n${listening}\ncase "$config" in *sound*) exec sleep 1000;; esac\nread -r _ < go\nsay goodbye ',"scene":"res://vr.tscn"'\nread -r _\nexit 0`,
    );
    const first = supervisor.start({ signal: never, scene: "res://vr.tscn" });
    const quit = assert.rejects(first, { reason: "PROJECT_QUIT" });
    await supervisor.feed.until(({ linkProblem }) => linkProblem && true, never);
    const second = supervisor.start({ signal: never, scene: "res://sound.tscn" });
    await writeFile(join(root, "go"), "\n");
    const isOver = exitOf(supervisor.feed, 1, never);
    await quit;
    assert.equal((await isOver).scene, "res://vr.tscn");
    await supervisor.feed.until(
      ({ model: { run, state } }) => (run === 2 && state.kind === "starting") || undefined,
      never,
    );
    const stopped = assert.rejects(second, { reason: "STOPPED" });
    await supervisor.stop({ signal: never });
    await stopped;
  });
});

describe("An engine whose HTTP side cannot be read", () => {
  it("is killed when it stays so, and the cause is told throughout", async (context) => {
    const { supervisor, health } = await supervisorOf(context, `${listening}\nexec sleep 1000`, [
      "--start-timeout=1",
    ]);
    const failed = supervisor.start({ signal: never });
    await supervisor.feed.until(({ linkProblem }) => linkProblem && true, never);
    assert.equal(health().healthy, false);
    await assert.rejects(failed, {
      message:
        /it was not ready within 1 s \(--start-timeout\)\. The engine's HTTP side failed: connect ECONNREFUSED/,
    });
  });
});

describe("A stop", () => {
  it("during a start ends that start as stopped, and leaves nothing running", async (context) => {
    const { supervisor } = await supervisorOf(context, "exec sleep 1000");
    const starting = supervisor.start({ signal: never });
    await supervisor.feed.until(({ model }) => model.state.kind === "starting" || undefined, never);
    const stopping = supervisor.stop({ signal: never });
    await assert.rejects(starting, { reason: "STOPPED" });
    assert.equal(await stopping, true);
    assert.equal(supervisor.feed.value.model.state.kind, "stopped");
    assert.equal(await supervisor.stop({ signal: never }), false);
  });
});
