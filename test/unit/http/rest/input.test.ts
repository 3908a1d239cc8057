/** Requests become messages of any shape: nested fields, lists and parameters of the path. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { ErrorDetailSchema } from "#gen/error_pb.js";
import { ListLogsRequestSchema } from "#gen/godot_control_service_pb.js";
import { type RestRequest, readInput } from "../../../../src/http/rest/input.ts";

const request = (parts: Partial<RestRequest>): RestRequest => ({
  path: {},
  query: {},
  body: undefined,
  lastEventId: undefined,
  signal: new AbortController().signal,
  ...parts,
});

test("a query reaches fields of fields, and lists", () => {
  const query = { "exit.signal": "SIGSEGV", "exit.code": "3", log_cursor: "7" };
  const message = readInput(ErrorDetailSchema, false, request({ query }));
  assert.deepEqual([message.exit?.signal, message.exit?.code, message.logCursor], ["SIGSEGV", 3, 7n]);
});

test("a parameter of the path is a field, beside a query or a body", () => {
  const path = { cursor: "5" };
  const asked = readInput(ListLogsRequestSchema, false, request({ path, query: { limit: "2" } }));
  assert.deepEqual([asked.cursor, asked.limit], [5n, 2]);
  const sent = readInput(ListLogsRequestSchema, true, request({ path, body: { limit: 2, cursor: "1" } }));
  assert.deepEqual([sent.cursor, sent.limit], [5n, 2]);
});

test("what cannot be read is named, however deep it lies", () => {
  const wrong = (query: Record<string, unknown>) => () =>
    readInput(ErrorDetailSchema, false, request({ query }));
  assert.throws(wrong({ "exit.nothing": "1" }), /exit/);
  assert.throws(wrong({ "reason.deep": "1" }), /reason\.deep: there is no such field/);
});
