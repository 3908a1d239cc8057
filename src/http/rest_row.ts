/** What a row of the REST table is, and how a request becomes the call it names. */
import {
  type DescMessage,
  type DescMethodServerStreaming,
  type DescMethodUnary,
  fromJson,
  type JsonValue,
  type MessageShape,
  ScalarType,
} from "@bufbuild/protobuf";
import { ConnectError } from "@connectrpc/connect";
import { type ControlError, invalidField } from "../errors.ts";
import { toConnectError } from "../services/errors_interceptor.ts";
import type { InProcess } from "../services/in_process.ts";
import type { ServerSentMessage } from "./event_stream.ts";
import { type RestAnswer, restError } from "./rest_errors.ts";

/** The parts of a request that an rpc's message is made of. */
export interface RestRequest {
  readonly query: Readonly<Record<string, unknown>>;
  /** The parsed JSON; undefined where there is none. */
  readonly body: unknown;
  /** `Last-Event-ID`, of a client that comes back to a stream. */
  readonly lastEventId: string | undefined;
  readonly signal: AbortSignal;
}

interface Place {
  readonly verb: "GET" | "POST";
  readonly path: string;
}

export interface UnaryRow extends Place {
  readonly kind: "unary";
  /** Throws what is no ConnectError: a fault. */
  call(services: InProcess, request: RestRequest): Promise<RestAnswer>;
}

export interface StreamRow extends Place {
  readonly kind: "stream";
  /** @throws ConnectError before the first message where the call itself is wrong */
  open(services: InProcess, request: RestRequest): Promise<AsyncIterable<ServerSentMessage>>;
}

export function unary<I extends DescMessage, O extends DescMessage>(
  verb: Place["verb"],
  path: string,
  rpc: DescMethodUnary<I, O>,
  answer: (message: MessageShape<O>) => RestAnswer,
  failure: (error: ConnectError) => RestAnswer = restError,
): UnaryRow {
  return {
    kind: "unary",
    verb,
    path,
    async call(services, request) {
      try {
        const input = readInput(rpc.input, verb, request);
        return answer(await services.unary(rpc, input, request.signal));
      } catch (error) {
        if (!(error instanceof ConnectError)) throw error;
        return failure(error);
      }
    },
  };
}

/** @param resume the field that a client's `Last-Event-ID` goes to */
export function stream<I extends DescMessage, O extends DescMessage>(
  verb: Place["verb"],
  path: string,
  rpc: DescMethodServerStreaming<I, O>,
  toEvent: (message: MessageShape<O>) => ServerSentMessage,
  resume?: string,
): StreamRow {
  return {
    kind: "stream",
    verb,
    path,
    async open(services, request) {
      const input = readInput(rpc.input, verb, request, resume);
      return mapped(await services.stream(rpc, input, request.signal), toEvent);
    },
  };
}

/** @throws ConnectError naming the field that is unknown or wrong */
function readInput<I extends DescMessage>(
  schema: I,
  verb: Place["verb"],
  request: RestRequest,
  resume?: string,
): MessageShape<I> {
  const source = verb === "GET" ? readQuery(schema, request.query) : (request.body ?? {});
  if (typeof source !== "object" || Array.isArray(source))
    throw toConnectError(invalidField("body", "it must be a JSON object"));
  const fields = source as Record<string, unknown>;
  if (resume && request.lastEventId) fields[resume] = request.lastEventId;
  try {
    return fromJson(schema, fields as JsonValue, { ignoreUnknownFields: false });
  } catch (error) {
    throw toConnectError(wrongField(schema, fields, (error as Error).message));
  }
}

/** `?cursor=` is a field that was left empty. JSON knows numbers as text, but not `?oldest_first=true`. */
function readQuery(schema: DescMessage, query: RestRequest["query"]): Record<string, unknown> {
  // A load balancer adds one of its own to a path that takes none: `/health?x=1`.
  if (schema.fields.length === 0) return {};
  const given = Object.entries(query).filter(([, value]) => value !== "");
  return Object.fromEntries(
    given.map(([name, value]) => [name, isBool(schema, name) ? (bools.get(value) ?? value) : value]),
  );
}

const bools = new Map<unknown, boolean>([
  ["true", true],
  ["false", false],
]);

const isBool = (schema: DescMessage, name: string) => fieldOf(schema, name)?.scalar === ScalarType.BOOL;

/** A field by either of its names: `scene_path`, `scenePath`. */
const fieldOf = (schema: DescMessage, name: string) =>
  schema.fields.find((field) => field.name === name || field.jsonName === name);

const hints: readonly [RegExp, string][] = [
  [/google\.protobuf\.Duration/, 'write a duration as text, in seconds: "1.5s"'],
  [/LogSource/, "write LOG_SOURCE_ENGINE, LOG_SOURCE_SCRIPT, LOG_SOURCE_SHADER or LOG_SOURCE_IMPORT"],
  [/Severity/, "write SEVERITY_INFO, SEVERITY_WARN or SEVERITY_ERROR"],
];

/** The decoder does not always say which field it could not read: each is tried by itself. */
function wrongField(schema: DescMessage, fields: Record<string, unknown>, problem: string): ControlError {
  for (const [field, value] of Object.entries(fields)) {
    try {
      fromJson(schema, { [field]: value } as JsonValue, { ignoreUnknownFields: false });
    } catch {
      if (!fieldOf(schema, field)) return invalidField(field, `there is no such field; ${fieldsOf(schema)}`);
      if (isBool(schema, field)) return invalidField(field, "write true or false");
      return invalidField(field, hints.find(([pattern]) => pattern.test(problem))?.[1] ?? problem);
    }
  }
  return invalidField("body", problem);
}

const fieldsOf = (schema: DescMessage) =>
  `this request takes ${schema.fields.map(({ name }) => name).join(", ")}.`;

async function* mapped<T, R>(messages: AsyncIterable<T>, map: (message: T) => R): AsyncIterable<R> {
  for await (const message of messages) yield map(message);
}
