/** `/godot/*` against the engine called directly, both over one kept-alive connection. */
import { startBareEngine } from "../../test/support/bare_engine.ts";
import { Http1Client } from "../clients/http1.ts";
import { median, times } from "../measure.ts";
import type { Row } from "../row.ts";

export const proxy: Row = {
  title: "Proxy",
  async measure({ rest, project }, quick) {
    const cleanups: (() => unknown)[] = [];
    const engine = await startBareEngine(
      { after: (cleanup) => cleanups.push(cleanup as () => unknown) },
      project,
    );
    const direct = new Http1Client(engine.port, { Authorization: engine.authorization });
    const count = quick ? 500 : 4_000;
    const through = rest.prepare("GET", "/godot/health");
    const straight = direct.prepare("GET", "/health");
    const ours = await times(count, () => rest.send(through));
    const theirs = await times(count, () => direct.send(straight));
    direct.close();
    for (const cleanup of cleanups) await cleanup();
    return {
      results: [
        {
          name: "/godot/health above the engine called directly, p50",
          value: median(ours) - median(theirs),
          unit: "ms",
          target: 0.3,
        },
      ],
    };
  },
};
