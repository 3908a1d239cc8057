/** Nothing is left behind by many starts, loads and kills, five hundred in all; and no other Godot on the machine is harmed. */
import assert from "node:assert/strict";
import { readdir } from "node:fs/promises";
import { describe, it } from "node:test";
import { ConnectError } from "@connectrpc/connect";
import fc from "fast-check";
import { ErrorDetailSchema } from "#gen/error_pb.js";
import { startBareEngine } from "../support/bare_engine.ts";
import { collectGarbage } from "../support/garbage.ts";
import { openDescriptors, processesOf, signalled } from "../support/process_figures.ts";
import { importedProject, projectGodot, sceneFile, temporaryFolder } from "../support/project.ts";
import { seedOf, series } from "../support/series.ts";
import { startServer } from "../support/server.ts";

const cycles = series({ short: 20, whole: 500 });
/** From then on, what is made once is made: caches, compiled code, the log's usual size. */
const settled = series({ short: 8, whole: 100 });
const mostGrowth = 10_000_000;

describe("Many cycles of start, load and kill, in random order,", async () => {
  it("leave no process, no descriptor, no file and no memory, and another Godot alone", async (context) => {
    const bystander = await startBareEngine(context, await importedProject(context, {}));
    let bystanderEnded = false;
    void bystander.exited.then(() => {
      bystanderEnded = true;
    });
    const project = await importedProject(context, {
      "project.godot": projectGodot({ mainScene: "res://main.tscn" }),
      "main.tscn": sceneFile("Main"),
      "other.tscn": sceneFile("Other"),
    });
    const cache = await temporaryFolder(context);
    const test = await startServer(context, project, [`--cache-dir=${cache}`]);
    const named = async (call: Promise<unknown>) => {
      const error = await call.then(
        () => undefined,
        (cause) => ConnectError.from(cause),
      );
      if (error) assert.equal(error.findDetails(ErrorDetailSchema).length, 1, `No name: ${error.message}`);
    };
    const commands = {
      start: () => named(test.godot.start({})),
      load: () => named(test.scene.loadScene({ scenePath: "res://other.tscn" })),
      kill: async () => {
        const { health } = await test.godot.getHealth({});
        if (health?.process?.pid) signalled(health.process.pid, "SIGKILL");
      },
    };
    const measure = async () => {
      await test.godot.stop({});
      collectGarbage();
      return {
        memory: process.memoryUsage().heapUsed,
        descriptors: await openDescriptors(process.pid),
        cached: await readdir(cache, { recursive: true }),
        projectFiles: (await readdir(project, { recursive: true })).sort(),
      };
    };
    const orders = fc.sample(fc.shuffledSubarray(["start", "load", "kill"] as const, { minLength: 3 }), {
      numRuns: cycles,
      seed: seedOf(context),
    });
    let before: Awaited<ReturnType<typeof measure>> | undefined;
    for (const [index, order] of orders.entries()) {
      if (index === settled) before = await measure();
      for (const command of order) await commands[command]();
      assert.ok((await processesOf(project)).length <= 1);
    }
    const after = await measure();
    assert.ok(before);
    const { run } = test.server.supervisor.feed.value.model;
    context.diagnostic(
      `${cycles} cycles, ${run} runs: ${((after.memory - before.memory) / 1e6).toFixed(1)} MB and ${after.descriptors - before.descriptors} descriptors more than after ${settled}`,
    );
    assert.deepEqual(await processesOf(project), []);
    assert.ok(after.descriptors <= before.descriptors, `${after.descriptors} > ${before.descriptors}`);
    assert.deepEqual(after.cached, before.cached);
    assert.deepEqual(after.projectFiles, before.projectFiles);
    assert.ok(after.memory - before.memory < mostGrowth);
    assert.equal(bystanderEnded, false, "Another Godot was ended.");
  });
});
