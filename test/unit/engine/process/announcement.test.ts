import assert from "node:assert/strict";
import { test } from "node:test";
import { readAnnouncement } from "../../../../src/engine/process/announcement.ts";

const line = (message: unknown) => `@godot-control ${JSON.stringify(message)}`;

test("an announcement is read", () => {
  assert.deepEqual(readAnnouncement(line({ event: "listening", port: 8080, pid: 7, nonce: "n" })), {
    event: "listening",
    port: 8080,
    nonce: "n",
  });
  assert.deepEqual(readAnnouncement(line({ event: "hearing", nonce: "n" })), {
    event: "hearing",
    nonce: "n",
  });
  assert.deepEqual(readAnnouncement(line({ event: "goodbye", scene: "", nonce: "n" })), {
    event: "goodbye",
    scene: "",
    nonce: "n",
  });
});

test("what a game prints in its likeness is none", () => {
  for (const message of [
    null,
    [],
    {},
    { event: "listening", nonce: "n" },
    ...[-1, 1.5, 65_536, 1e300, "8080", null].map((port) => ({ event: "listening", nonce: "n", port })),
    { event: "goodbye", nonce: "n", scene: 1 },
    { event: "goodbye", nonce: 1, scene: "" },
    { event: "other", nonce: "n" },
  ])
    assert.equal(readAnnouncement(line(message)), undefined, JSON.stringify(message));
  assert.equal(readAnnouncement("@godot-control {"), undefined);
  assert.equal(readAnnouncement('{"event":"goodbye"}'), undefined);
});
