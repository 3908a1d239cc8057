/**
 * For a process of its own: the listener that is named throws whenever it is called. Says what was reported, and at
 * last that the process goes on.
 */
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { Feed } from "../../src/async/feed.ts";
import { Timers } from "../../src/async/timers.ts";
import { createServer as createControl } from "../../src/create_server.ts";
import { AddonLink } from "../../src/engine/link/addon/addon_link.ts";
import { PlainLink } from "../../src/engine/link/plain/plain_link.ts";
import { spawnEngine } from "../../src/engine/process/process.ts";
import { addonMessages } from "./hostile.ts";

const called = Promise.withResolvers<void>();
process.on("unhandledRejection", (error) => process.stdout.write(`reported: ${(error as Error).message}\n`));
const fail = () => {
  called.resolve();
  throw new Error("a listener's fault");
};
const nothing = () => {};

async function serving(answer: (url: string) => string): Promise<number> {
  const server = createServer(({ url }, response) => {
    response.write(answer(url ?? ""));
    if (url !== "/events") response.end();
    if (answer(url ?? "") === "gone") response.destroy();
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  server.unref();
  return (server.address() as AddressInfo).port;
}

const event = (name: keyof typeof addonMessages) =>
  `event: ${name}\ndata: ${JSON.stringify(addonMessages[name])}\n\n`;
const addon = (more = "") =>
  serving((url) => (url === "/events" ? event("hello") + event("state") + more : "{}"));
const plain = () => serving((url) => (url === "/state/scene" ? '{"name":"a"}' : "{}"));
const spawn = (listener: object) =>
  spawnEngine(
    "/bin/sh",
    ["-c", 'echo hello; echo \'@godot-control {"event":"goodbye","nonce":"n","scene":""}\''],
    { cwd: "/", config: "", source: "ENGINE" },
    { onEntry: nothing, onAnnouncement: nothing, onExit: nothing, ...listener },
  );
const link = (port: number, listener: object) => ({
  port,
  run: 1,
  onView: nothing,
  onLost: nothing,
  ...listener,
});

const listeners: Record<string, () => unknown> = {
  "a feed's follower": () => {
    const feed = new Feed(1);
    feed.follow(fail);
    feed.set(2);
  },
  "a timer": () => new Timers<string>().arm("one", 0, fail),
  "an addon link's onView": async () => new AddonLink(link(await addon(), { onView: fail })),
  "an addon link's onLost": async () => new AddonLink(link(await serving(() => "gone"), { onLost: fail })),
  "an addon link's onProgress": async () => {
    const port = await addon(event("progress"));
    const { signal } = new AbortController();
    const driven: AddonLink = new AddonLink(link(port, {}));
    const load = driven.load("res://a.tscn", { signal, onProgress: fail, restartable: false });
    load.catch(nothing);
  },
  "a plain link's onView": async () => new PlainLink(link(await plain(), { onView: fail })),
  "a plain link's onLost": async () => new PlainLink(link(await serving(() => "gone"), { onLost: fail })),
  "a process's onEntry": () => spawn({ onEntry: fail }),
  "a process's onAnnouncement": () => spawn({ onAnnouncement: fail }),
  "a host's report": () => createControl({ project: "/", port: 0, report: { info: fail, error: fail } }),
  "a process's onExit": () => spawn({ onExit: fail }),
};

// A link by itself keeps no process.
setInterval(nothing, 1000);
await listeners[process.argv[2] ?? ""]?.();
await called.promise;
await new Promise(setImmediate);
process.stdout.write("it goes on\n");
process.exit();
