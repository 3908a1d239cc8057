/** A Godot that was started elsewhere, and answers with what cannot be: the server outlives it, and names it. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, type RequestListener } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import { type TestContext, test } from "node:test";
import { type Said, speakBus } from "../support/fake_addon.ts";
import { addonMessages, hostileForms, toWire } from "../support/hostile.ts";
import { projectOfOneScene } from "../support/project.ts";
import { series } from "../support/series.ts";
import { startServer, type TestServer } from "../support/server.ts";

/** Which part of the forms is tried: each place has 19, so that every fourth is another value at the next place. */
const every = series({ short: 4, whole: 1 });

function* some<Form>(forms: Iterable<Form>): Generator<Form> {
  let index = 0;
  for (const form of forms) {
    if (index % every === 0) yield form;
    index += 1;
  }
}

/** A form that is never answered fails by itself, in ms. */
const longest = 60_000;

async function serverBeside(context: TestContext, engine: RequestListener, said?: Said) {
  const godot = createServer(engine).listen(0, "127.0.0.1");
  const streams = new Set<Socket>();
  godot.on("connection", (socket: Socket) => {
    streams.add(socket);
    socket.once("close", () => streams.delete(socket));
  });
  if (said) speakBus(godot, said);
  await once(godot, "listening");
  const letGo = () => {
    for (const socket of streams) socket.destroy();
  };
  context.after(() => {
    letGo();
    godot.close();
  });
  const { port } = godot.address() as AddressInfo;
  const project = await projectOfOneScene(context);
  const server = await startServer(context, project, ["--no-autostart", `--godot-port=${port}`]);
  return { server, letGo };
}

/** Every call that tells of the engine: each is answered, or fails with a name. */
async function askAll({ godot, scene, rest, reports }: TestServer, where: string): Promise<void> {
  const watching = new AbortController();
  const firstOf = async () => {
    for await (const _ of godot.watchHealth({}, { signal: watching.signal })) return;
  };
  const calls = [
    godot.getHealth({}),
    godot.getStatus({}),
    godot.listLogs({}),
    scene.getCurrentScene({}),
    scene.loadScene({ scenePath: "res://a.tscn", timeout: { seconds: 5n, nanos: 0 } }),
    firstOf(),
    rest("GET", "/health"),
    rest("GET", "/scene"),
  ];
  for (const call of await Promise.allSettled(calls))
    if (call.status === "rejected")
      assert.doesNotMatch(String(call.reason), /\[(internal|unknown)\]/, `${where}: ${call.reason}`);
  watching.abort();
  assert.deepEqual(
    reports.filter((line) => /^A (call failed unexpectedly|fault in the server)/.test(line)),
    [],
    where,
  );
  assert.match(String((await rest("GET", "/health")).status), /^(200|503)$/, where);
}

for (const name of ["hello", "state", "boot", "answer"] as const) {
  test(`an addon whose ${name} has anything in any field`, async (context) => {
    let told: Record<keyof typeof addonMessages, unknown> = addonMessages;
    const health = JSON.stringify({ server: "godot_control" });
    const { server, letGo } = await serverBeside(context, (_request, response) => response.end(health), {
      events: () => (["hello", "boot", "state"] as const).map((one) => [one, told[one]]),
      answer: () => told.answer,
    });
    const { supervisor } = server.server;
    let attached = 0;
    for (const { where, form } of some(hostileForms(addonMessages[name]))) {
      told = { ...addonMessages, [name]: form };
      const limit = AbortSignal.timeout(longest);
      // The server looks by itself too, and may just have found it anew: that connection is let go as well.
      await supervisor.feed.until(({ attached }) => (attached ? letGo() : true), limit);
      if (await supervisor.attach(limit)) attached += 1;
      await askAll(server, `${name}.${where}`);
    }
    assert.ok(attached > 0);
  });
}

test("a godottpd whose answers have anything in any field", async (context) => {
  const scene = { scene_path: "res://a.tscn", scene_name: "a", root_type: "Node", node_count: 3 };
  const plain = { scene, player: { exists: true }, load: { status: "loading", message: "it is broken" } };
  let told = plain;
  const { server, letGo } = await serverBeside(context, ({ url }, response) => {
    const body =
      {
        "/health": {},
        "/state/scene": told?.scene,
        "/state/player": told?.player,
        "/scene/load": told?.load,
      }[url ?? ""] ?? {};
    response.writeHead(url === "/scene/load" ? 500 : 200).end(toWire(body));
  });
  const { supervisor } = server.server;
  assert.equal(await supervisor.attach(AbortSignal.timeout(longest)), true);
  for (const { where, form } of some(hostileForms(plain))) {
    told = form as typeof plain;
    letGo();
    await supervisor.attach(AbortSignal.timeout(longest));
    await askAll(server, where);
  }
});
