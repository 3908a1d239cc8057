/** A real browser, on a page from another origin, tries to load a scene in every way that a page has. */
import assert from "node:assert/strict";
import { subscribe, unsubscribe } from "node:diagnostics_channel";
import { once } from "node:events";
import { createServer, request as httpRequest, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { describe, it, type TestContext } from "node:test";
import { browse, findBrowser, pageTools } from "../support/browser.ts";
import { importedProject, sceneFile } from "../support/project.ts";
import { startServer } from "../support/server.ts";

/** What the page does; `TARGET` is the server, `REBOUND` a name of the attacker's that comes to lead there too. */
const page = `<!doctype html><iframe name="frame"></iframe>
<form method="post" action="TARGET/scene/load" target="frame" enctype="text/plain">
<input name='{"scene_path":"res://other.tscn","timeout":"' value='9s"}'></form>
<script>
const load = { method: "POST", body: '{"scene_path":"res://other.tscn"}' };
const json = { headers: { "Content-Type": "application/json" } };
${pageTools}
const submitted = () => new Promise((resolve) => {
  document.querySelector("iframe").onload = resolve;
  document.forms[0].submit();
});
const sibling = () => new Promise((resolve) => {
  onmessage = ({ data }) => resolve(data);
  document.body.append(Object.assign(document.createElement("iframe"), { src: "SIBLING/sibling" }));
});
const rebound = () => new Promise((resolve) => {
  onmessage = ({ data }) => resolve(data);
  document.body.append(Object.assign(document.createElement("iframe"), { src: "REBOUND/page" }));
});
(async () => {
  const results = {
    "fetch": await tried("TARGET/scene/load", { ...load, ...json }),
    "simple fetch": await tried("TARGET/scene/load", { ...load, mode: "no-cors" }),
    "fetch, read": await tried("TARGET/scenes"),
    "Connect": await tried("TARGET/godot.control.v1.SceneService/LoadScene", { ...load, ...json }),
    "rebound name": await rebound(),
    "img": await settled(new Image(), "TARGET/scene"),
    "img of a page on another port": await sibling(),
    "EventSource": await settled(new EventSource("TARGET/health/watch")),
  };
  await submitted();
  await fetch("/report", { method: "POST", body: JSON.stringify(results) });
})();
</script>`;

/** What it does once its own name leads to the server: for the browser, nothing is of another origin then. */
const reboundPage = `<!doctype html><script>
(async () => {
  const read = await fetch("/scenes");
  const load = await fetch("/scene/load", {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: '{"scene_path":"res://other.tscn"}',
  });
  parent.postMessage([read.status, load.status], "*");
})();
</script>`;

/** A page of another server on this machine: its requests to this one are of the same site. */
const siblingPage = `<!doctype html><script>
${pageTools}
(async () => parent.postMessage(await settled(new Image(), "TARGET/godot/state/scene"), "*"))();
</script>`;

/** As when the name's address has changed: the request reaches the victim just as the browser sent it. */
function passOn(request: IncomingMessage, response: ServerResponse, port: number): void {
  const { method, url: path, headers } = request;
  const upstream = httpRequest({ host: "127.0.0.1", port, method, path, headers }, (answer) => {
    response.writeHead(answer.statusCode ?? 0, answer.headers);
    answer.pipe(response);
  });
  request.pipe(upstream);
}

/** What a server of this process answers from here on, whoever reads the answer. */
function answersOf(context: TestContext, port: number): string[] {
  const answers: string[] = [];
  const note = (message: unknown) => {
    const { request, response } = message as { request: IncomingMessage; response: ServerResponse };
    if (request.socket.localPort === port)
      answers.push(`${response.statusCode} ${request.method} ${request.url}`);
  };
  subscribe("http.server.response.finish", note);
  context.after(() => unsubscribe("http.server.response.finish", note));
  return answers;
}

/** The attacker's own server: hands out the page, and hears what it was able to do. */
async function attacker(context: TestContext) {
  const { promise: reported, resolve } = Promise.withResolvers<Record<string, unknown>>();
  let target = 0;
  const server = createServer(async (request, response) => {
    if (request.headers.host?.startsWith("rebound.test") && request.url !== "/page")
      return passOn(request, response, target);
    if (request.url === "/report") {
      let body = "";
      for await (const chunk of request) body += chunk;
      resolve(JSON.parse(body));
    }
    response.setHeader("Content-Type", "text/html");
    const { port } = server.address() as AddressInfo;
    const pages: Record<string, string> = { "/page": reboundPage, "/sibling": siblingPage };
    response.end(
      (pages[request.url ?? ""] ?? page)
        .replaceAll("TARGET", `http://localhost:${target}`)
        .replaceAll("SIBLING", `http://localhost:${port}`)
        .replaceAll("REBOUND", `http://rebound.test:${port}`),
    );
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  context.after(() => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  return {
    origin: `http://evil.test:${port}`,
    /** Opens the page in the browser, against the server on this port. */
    attack(browser: string, victim: number) {
      target = victim;
      const names = ["evil.test", "rebound.test"];
      return browse(context, { browser, url: `http://evil.test:${port}/`, names }, reported);
    },
  };
}

describe("A page of another origin in a real browser", async () => {
  const project = (context: TestContext) =>
    importedProject(context, { "main.tscn": sceneFile("Main"), "other.tscn": sceneFile("Other") });

  it("reaches no handler", async (context) => {
    const browser = await findBrowser();
    if (!browser) return context.skip("There is no Chromium on this machine.");
    const test = await startServer(context, await project(context));
    await test.scene.loadScene({ scenePath: "res://main.tscn" });
    const answers = answersOf(context, test.port);
    const results = await (await attacker(context)).attack(browser, test.port);
    // What is "unread" was sent, and turned away: a page may not even see that.
    assert.deepEqual(results, {
      fetch: "blocked",
      "simple fetch": "unread",
      "fetch, read": "blocked",
      Connect: "blocked",
      "rebound name": [403, 403],
      img: "blocked",
      "img of a page on another port": "blocked",
      EventSource: "blocked",
    });
    assert.deepEqual(
      answers.filter((answer) => !answer.startsWith("403 ")),
      [],
    );
    for (const what of [
      "POST /scene/load",
      "GET /scenes",
      "GET /scene",
      "GET /health/watch",
      "GET /godot/state/scene",
    ])
      assert.ok(answers.includes(`403 ${what}`), `${what} was tried: ${answers.join(", ")}`);
    const { result } = await test.scene.loadScene({ scenePath: "res://main.tscn" });
    assert.equal(result?.scene?.generation, 2n, "No other scene was loaded in between.");
  });

  it("works where its origin was allowed, preflight included", async (context) => {
    const browser = await findBrowser();
    if (!browser) return context.skip("There is no Chromium on this machine.");
    const { origin, attack } = await attacker(context);
    const test = await startServer(context, await project(context), [`--allowed-origin=${origin}`]);
    await test.scene.loadScene({ scenePath: "res://main.tscn" });
    const results = await attack(browser, test.port);
    assert.equal(results.fetch, 200);
    assert.equal(results["fetch, read"], 200);
    assert.equal(results.EventSource, "let in");
    const { scene } = await test.scene.getCurrentScene({});
    assert.equal(scene?.path, "res://other.tscn");
  });
});
