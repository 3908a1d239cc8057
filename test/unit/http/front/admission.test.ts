import assert from "node:assert/strict";
import { EventEmitter, once } from "node:events";
import type { ServerResponse } from "node:http";
import { Socket } from "node:net";
import { test } from "node:test";
import { setImmediate as nextTurn } from "node:timers/promises";
import { Admission } from "../../../../src/http/front/admission.ts";

/** What an admission sees of a response. */
class Response extends EventEmitter {
  destroyed = false;
  end(_last?: string): void {}
  write(_part: string): void {}
}

/** Requests that tell when they are begun, by name. */
function admitting(limits = { answering: 2, quick: 60_000 }) {
  const behind = new Set<Socket>();
  const admission = new Admission(limits, (socket) => behind.has(socket));
  const begun: string[] = [];
  const told = new EventEmitter();
  const ask = (socket: Socket, name: string): Response => {
    const response = new Response();
    const begin = () => {
      begun.push(name);
      told.emit("begun");
    };
    admission.add(socket, { response: response as unknown as ServerResponse, begin });
    return response;
  };
  return { ask, begun, behind, untilBegun: () => once(told, "begun") };
}

test("only a few are begun at once, and those of each connection in turn", async () => {
  const { ask, begun } = admitting();
  const [one, other] = [new Socket(), new Socket()];
  const first = ask(one, "1a");
  for (const name of ["1b", "1c", "1d"]) ask(one, name);
  for (const name of ["2a", "2b"]) ask(other, name);
  assert.deepEqual(begun, ["1a", "1b"]);
  first.write("a beginning");
  first.end("an end");
  assert.deepEqual(begun, ["1a", "1b"], "what was sent goes out first");
  await nextTurn();
  assert.deepEqual(begun, ["1a", "1b", "1c"], "one place for one answer, however many parts it has");
});

test("a connection with few requests does not wait for one with many", async () => {
  const { ask, begun } = admitting({ answering: 1, quick: 60_000 });
  const [many, few] = [new Socket(), new Socket()];
  const responses = ["m1", "m2", "m3"].map((name) => ask(many, name));
  responses.push(ask(few, "f1"));
  for (const turn of [0, 1, 3]) {
    responses[turn]?.end();
    await nextTurn();
  }
  assert.deepEqual(begun, ["m1", "m2", "f1", "m3"]);
});

test("what says nothing for a while keeps no place", async () => {
  const { ask, begun, untilBegun } = admitting({ answering: 1, quick: 1 });
  const socket = new Socket();
  ask(socket, "slow");
  ask(socket, "next");
  await untilBegun();
  assert.deepEqual(begun, ["slow", "next"]);
});

test("a connection that is behind with reading waits until it is not, and no other does", async () => {
  const { ask, begun, behind } = admitting();
  const [slow, fast] = [new Socket(), new Socket()];
  const answer = ask(slow, "s1");
  behind.add(slow);
  answer.end("much");
  await nextTurn();
  ask(slow, "s2");
  ask(fast, "f1");
  assert.deepEqual(begun, ["s1", "f1"]);
  behind.delete(slow);
  answer.emit("drain");
  assert.deepEqual(begun, ["s1", "f1", "s2"]);
});

test("a client that has left is not answered any more", async () => {
  const { ask, begun } = admitting({ answering: 1, quick: 60_000 });
  const [stays, leaves] = [new Socket(), new Socket()];
  const first = ask(stays, "first");
  ask(stays, "cancelled").destroyed = true;
  ask(leaves, "cut off");
  ask(stays, "last");
  leaves.destroy();
  first.end();
  await nextTurn();
  assert.deepEqual(begun, ["first", "last"]);
});
