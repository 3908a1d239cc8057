/** A game with the addon installed and no server: whom it answers, on raw sockets and to a page in a real browser. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { access, readdir, readFile, stat, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { after, before, describe, it, type TestContext } from "node:test";
import { protocol } from "../../src/engine/link/addon/addon_link.ts";
import { RawConnection } from "../support/bare_engine.ts";
import { browse, findBrowser, pageTools } from "../support/browser.ts";
import { changeAddon, startByHand } from "../support/by_hand.ts";
import { projectGodot, sceneFile, temporaryFolder, temporaryProject } from "../support/project.ts";
import { type RawRequest, rawHttp1 } from "../support/raw_request.ts";

type Context = Pick<TestContext, "after">;

/** More than the addon has places for. */
const crowd = 300;
/** How many connections a listener of Godot keeps until it takes them; the kernel forgets more. */
const backlog = 8;

async function startInstalled(context: Context, more = "") {
  const project = await temporaryProject(context as TestContext, {
    "project.godot": projectGodot({
      mainScene: "res://main.tscn",
      more: `[godot_control]\n\nport=0\n${more}`,
    }),
    "main.tscn": sceneFile("Main"),
    "other.tscn": sceneFile("Other"),
    "freed.tscn": sceneFile("Freed", { type: "Node", script: "res://freed.gd" }),
    "freed.gd":
      'extends Node\n\nfunc _ready() -> void:\n\tget_node("/root/GodotControl").free()\n\tset_process(true)\n',
  });
  await changeAddon("install", project);
  const cache = await temporaryFolder(context as TestContext);
  const godot = await startByHand(context, project, [], { ...process.env, XDG_CACHE_HOME: cache });
  const port = await godot.answering;
  const folder = join(cache, "godot-control/addon");
  const file = join(folder, `${port}.token`);
  const token = await readFile(file, "utf8").catch(() => "");
  const authorized = { Authorization: `Bearer ${token}` };
  const ask = (request: Omit<RawRequest, "port">) => rawHttp1({ port, ...request });
  const load = (path: string) =>
    ask({
      method: "POST",
      path: "/scene/load",
      headers: authorized,
      body: JSON.stringify({ scene_path: path, wait: true }),
    });
  return { ...godot, project, port, folder, file, token, authorized, ask, load };
}

describe("A game that has the addon installed", () => {
  let game: Awaited<ReturnType<typeof startInstalled>>;
  const cleanups: (() => unknown)[] = [];
  before(async () => {
    game = await startInstalled({ after: (cleanup) => cleanups.push(cleanup as () => unknown) });
  });
  after(async () => {
    for (const cleanup of cleanups.reverse()) await cleanup();
  });

  const open = [
    ["GET", "/health"],
    ["GET", "/state/scene"],
    ["GET", "/state/player"],
    ["POST", "/scene/load"],
  ] as const;
  const closed = [
    ["POST", "/quit"],
    ["GET", "/bus"],
    ["GET", "/state/performance"],
    ["GET", "/nowhere"],
  ] as const;
  const body = '{"scene_path": "res://main.tscn"}';
  const foreign: Record<string, Readonly<Record<string, string>>> = {
    "a foreign Host": { Host: "rebound.test" },
    "a foreign Host that begins like its own": { Host: "127.0.0.1.rebound.test:8080" },
    "an Origin": { Origin: "https://evil.example" },
    "its own Origin": { Origin: "http://127.0.0.1" },
    "the Origin null": { Origin: "null" },
    "a page's Sec-Fetch-Site": { "Sec-Fetch-Site": "cross-site" },
  };

  it("keeps its token where only its user reads it, and says which protocol it speaks", async () => {
    assert.equal((await stat(game.folder)).mode & 0o777, 0o700);
    assert.equal((await stat(game.file)).mode & 0o777, 0o600);
    assert.match(game.token, /^[0-9a-f]{64}$/);
    assert.equal(JSON.parse((await game.ask({ path: "/health" })).body).protocol, protocol);
  });

  it("answers the predecessor's four routes to any program of this machine", async () => {
    for (const [method, path] of open) {
      const { status } = await game.ask({ method, path, body });
      assert.equal(status, 200, path);
    }
    const typed = await game.ask({ path: "/health", headers: { "Sec-Fetch-Site": "none" } });
    assert.equal(typed.status, 200, "A person typed the address.");
  });

  for (const [what, headers] of Object.entries(foreign))
    it(`answers 403 to ${what} on every route, with the token too`, async () => {
      for (const [method, path] of [...open, ...closed])
        for (const token of [{}, game.authorized]) {
          const { status } = await game.ask({ method, path, body, headers: { ...headers, ...token } });
          assert.equal(status, 403, `${method} ${path}`);
        }
    });

  it("answers 401 to who shows no token, or a wrong one, on every other route", async () => {
    const wrong = [`Bearer ${"0".repeat(64)}`, "Bearer ", "Bearer", game.token, `bearer ${game.token}x`];
    for (const [method, path] of closed)
      for (const headers of [{}, ...wrong.map((Authorization) => ({ Authorization }))])
        assert.equal((await game.ask({ method, path, body, headers })).status, 401, path);
    const { status } = await game.ask({ path: "/state/performance", headers: game.authorized });
    assert.equal(status, 200);
  });

  it("answers 403 to no Host", async () => {
    const connection = new RawConnection(game.port);
    await connection.write("GET /health HTTP/1.1\r\n\r\n");
    assert.match(await connection.until(/\}/), /^HTTP\/1\.1 403 .*loopback name/s);
    connection.close();
  });

  it("refuses two of what may come once", async () => {
    for (const twice of ["Host: 127.0.0.1", "Content-Length: 0", "Authorization: x", "Origin: x"]) {
      const connection = new RawConnection(game.port);
      await connection.write(`GET /health HTTP/1.1\r\n${twice}\r\n${twice}\r\n\r\n`);
      assert.match(await connection.untilClosed(), /^HTTP\/1\.1 400 .*More than one header/s);
    }
  });

  it("reads escapes in small letters too", async () => {
    assert.equal((await game.ask({ path: "/hea%6cth" })).status, 200);
    assert.equal((await game.ask({ path: "/hea%6Cth" })).status, 200);
    assert.match(
      (await game.ask({ path: "/%2e%2e", headers: game.authorized })).body,
      /No such path: \/\.\./,
    );
  });

  it("closes connections that ask nothing, and lets each new one in before them", async () => {
    const idle: RawConnection[] = [];
    while (idle.length < crowd) {
      idle.push(new RawConnection(game.port));
      if (idle.length % (backlog / 2) === 0) assert.equal((await game.ask({ path: "/health" })).status, 200);
    }
    const half = new RawConnection(game.port);
    await half.write("POST /scene/load HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 10\r\n\r\n{");
    const { status, body: answer } = await game.load("res://other.tscn");
    assert.deepEqual([status, JSON.parse(answer).scene.root_name], [200, "Other"]);
    assert.match(await half.untilClosed(), /^(HTTP\/1\.1 408 .*)?$/s);
    for (const connection of idle) assert.equal(await connection.untilClosed(), "");
  });

  it("lets no page of a real browser quit it, load or read anything", async (context) => {
    const browser = await findBrowser();
    if (!browser) return context.skip("There is no Chromium on this machine.");
    const { port } = game;
    const { promise: reported, resolve } = Promise.withResolvers<Record<string, unknown>>();
    const page = createServer(async (request, response) => {
      if (request.url === "/report") {
        let text = "";
        for await (const chunk of request) text += chunk;
        resolve(JSON.parse(text));
      }
      response.setHeader("Content-Type", "text/html");
      response.end(attack.replaceAll("TARGET", `http://localhost:${port}`));
    }).listen(0, "127.0.0.1");
    await once(page, "listening");
    context.after(() => {
      page.closeAllConnections();
      page.close();
    });
    await game.load("res://main.tscn");
    const generation = JSON.parse((await game.load("res://main.tscn")).body).scene.generation;
    const { port: own } = page.address() as AddressInfo;
    const results = await browse(
      context,
      { browser, url: `http://evil.test:${own}/`, names: ["evil.test"] },
      reported,
    );
    // What is "unread" was sent, and turned away: a page may not even see that.
    assert.deepEqual(results, {
      "read health": "blocked",
      "read scene": "blocked",
      load: "unread",
      quit: "unread",
      "quit with a body of JSON": "blocked",
      img: "blocked",
      EventSource: "blocked",
    });
    assert.ok(game.isAlive());
    const { scene } = JSON.parse((await game.load("res://main.tscn")).body);
    assert.equal(scene.generation, generation + 1, "No other scene was loaded in between.");
  });

  it("ends for who shows the token, and takes that with it", async () => {
    const { status } = await game.ask({ method: "POST", path: "/quit", headers: game.authorized });
    assert.equal(status, 200);
    assert.deepEqual(await game.exited, [0, null]);
    assert.deepEqual(await readdir(game.folder), []);
  });
});

describe("The installed addon", () => {
  it("takes the token of godot_control/token_file, and opens nothing where that has none", async (context) => {
    const file = join(await temporaryFolder(context), "token");
    const setting = `token_file="${file}"\n`;
    const without = await startInstalled(context, setting);
    assert.equal((await without.ask({ path: "/bus", headers: { Authorization: "Bearer " } })).status, 401);
    assert.equal((await without.ask({ path: "/health" })).status, 200);
    await assert.rejects(access(without.file));

    await writeFile(file, "a token of ours\n");
    const game = await startInstalled(context, setting);
    const { status } = await game.ask({
      path: "/state/performance",
      headers: { Authorization: "Bearer a token of ours" },
    });
    assert.equal(status, 200);
    await assert.rejects(access(game.file));
  });

  it("may be freed by the game, which goes on without it", async (context) => {
    const game = await startInstalled(context);
    const connection = new RawConnection(game.port);
    const freeing = '{"scene_path": "res://freed.tscn"}';
    await connection.write(
      `POST /scene/load HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: ${freeing.length}\r\n\r\n${freeing}`,
    );
    await connection.untilClosed();
    // The kernel may have taken the connection just before.
    await assert.rejects(game.ask({ path: "/health" }), { code: /^ECONN(REFUSED|RESET)$/ });
    assert.ok(game.isAlive());
    assert.deepEqual(await readdir(game.folder), []);
  });
});

const attack = `<!doctype html><script>
const json = { headers: { "Content-Type": "application/json" } };
const load = { method: "POST", body: '{"scene_path":"res://other.tscn"}', mode: "no-cors" };
${pageTools}
(async () => {
  const results = {
    "read health": await tried("TARGET/health"),
    "read scene": await tried("TARGET/state/scene"),
    "load": await tried("TARGET/scene/load", load),
    "quit": await tried("TARGET/quit", { method: "POST", mode: "no-cors" }),
    "quit with a body of JSON": await tried("TARGET/quit", { method: "POST", body: "{}", ...json }),
    "img": await settled(new Image(), "TARGET/state/scene"),
    "EventSource": await settled(new EventSource("TARGET/bus")),
  };
  await fetch("/report", { method: "POST", body: JSON.stringify(results) });
})();
</script>`;
