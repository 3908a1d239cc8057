/**
 * For a process of its own: every listener throws whenever it is called, one after the other. Says of each what was
 * reported, and that the process goes on.
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
import { type FakeEvent, speakBus } from "./fake_addon.ts";
import { addonMessages } from "./hostile.ts";

process.on("unhandledRejection", (error) => process.stdout.write(`reported: ${(error as Error).message}\n`));
const nothing = () => {};

async function serving(answer: (url: string) => string, events?: readonly FakeEvent[]): Promise<number> {
  const server = createServer(({ url }, response) => {
    if (answer(url ?? "") === "gone") response.destroy();
    else response.end(answer(url ?? ""));
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  server.unref();
  if (events) speakBus(server, { events: () => events });
  return (server.address() as AddressInfo).port;
}

const event = (name: keyof typeof addonMessages): FakeEvent => [name, addonMessages[name]];
const addon = (...more: FakeEvent[]) => serving(() => "{}", [event("hello"), event("state"), ...more]);
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

const listeners: Record<string, (fail: () => never) => unknown> = {
  "a feed's follower": (fail) => {
    const feed = new Feed(1);
    feed.follow(fail);
    feed.set(2);
  },
  "a timer": (fail) => new Timers<string>().arm("one", 0, fail),
  "an addon link's onView": async (fail) => new AddonLink(link(await addon(), { onView: fail })),
  "an addon link's onLost": async (fail) =>
    new AddonLink(link(await serving(() => "gone"), { onLost: fail })),
  "an addon link's onProgress": async (fail) => {
    const port = await addon(event("progress"));
    const { signal } = new AbortController();
    const driven: AddonLink = new AddonLink(link(port, {}));
    const load = driven.load("res://a.tscn", { signal, onProgress: fail, restartable: false });
    load.catch(nothing);
  },
  "a plain link's onView": async (fail) => new PlainLink(link(await plain(), { onView: fail })),
  "a plain link's onLost": async (fail) => new PlainLink(link(await serving(() => "gone"), { onLost: fail })),
  "a process's onEntry": (fail) => spawn({ onEntry: fail }),
  "a process's onAnnouncement": (fail) => spawn({ onAnnouncement: fail }),
  "a host's report": (fail) => createControl({ project: "/", port: 0, report: { info: fail, error: fail } }),
  "a process's onExit": (fail) => spawn({ onExit: fail }),
};

// A link by itself keeps no process.
setInterval(nothing, 1000);
for (const [name, listen] of Object.entries(listeners)) {
  const called = Promise.withResolvers<void>();
  process.stdout.write(`${name} throws\n`);
  await listen(() => {
    called.resolve();
    throw new Error(`the fault of ${name}`);
  });
  await called.promise;
  await new Promise(setImmediate);
  process.stdout.write("it goes on\n");
}
process.exit();
