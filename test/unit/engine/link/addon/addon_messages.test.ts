/** Whatever an engine puts into a field: it is refused by its name, or can be told in every protocol. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { create, type DescMessage, type MessageInitShape, toBinary, toJsonString } from "@bufbuild/protobuf";
import { HealthSchema } from "#gen/health_pb.js";
import { LogEntrySchema } from "#gen/log_pb.js";
import { SceneSchema } from "#gen/scene_pb.js";
import { longestMessage, longestName, mostFrames, mostListed } from "../../../../../src/engine/bounds.ts";
import {
  toHello,
  toIssues,
  toMainLoop,
  toPlayer,
  toProgress,
  toScene,
  toState,
} from "../../../../../src/engine/link/addon/addon_messages.ts";
import { Said } from "../../../../../src/engine/process/said.ts";
import { toLogEntry } from "../../../../../src/services/messages/log.ts";
import { toScene as toSceneMessage } from "../../../../../src/services/messages/scene.ts";
import { addonMessages, hostileForms } from "../../../../support/hostile.ts";

function assertTellable<D extends DescMessage>(schema: D, value: MessageInitShape<D>): void {
  const message = create(schema, value);
  toBinary(schema, message);
  encodeURIComponent(toJsonString(schema, message));
}

const readers: Record<keyof typeof addonMessages, (said: Said) => void> = {
  hello: (said) => assertTellable(HealthSchema, { process: { pid: toHello(said).pid } }),
  state(said) {
    const { scene, player, faults = [], faultCount = 0, missingAutoloads, unimported } = toState(said, 1);
    if (scene) assertTellable(SceneSchema, toSceneMessage(scene, 1));
    assertTellable(HealthSchema, {
      blockingIssues: [...Object.entries(missingAutoloads ?? {}).flat(), ...(unimported ?? [])],
      ...(player && { player }),
    });
    for (const entry of faults) assertTellable(LogEntrySchema, toLogEntry(entry));
    assert.ok(Number.isSafeInteger(faultCount) && faultCount >= 0);
  },
  boot(said) {
    const { entries, count } = toIssues(said, 1);
    for (const entry of entries) assertTellable(LogEntrySchema, toLogEntry(entry));
    assert.ok(Number.isSafeInteger(count) && count >= entries.length);
  },
  main_loop: (said) => assert.ok(Number.isSafeInteger(toMainLoop(said).stuckSeconds)),
  progress(said) {
    const { percent } = toProgress(said);
    assert.ok(percent >= 0 && percent <= 100);
  },
  answer(said) {
    readers.boot(said);
    const scene = said.field("scene").optional(toScene);
    if (scene) assertTellable(SceneSchema, toSceneMessage(scene, 1));
    const player = said.field("player").optional(toPlayer);
    if (player) assertTellable(HealthSchema, { player });
  },
};

for (const [name, message] of Object.entries(addonMessages)) {
  const read = readers[name as keyof typeof addonMessages];
  test(`each field of ${name}, whatever it holds, is refused by its name or can be told`, () => {
    read(new Said(message));
    for (const { where, form } of hostileForms(message)) {
      try {
        read(new Said(form));
      } catch (error) {
        assert.match((error as Error).message, /^(it|[\w.]+) is .{1,120}, not (a|an|true) /s, where);
      }
    }
  });
}

const ofState = (change: object) => toState(new Said({ ...addonMessages.state, ...change }), 1);
const [issue] = addonMessages.boot.issues;

test("a number that is only shown is the nearest that can be", () => {
  const counts = [-1, 1.5, 1e300].map(
    (node_count) => ofState({ scene: { ...addonMessages.state.scene, node_count } }).scene?.nodeCount,
  );
  assert.deepEqual(counts, [0, 2, 4_294_967_295]);
});

test("a process that cannot be is refused", () => {
  for (const pid of [-5, 0, 1.5, 1e300, "7"])
    assert.throws(() => toHello(new Said({ ...addonMessages.hello, pid })), /^Error: pid is .*, not a/);
});

test("texts, lists and backtraces are cut", () => {
  const long = "x".repeat(100_000);
  const entry = { ...issue, message: long, function: long, backtrace: Array(5000).fill(issue) };
  const { faults = [], unimported = [] } = ofState({
    faults: Array(5000).fill(entry),
    unimported: Array(5000).fill(long),
  });
  assert.deepEqual([faults.length, unimported.length], [mostListed, mostListed]);
  const [first] = faults;
  assert.deepEqual(
    [first?.message.length, first?.function?.length, first?.backtrace.length, unimported[0]?.length],
    [longestMessage, longestName, mostFrames, longestName],
  );
});

test("half a path would be another one: a long one is refused", () => {
  const scene = { ...addonMessages.state.scene, scene_path: `res://${"x".repeat(5000)}.tscn` };
  assert.throws(() => ofState({ scene }), /scene\.scene_path is a long text, not a text of 4096 characters/);
});
