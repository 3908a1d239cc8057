/** A Godot that was started elsewhere is looked for when that is asked for, and refused by name where it will not do. */
import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { once } from "node:events";
import { writeFile } from "node:fs/promises";
import { createServer, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { describe, it, type TestContext } from "node:test";
import { protocol } from "../../../../src/engine/link/addon/addon_link.ts";
import { Attachment } from "../../../../src/engine/link/attachment.ts";
import { type Said, speakBus } from "../../../support/fake_addon.ts";
import { temporaryFolder } from "../../../support/project.ts";

const never = new AbortController().signal;
const hello = { nonce: "n", pid: 7, protocol };
const state = {
  ready: true,
  scene: {
    scene_path: "res://a.tscn",
    scene_name: "a",
    root_name: "A",
    root_type: "Node",
    node_count: 1,
    generation: 1,
  },
  player: { exists: false },
  faults: [],
  fault_count: 0,
  missing_autoloads: {},
  unimported: [],
};

/** Our addon's health, as far as an attachment looks at it. */
const healthy: RequestListener = (_request, response) =>
  response.end(JSON.stringify({ server: "godot_control" }));
const whole: Said = {
  events: () => [
    ["hello", hello],
    ["state", state],
  ],
};

async function attachment(
  context: TestContext,
  listener: RequestListener,
  said: Said = whole,
  godotTokenFile?: string,
) {
  let connections = 0;
  const server = createServer(listener).listen(0, "127.0.0.1");
  speakBus(server, said);
  server.on("connection", () => {
    connections += 1;
  });
  await once(server, "listening");
  const { port: godotPort } = server.address() as AddressInfo;
  const found = new Attachment({ godotPort, godotTokenFile }, () => {}, 10_000);
  context.after(() => {
    found.close();
    server.closeAllConnections();
    server.close();
  });
  return { found, connections: () => connections };
}

describe("An attachment", () => {
  it("looks for nothing before it is told to begin", async (context) => {
    const { found, connections } = await attachment(context, healthy);
    await new Promise(setImmediate);
    assert.equal(connections(), 0);
    assert.equal(await found.probe(never), true);
    assert.ok(connections() > 0);
  });

  it("counts the engines that it drives", async (context) => {
    const { found } = await attachment(context, healthy);
    assert.equal(found.run, 0);
    assert.equal(await found.probe(never), true);
    assert.deepEqual([found.run, found.view.scene?.path, found.problem], [1, "res://a.tscn", undefined]);
  });

  it("refuses an addon of another protocol by name, and counts no engine", async (context) => {
    const { found } = await attachment(context, healthy, {
      events: () => [["hello", { nonce: "n", pid: 7 }]],
    });
    assert.equal(await found.probe(never), false);
    assert.deepEqual(
      [found.problem?.reason, found.run, found.view.reachable],
      ["ADDON_INCOMPATIBLE", 0, false],
    );
  });

  it("refuses an addon that says another protocol before it asks for a token", async (context) => {
    const { found } = await attachment(context, ({ url }, response) =>
      response
        .writeHead(url === "/health" ? 200 : 401)
        .end(JSON.stringify({ server: "godot_control", protocol: 9 })),
    );
    assert.equal(await found.probe(never), false);
    assert.match(found.problem?.message ?? "", /speaks version 9/);
  });

  it("shows the token that it finds, and says by name that it has none or a wrong one", async (context) => {
    const file = join(await temporaryFolder(context), "token");
    const shown: string[] = [];
    const wanted: RequestListener = (request, response) => {
      if (request.headers.authorization) shown.push(request.headers.authorization);
      const { port } = request.socket.address() as AddressInfo;
      const [, challenge] = /^\/health\?challenge=(\w+)$/.exec(request.url ?? "") ?? [];
      if (challenge) {
        const proof = createHmac("sha256", "right").update(`${challenge} ${port}`).digest("hex");
        return response.end(JSON.stringify({ server: "godot_control", protocol, proof }));
      }
      if (request.url === "/health") healthy(request, response);
      else response.writeHead(401).end("{}");
    };
    const { found } = await attachment(context, wanted, { ...whole, secret: "right", shown }, file);
    for (const token of [undefined, "wrong", "two words"]) {
      if (token !== undefined) await writeFile(file, token);
      assert.equal(await found.probe(never), false);
      assert.equal(found.problem?.reason, "ADDON_UNAUTHENTICATED");
    }
    await writeFile(file, "right\n");
    assert.equal(await found.probe(never), true);
    assert.equal(found.problem, undefined);
    assert.deepEqual(new Set(shown), new Set(["Bearer right"]), "A game that cannot prove it is shown none.");
  });

  it("says what it could not read", async (context) => {
    const { found } = await attachment(context, healthy, {
      events: () => [
        ["hello", hello],
        ["state", {}],
      ],
    });
    assert.equal(await found.probe(never), false);
    assert.match(found.problem?.message ?? "", /sent an event "state" that cannot be read/);
  });

  it("has no problem with a port on which nobody answers", async (context) => {
    const { found } = await attachment(context, ({ socket }) => socket.destroy());
    assert.equal(await found.probe(never), false);
    assert.equal(found.problem, undefined);
  });

  it("is over for callers that wait when it is closed", async (context) => {
    const { found } = await attachment(context, () => {});
    const waiting = found.probe(never);
    found.close();
    await assert.rejects(waiting, { reason: "SHUTTING_DOWN" });
  });
});
