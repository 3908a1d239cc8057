import assert from "node:assert/strict";
import { test } from "node:test";
import { largestEvent } from "../../../../../src/engine/bounds.ts";
import {
  readServerSentEvents,
  type ServerSentEvent,
} from "../../../../../src/engine/link/addon/server_sent_events.ts";

async function read(chunks: readonly (Buffer | string)[]): Promise<ServerSentEvent[]> {
  async function* stream() {
    yield* chunks;
  }
  const events: ServerSentEvent[] = [];
  for await (const event of readServerSentEvents(stream())) events.push(event);
  return events;
}

const text = 'event: scene\ndata: {"name":"日本 👾"}\n\ndata: one\ndata: two\n\n';
const expected: ServerSentEvent[] = [
  { event: "scene", data: '{"name":"日本 👾"}' },
  { event: "message", data: "one\ntwo" },
];

test("events are told apart by an empty line; one without a name is a message", async () => {
  assert.deepEqual(await read([text]), expected);
});

test("the chunks may be cut anywhere, within a character too", async () => {
  assert.deepEqual(await read([...Buffer.from(text)].map((byte) => Buffer.of(byte))), expected);
});

test("an event that is not closed is not given out", async () => {
  assert.deepEqual(await read(["event: scene\ndata: 1\n"]), []);
});

test("other fields and comments in an event are passed over", async () => {
  assert.deepEqual(await read([": hello\nid: 7\nretry: 10\ndata: x\n\n"]), [{ event: "message", data: "x" }]);
});

test("an event is given out before the stream goes on", async () => {
  let taken = 0;
  async function* stream() {
    for (;;) {
      taken += 1;
      yield `data: ${taken}\n\n`;
    }
  }
  for await (const { data } of readServerSentEvents(stream())) {
    assert.equal(data, `${taken}`);
    if (taken === 3) break;
  }
});

test("a comment alone is no event", async () => {
  assert.deepEqual(await read([": ping\n\n"]), []);
});

test("an event without an end is given up when it is too large", async () => {
  const chunk = "x".repeat(1024 * 1024);
  let taken = 0;
  async function* stream() {
    for (; ; taken += 1) yield chunk;
  }
  await assert.rejects(async () => {
    for await (const _ of readServerSentEvents(stream()));
  }, /an event of over 16777216 characters/);
  assert.equal(taken, largestEvent / chunk.length);
});
