/** What is done to the engine while it works. Each is one exit, or none: a crash loop would be another test. */
import { setTimeout as elapse } from "node:timers/promises";
import type { Http1Client } from "../clients/http1.ts";
import { crashScene, quitScene } from "../project.ts";
import { add } from "./tally.ts";

/** Between two faults, in ms; the server bears five exits a minute. */
const leastPause = 13_000;
const mostPause = 20_000;
const frozenFor = 1_500;

type Fault = (engine: number, rest: Http1Client) => Promise<void>;

const faults: Record<string, Fault> = {
  "kill -9": async (engine) => void process.kill(engine, "SIGKILL"),
  SIGTERM: async (engine) => void process.kill(engine, "SIGTERM"),
  "SIGSTOP, SIGCONT": async (engine) => {
    process.kill(engine, "SIGSTOP");
    await elapse(frozenFor);
    process.kill(engine, "SIGCONT");
  },
  "a scene that crashes": async (_, rest) =>
    void (await rest.json("POST", "/scene/load", { scene_path: crashScene })),
  "a scene that quits": async (_, rest) =>
    void (await rest.json("POST", "/scene/load", { scene_path: quitScene })),
  restart: async (_, rest) => void (await rest.json("POST", "/restart")),
  "stop, start": async (_, rest) => {
    await rest.json("POST", "/stop");
    await rest.json("POST", "/start");
  },
};

/** Commits one fault after the other until `signal` is aborted; counts them, and how often it was well again. */
export async function commitFaults(
  rest: Http1Client,
  committed: Map<string, number>,
  signal: AbortSignal,
): Promise<number> {
  let survived = 0;
  const names = Object.keys(faults);
  for (let turn = 0; !signal.aborted; turn += 1) {
    await elapse(leastPause + Math.random() * (mostPause - leastPause), undefined, { signal }).catch(
      () => {},
    );
    if (signal.aborted) break;
    const health = await rest.json("GET", "/health");
    const { pid } = health.godot_process as { pid: number | null };
    const name = names[turn % names.length] as string;
    if (pid === null) continue;
    add(committed, name);
    await faults[name]?.(pid, rest);
    if (await isWellAgain(rest)) survived += 1;
  }
  return survived;
}

async function isWellAgain(rest: Http1Client): Promise<boolean> {
  const limit = performance.now() + 60_000;
  while (performance.now() < limit) {
    const { overall_healthy } = await rest.json("GET", "/health");
    if (overall_healthy) return true;
    await elapse(50);
  }
  return false;
}
