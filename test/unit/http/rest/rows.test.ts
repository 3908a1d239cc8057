import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { create, type DescMethod, fromJson, type Message } from "@bufbuild/protobuf";
import { ConnectError } from "@connectrpc/connect";
import { GodotControlService, type ListLogsRequest } from "#gen/godot_control_service_pb.js";
import { LogSource, Severity } from "#gen/log_pb.js";
import { SceneService } from "#gen/scene_service_pb.js";
import { engineNotRunning } from "../../../../src/errors/engine.ts";
import type { RestRequest } from "../../../../src/http/rest/input.ts";
import { allowedMethods, rowsOf, type StreamRow, type UnaryRow } from "../../../../src/http/rest/rows.ts";
import { toConnectError } from "../../../../src/services/errors_interceptor.ts";
import type { InProcess } from "../../../../src/services/in_process.ts";

const all = rowsOf([GodotControlService, SceneService]);
const rowOf = (name: string) => all.find(({ method }) => method.name === name);
const { signal } = new AbortController();

const get = (query: Record<string, unknown>): RestRequest => ({
  path: {},
  query,
  body: undefined,
  lastEventId: undefined,
  signal,
});
const post = (body: unknown): RestRequest => ({ ...get({ ignored: "1" }), body });

const logs = rowOf("ListLogs") as UnaryRow;
const load = rowOf("LoadScene") as UnaryRow;

/** Services that note the message they are called with. */
function noting() {
  const messages: Message[] = [];
  const services = {
    unary: async ({ output }: DescMethod, message: Message) => {
      messages.push(message);
      return create(output);
    },
    stream: async ({ output }: DescMethod, message: Message) => {
      messages.push(message);
      return (async function* () {
        yield fromJson(output, { entries: [{ cursor: "6" }, { cursor: "7" }], dropped: "3" });
      })();
    },
  } as unknown as InProcess;
  return { services, messages };
}

/** The message that a request becomes. */
async function read<M>(row: typeof logs, request: RestRequest): Promise<M> {
  const { services, messages } = noting();
  assert.equal((await row.call(services, request)).status, 200);
  return messages[0] as M;
}

/** What a request that cannot be read is told. */
async function refusal(row: typeof logs, request: RestRequest) {
  const { status, body } = await row.call(noting().services, request);
  assert.deepEqual([status, body.status, body.code], [400, "error", "INVALID_ARGUMENT"]);
  return String(body.message);
}

describe("a request becomes the message of its rpc:", () => {
  test("a query, by either name of a field, with everything as text", async () => {
    const query = {
      cursor: "7",
      limit: "3",
      min_severity: "SEVERITY_WARN",
      oldest_first: "true",
      run: "2",
      source: "LOG_SOURCE_SCRIPT",
    };
    const message = await read<ListLogsRequest>(logs, get(query));
    assert.deepEqual([message.cursor, message.limit, message.oldestFirst, message.run], [7n, 3, true, 2n]);
    assert.deepEqual([message.minSeverity, message.source], [Severity.WARN, LogSource.SCRIPT]);
    const camel = await read<ListLogsRequest>(
      logs,
      get({ oldestFirst: "false", minSeverity: "SEVERITY_WARN" }),
    );
    assert.deepEqual([camel.oldestFirst, camel.minSeverity], [false, Severity.WARN]);
  });

  test("a field that is left empty is not given", async () => {
    assert.equal((await read<ListLogsRequest>(logs, get({ cursor: "", limit: "" }))).cursor, 0n);
  });

  test("a body, and no query beside it", async () => {
    const message = await read<{ scenePath: string }>(load, post({ scene_path: "res://a.tscn" }));
    assert.equal(message.scenePath, "res://a.tscn");
    assert.equal((await read<{ scenePath: string }>(load, post(undefined))).scenePath, "");
  });
});

describe("what cannot be read is named:", () => {
  const rows: readonly [typeof logs, RestRequest, RegExp][] = [
    [load, post([1]), /^body: it must be a JSON object$/],
    [load, post("text"), /^body: it must be a JSON object$/],
    [load, post({ timeout: 5 }), /^timeout: write a duration as text, in seconds: "1\.5s"$/],
    [logs, get({ min_severity: "LOUD" }), /^min_severity: write SEVERITY_INFO, /],
    [logs, get({ source: "MOON" }), /^source: write LOG_SOURCE_ENGINE, /],
    [logs, get({ oldest_first: "yes" }), /^oldest_first: write true or false$/],
    [logs, get({ limit: "-1" }), /^limit: /],
    [
      load,
      post({ scene_path: "res://a.tscn", scene_pth: "x" }),
      /^scene_pth: there is no such field; this request takes scene_path, timeout\.$/,
    ],
    [logs, get(JSON.parse('{"__proto__": "1"}')), /^__proto__: there is no such field/],
    [logs, get({ curser: "3" }), /^curser: there is no such field; this request takes cursor, limit, /],
  ];
  for (const [row, request, expected] of rows)
    test(JSON.stringify(request.body ?? request.query), async () => {
      assert.match(await refusal(row, request), expected);
    });
});

test("a query is ignored where the request has no fields", async () => {
  await read(rowOf("GetStatus") as UnaryRow, get({ x: "1" })).catch(() => {});
  const { services, messages } = noting();
  await (rowOf("ListScenes") as UnaryRow).call(services, get({ x: "1" }));
  assert.equal(messages.length, 1);
});

test("an error is told by the row's own words, and a fault is thrown", async () => {
  const failing = (error: unknown) => ({ unary: () => Promise.reject(error) }) as unknown as InProcess;
  const { status, body } = await load.call(
    failing(toConnectError(engineNotRunning(8080))),
    post({ scene_path: "res://a.tscn" }),
  );
  assert.deepEqual([status, body.message, body.reason], [503, "Godot API not ready", "ENGINE_NOT_RUNNING"]);
  const fault = new Error("a fault");
  await assert.rejects(load.call(failing(fault), post({})), fault);
});

describe("a stream", () => {
  const row = rowOf("WatchLogs") as StreamRow;

  test("is its messages as events, each with the cursor of its newest entry", async () => {
    const [event] = await Array.fromAsync(await row.open(noting().services, get({})));
    assert.deepEqual([event?.event, event?.id], ["logs", "7"]);
    assert.equal((event?.data as { dropped?: string } | undefined)?.dropped, "3");
  });

  test("goes on after Last-Event-ID, whatever the query says", async () => {
    const { services, messages } = noting();
    await row.open(services, { ...get({ cursor: "1" }), lastEventId: "9" });
    assert.equal((messages[0] as ListLogsRequest).cursor, 9n);
  });

  test("refuses at once what it cannot read", async () => {
    await assert.rejects(row.open(noting().services, get({ cursor: "x" })), ConnectError);
  });
});

test("each rpc of the contract has one row, and each path says what it may be asked with", () => {
  const methods = [GodotControlService, SceneService].flatMap((service) => service.methods);
  assert.deepEqual(
    all.map(({ method }) => method),
    methods,
  );
  const places = all.map(({ verb, template }) => `${verb} ${template.url}`);
  assert.equal(new Set(places).size, places.length);
  assert.deepEqual(allowedMethods(all, "/scene"), ["GET", "HEAD"]);
  assert.deepEqual(allowedMethods(all, "/scene/load"), ["POST"]);
  assert.deepEqual(allowedMethods(all, "/scene/watch"), ["GET"]);
  assert.deepEqual(allowedMethods(all, "/nowhere"), []);
});
