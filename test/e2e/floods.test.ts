/** More than a machine has: a flood of output, a line without an end, a full disk, no descriptors left. */
import assert from "node:assert/strict";
import { mkdir } from "node:fs/promises";
import { connect, type Socket } from "node:net";
import { join } from "node:path";
import { describe, it } from "node:test";
import { execa } from "execa";
import { timed, untilHealth, untilLogged } from "../support/expect.ts";
import { residentMemory } from "../support/process_figures.ts";
import { sceneFile, temporaryProject } from "../support/project.ts";
import { serverOf } from "../support/scripted_server.ts";
import { serverThatSaid } from "../support/server_process.ts";

const mb = 1_000_000;

describe("A flood of output", async () => {
  it("of 80 MB in one line is cut, and the next line is whole", async (context) => {
    const test = await serverOf(
      context,
      'func _ready() -> void:\n\tvar part: String = "y".repeat(1_000_000)\n\tfor turn: int in 80:\n\t\tprintraw(part)\n\tprint()\n\tprint("the next line")\n',
    );
    await untilLogged(test, (message) => message === "the next line");
    const { entries } = await test.godot.listLogs({});
    const long = entries.find(({ message }) => message.startsWith("yyyy"));
    assert.ok(long && long.message.length < 20_000, `${long?.message.length} characters are kept`);
    const memory = await residentMemory(test.pid);
    context.diagnostic(`80 MB without a newline: the server has ${(memory / mb).toFixed(0)} MB`);
    assert.ok(memory < 250 * mb);
    const { health } = await test.godot.getHealth({});
    assert.equal(health?.process?.run, 1n);
  });
});

describe("A disk that is full", async () => {
  it("fails the start with its cause, and the server goes on", async (context) => {
    const { exitCode } = await execa("unshare", ["-rm", "true"], { reject: false });
    if (exitCode !== 0) return context.skip("This machine allows no file system of one's own.");
    const project = await temporaryProject(context, { "main.tscn": sceneFile("Main") });
    await mkdir(join(project, ".godot"));
    const wrapper = [
      "unshare",
      "-rm",
      "sh",
      "-c",
      'mount -t tmpfs -o size=4k tmpfs "$0" && head -c 4096 /dev/zero > "$0/full"; exec "$@"',
      join(project, ".godot"),
    ];
    const { baseUrl } = await serverThatSaid(context, project, /Listening on/, { wrapper });
    for (const turn of [1, 2]) {
      const response = await fetch(`${baseUrl}/start`, { method: "POST" });
      const body = (await response.json()) as { details: string; reason: string };
      assert.equal(body.reason, "IMPORT_FAILED", `in turn ${turn}: ${JSON.stringify(body)}`);
      assert.match(body.details, /could not write the folder \.godot/);
    }
    const health = await fetch(`${baseUrl}/health`);
    assert.equal(health.status, 503);
    assert.match(await health.text(), /could not write the folder \.godot/);
  });
});

describe("A server without descriptors left", async () => {
  it("keeps the connections that it has, and is well again when others go", async (context) => {
    const test = await serverOf(context, "", ["prlimit", "--nofile=80:80", "--"]);
    const watch = test.godot.watchHealth({})[Symbol.asyncIterator]();
    assert.equal((await watch.next()).value.health.process?.run, 1n);
    const { port } = new URL(test.baseUrl);
    const sockets: Socket[] = [];
    context.after(() => {
      for (const socket of sockets) socket.destroy();
    });
    // What cannot be accepted is closed at once: then there are none left.
    for (let refused = false; !refused; ) {
      const socket = connect(Number(port), "127.0.0.1").on("error", () => {});
      sockets.push(socket);
      const answered = new Promise<boolean>((resolve) => {
        socket.once("data", () => resolve(true));
        socket.once("close", () => resolve(false));
      });
      socket.write("GET /status HTTP/1.1\r\nHost: localhost\r\n\r\n");
      refused = !(await answered);
      assert.ok(sockets.length < 200, "The limit is never reached.");
    }
    context.diagnostic(`80 descriptors: ${sockets.length - 1} connections beside the first`);
    process.kill(test.engine, "SIGKILL");
    assert.equal((await watch.next()).value.health.healthy, false);
    for (const socket of sockets) socket.destroy();
    const after = await untilHealth(test, ({ healthy }) => healthy);
    assert.ok((after.process?.run ?? 0n) > 1n);
    await watch.return?.();
  });

  it("cannot start an engine, says so, and tries again until it can", async (context) => {
    const test = await serverOf(context, "");
    const allow = (descriptors: number) =>
      execa("prlimit", [`--pid=${test.pid}`, `--nofile=${descriptors}:`]);
    await untilHealth(test, ({ healthy }) => healthy);
    await allow(10); // Fewer than it has: none is left for another one.
    process.kill(test.engine, "SIGKILL");
    const starved = await untilHealth(test, ({ lastExit }) => lastExit?.code === 127);
    assert.equal(starved.lastExit?.message, "The engine could not be run (EMFILE)");
    await allow(1024);
    await timed(context, "when there are descriptors again, until it is well", () =>
      untilHealth(test, ({ healthy }) => healthy),
    );
  });
});
