/** The suite, over every kind of client, against one server with a real engine. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { Code, ConnectError, createClient } from "@connectrpc/connect";
import { compressionGzip, createConnectTransport } from "@connectrpc/connect-node";
import { SceneService } from "#gen/scene_service_pb.js";
import { isReady, untilHealth } from "../support/expect.ts";
import { createGate } from "../support/gate.ts";
import { importedProject } from "../support/project.ts";
import { startServer } from "../support/server.ts";
import { clientKinds, onlyReads } from "./clients.ts";
import { everyMethod } from "./every_method.ts";
import { contract, projectFiles } from "./suite.ts";

test("the contract", { timeout: 300_000 }, async (context) => {
  const gate = await createGate(context);
  const project = await importedProject(context, { ...projectFiles, ...gate.files });
  const server = await startServer(context, project);
  const { port, baseUrl, reports } = server;
  // The first import is no client's.
  await untilHealth(server, isReady);

  for (const kind of clientKinds) {
    await context.test(kind.name, async (context) => {
      const { transport, close } = kind.open(port);
      context.after(close);
      await contract(context, kind, transport, gate);
    });
  }

  await context.test("rpcs without side effects, and only they, answer a plain GET", async () => {
    for (const method of everyMethod.filter(({ methodKind }) => methodKind === "unary")) {
      const query = new URLSearchParams({ connect: "v1", encoding: "json", message: "{}" });
      const { status } = await fetch(`${baseUrl}/${method.parent.typeName}/${method.name}?${query}`);
      // One with fields may miss one, which is told.
      const right = !onlyReads(method) ? [405] : method.input.fields.length === 0 ? [200] : [200, 400];
      assert.ok(right.includes(status), `${method.name}: ${status}`);
    }
  });

  await context.test("a deadline is kept by the server too, where the client does not watch it", async () => {
    await gate.close();
    const response = await fetch(`${baseUrl}/godot.control.v1.SceneService/LoadScene`, {
      method: "POST",
      headers: { "Content-Type": "application/json", "Connect-Timeout-Ms": "300" },
      body: JSON.stringify({ scenePath: gate.scene }),
    });
    await gate.open();
    assert.equal(response.status, 504);
    assert.equal(((await response.json()) as { code: string }).code, "deadline_exceeded");
  });

  await context.test("1 MiB is counted after decompression", async () => {
    const transport = createConnectTransport({
      baseUrl,
      httpVersion: "1.1",
      sendCompression: compressionGzip,
      compressMinBytes: 0,
    });
    const call = createClient(SceneService, transport).loadScene({
      scenePath: `res://${"a".repeat(1024 * 1024)}.tscn`,
    });
    await assert.rejects(call, (error) => ConnectError.from(error).code === Code.ResourceExhausted);
  });

  assert.deepEqual(
    reports.filter((line) => line.includes("failed unexpectedly")),
    [],
  );
});
