/** A few steps of the editing that `npm run edits` does for an hour: the engine itself judges every answer. */
import assert from "node:assert/strict";
import { it } from "node:test";
import { small } from "../../bench/edits/project.ts";
import { Session, weights } from "../../bench/edits/session.ts";
import { toText } from "../../bench/edits/tally.ts";
import { makeWorld } from "../../bench/edits/world.ts";
import { seedOf, series } from "../support/series.ts";

const steps = series({ short: 9, whole: 100 });
/** Of a series that has steps of many kinds soon. */
const usualSeed = 4;

it("every answer is what the engine itself says of the files, however they were edited", async (context) => {
  const found: string[] = [];
  const world = await makeWorld(context, {
    seed: seedOf(context, usualSeed),
    size: small,
    light: true,
    // Three of these need an import, which takes seconds; where an edit during a load falls is left to the long run.
    weights: { ...weights, rename: 1, delete: 1, switch: 0.4, "edit during a load": 0 },
    tell: () => {},
    onViolation: (violation) => found.push(toText(violation)),
  });
  const session = new Session(world);
  await session.begin();
  for (let step = 1; step <= steps; step += 1) await session.step(step);
  context.diagnostic(world.tally.toText());
  assert.deepEqual(found, []);
});
