/** The health as a message, computed once for each change however many watch, and only when it is new. */
import type { Health as HealthMessage } from "#gen/health_pb.js";
import type { Config } from "../config.ts";
import { Feed } from "../engine/feed.ts";
import { assess, type Health } from "../engine/health.ts";
import type { Supervisor } from "../engine/supervisor.ts";
import { toHealth } from "./messages.ts";

export function healthFeed(config: Config, supervisor: Supervisor): Feed<HealthMessage> {
  let present = assess(config, supervisor.feed.value);
  const feed = new Feed(toHealth(present));
  supervisor.feed.follow((snapshot) => {
    const health = assess(config, snapshot);
    if (isSame(present, health)) return;
    present = health;
    feed.set(toHealth(health));
  });
  return feed;
}

/** Whether nothing differs but the time it was computed. */
const isSame = (a: Health, b: Health) =>
  JSON.stringify({ ...a, time: 0 }) === JSON.stringify({ ...b, time: 0 });
