/** REST behind Connect's `Transport`: each rpc as the plain HTTP request that stands for it. */
import {
  create,
  type DescMessage,
  type DescMethod,
  fromJson,
  getOption,
  type JsonObject,
  type JsonValue,
  type MessageInitShape,
  type MessageShape,
  toJson,
} from "@bufbuild/protobuf";
import { Code, ConnectError, type Transport } from "@connectrpc/connect";
import { ErrorDetailSchema } from "#gen/error_pb.js";
import { http } from "#gen-google/annotations_pb.js";
import { readEvents } from "../support/event_stream.ts";

/** The rpc's response in JSON, of what REST answers. */
type ToMessage = (body: JsonObject, present: () => Promise<JsonObject>) => JsonValue | Promise<JsonValue>;

const loadResult = (body: JsonObject) => ({ result: body });

/** The predecessor's keys say less than a Health does: the suite asks for no more of GetHealth. */
const health = (body: JsonObject): JsonObject => {
  const scene = body.scene as JsonObject;
  return {
    healthy: body.overall_healthy ?? null,
    blocking_issues: body.blocking_issues ?? null,
    process: body.godot_process ?? null,
    api: body.godot_api ?? null,
    scene: scene.loaded ? { name: scene.name ?? null } : null,
    player: { exists: (body.player as JsonObject).exists ?? null },
    time: body.timestamp ?? null,
  };
};

/** Where the predecessor's answer is not the message. */
const predecessor: Readonly<Record<string, ToMessage>> = {
  LoadScene: loadResult,
  ReloadScene: loadResult,
  GetHealth: (body) => ({ health: health(body) }),
  WatchHealth: (body) => ({ health: health(body) }),
  GetStatus: (body) => ({ status: body }),
  Start: async (body, present) => ({
    already_running: body.message === "Godot is already running",
    health: await present(),
  }),
  Stop: async (body, present) => ({
    already_stopped: body.message === "Godot is not running",
    health: await present(),
  }),
  Restart: async (_body, present) => ({ health: await present() }),
};

interface Row {
  readonly verb: string;
  readonly path: string;
  readonly toMessage: ToMessage;
}

/** @throws ConnectError where the contract does not say how the rpc is asked over REST */
function rowOf(method: DescMethod): Row {
  const { pattern } = getOption(method, http);
  if (typeof pattern.value !== "string")
    throw new ConnectError(`REST has no row for ${method.name}.`, Code.Unimplemented);
  const toMessage = predecessor[method.name] ?? ((body) => body);
  return { verb: pattern.case?.toUpperCase() ?? "", path: pattern.value, toMessage };
}

/** Puts the fields that the path names into it, and takes them out of the others. */
function fillIn(path: string, fields: Record<string, string | string[]>): string {
  return path.replaceAll(/\{(\w+)(?:=\*\*)?\}/g, (_, name: string) => {
    const { [name]: value = "" } = fields;
    delete fields[name];
    return String(value).split("/").map(encodeURIComponent).join("/");
  });
}

/** A list is a parameter for each of its values. */
const toQuery = (fields: Record<string, string | string[]>) =>
  new URLSearchParams(
    Object.entries(fields).flatMap(([name, value]) =>
      [value].flat().map((item): [string, string] => [name, item]),
    ),
  );

export function createRestTransport(baseUrl: string): Transport {
  const present = async () =>
    ((await (await fetch(`${baseUrl}/status`)).json()) as { health: JsonObject }).health;

  async function send<I extends DescMessage>(
    method: DescMethod & { readonly input: I },
    init: MessageInitShape<I>,
    signal: AbortSignal | undefined,
  ) {
    const row = rowOf(method);
    const { input } = method;
    const fields = toJson(input, create(input, init), { useProtoFieldName: true }) as Record<
      string,
      string | string[]
    >;
    const path = fillIn(row.path, fields);
    const response = await fetch(baseUrl + path + (row.verb === "GET" ? `?${toQuery(fields)}` : ""), {
      method: row.verb,
      signal: signal ?? null,
      ...(row.verb !== "GET" && {
        headers: { "Content-Type": "application/json" },
        body: JSON.stringify(fields),
      }),
    });
    return { row, response };
  }

  return {
    async unary(method, signal, _timeoutMs, _header, input) {
      const { row, response } = await send(method, input, signal);
      const body = (await response.json()) as JsonObject;
      // An engine that is not well is an answer of GetHealth, and no error.
      const answered = response.status === 200 || (row.path === "/health" && "overall_healthy" in body);
      if (!answered) throw toConnectError(body);
      const message = read(method.output, await row.toMessage(body, present));
      return {
        stream: false,
        service: method.parent,
        method,
        header: response.headers,
        trailer: new Headers(),
        message,
      };
    },
    async stream(method, signal, _timeoutMs, _header, input) {
      const { value } = await input[Symbol.asyncIterator]().next();
      const { row, response } = await send(method, value, signal);
      if (response.status !== 200) throw toConnectError((await response.json()) as JsonObject);
      async function* messages() {
        for await (const { event, data } of readEvents(response)) {
          if (event === "error") throw toConnectError(data as JsonObject);
          const json = (await row.toMessage(data as JsonObject, present)) as JsonObject;
          yield read(method.output, event === "heartbeat" ? { ...json, heartbeat: true } : json);
        }
      }
      return {
        stream: true,
        service: method.parent,
        method,
        header: response.headers,
        trailer: new Headers(),
        message: messages(),
      };
    },
  };
}

const read = <O extends DescMessage>(output: O, json: JsonValue): MessageShape<O> =>
  fromJson(output, json, { ignoreUnknownFields: true });

/** What the server said in REST's words. */
function toConnectError(body: JsonObject): ConnectError {
  const { code, reason, metadata, log_tail, exit, log_tail_omitted, log_cursor } = body;
  const error = new ConnectError(String(body.details ?? body.message), codeOf(String(code)));
  if (reason !== undefined) {
    const json = {
      reason: `ERROR_REASON_${reason}`,
      ...(metadata && { metadata }),
      ...(log_tail && { log_tail }),
      ...(exit && { exit }),
      ...(log_tail_omitted && { log_tail_omitted }),
      ...(log_cursor && { log_cursor }),
    };
    error.details.push({ desc: ErrorDetailSchema, value: fromJson(ErrorDetailSchema, json) });
  }
  return error;
}

/** `NOT_FOUND` → `Code.NotFound` */
function codeOf(name: string): Code {
  const pascal = name
    .toLowerCase()
    .replaceAll(/(?:^|_)([a-z])/g, (_, letter: string) => letter.toUpperCase());
  return Code[pascal as keyof typeof Code] ?? Code.Unknown;
}
