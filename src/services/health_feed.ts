/** The health as a message, computed once for each change however many watch, and only when it is new. */
import type { Health as HealthMessage } from "#gen/health_pb.js";
import { DerivedFeed, type Feed } from "../async/feed.ts";
import type { Config } from "../config/config.ts";
import { assess, type Health } from "../engine/supervisor/health.ts";
import type { Supervisor } from "../engine/supervisor/supervisor.ts";
import { toHealth } from "./messages/health.ts";

export function healthFeed(config: Config, supervisor: Supervisor): Feed<HealthMessage> {
  const first = assess(config, supervisor.feed.value);
  let present = withoutTime(first);
  return new DerivedFeed(supervisor.feed, toHealth(first), (snapshot, before) => {
    const health = assess(config, snapshot);
    const next = withoutTime(health);
    if (next === present) return before;
    present = next;
    return toHealth(health);
  });
}

/** What two healths that differ only in when they were computed have in common. */
const withoutTime = (health: Health) => JSON.stringify({ ...health, time: 0 });
