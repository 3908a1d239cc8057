/** `/godot/*` against the engine called directly, both over one kept-alive connection. */

import { once } from "node:events";
import { Agent, request } from "node:http";
import { demoProject } from "../../src/config.ts";
import { startBareEngine } from "../../test/support/bare_engine.ts";
import { median, times } from "../measure.ts";
import type { Row } from "../row.ts";

export const proxy: Row = {
  title: "Proxy",
  async measure(subject, quick) {
    const cleanups: (() => unknown)[] = [];
    const engine = await startBareEngine(
      { after: (cleanup) => cleanups.push(cleanup as () => unknown) },
      demoProject,
    );
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    const direct = async () => {
      const outgoing = request({
        host: "127.0.0.1",
        port: engine.port,
        agent,
        path: "/health",
        headers: { Authorization: engine.authorization },
      }).end();
      const [response] = await once(outgoing, "response");
      for await (const _ of response);
    };
    const count = quick ? 300 : 3000;
    const through = await times(count, () => subject.call("GET", "/godot/health"));
    const straight = await times(count, direct);
    agent.destroy();
    for (const cleanup of cleanups) await cleanup();
    return [
      {
        name: "/godot/health above the engine called directly, p50",
        value: median(through) - median(straight),
        unit: "ms",
        target: 0.3,
      },
    ];
  },
};
