/** How a request becomes the message of the rpc that it stands for. */
import {
  type DescField,
  type DescMessage,
  fromJson,
  type JsonValue,
  type MessageShape,
  ScalarType,
} from "@bufbuild/protobuf";
import { invalidField } from "../../errors/request.ts";
import type { ControlError } from "../../model/control_error.ts";
import { toConnectError } from "../../services/errors_interceptor.ts";

/** The parts of a request that an rpc's message is made of. */
export interface RestRequest {
  /** By the name of the field. */
  readonly path: Readonly<Record<string, string>>;
  readonly query: Readonly<Record<string, unknown>>;
  /** The parsed JSON; undefined where there is none. */
  readonly body: unknown;
  /** `Last-Event-ID`, of a client that comes back to a stream. */
  readonly lastEventId: string | undefined;
  readonly signal: AbortSignal;
}

type Fields = Record<string, unknown>;

/**
 * @param hasBody the fields are in the body, and the query has none
 * @param resume the field that a client's `Last-Event-ID` goes to; empty: none
 * @throws ConnectError naming the field that is unknown or wrong
 */
export function readInput<I extends DescMessage>(
  schema: I,
  hasBody: boolean,
  request: RestRequest,
  resume = "",
): MessageShape<I> {
  const source = hasBody ? (request.body ?? {}) : readQuery(schema, request.query);
  if (typeof source !== "object" || Array.isArray(source))
    throw toConnectError(invalidField("body", "it must be a JSON object"));
  const fields: Fields = { ...(source as Fields), ...request.path };
  if (resume && request.lastEventId) fields[resume] = request.lastEventId;
  try {
    return fromJson(schema, fields as JsonValue, { ignoreUnknownFields: false });
  } catch (error) {
    throw toConnectError(wrongField(schema, fields, (error as Error).message));
  }
}

/** `?a.b=1` is a field of a field, `?a=1&a=2` a list, and `?cursor=` a field that was left empty. */
function readQuery(schema: DescMessage, query: RestRequest["query"]): Fields {
  const fields: Fields = Object.create(null);
  // A load balancer adds one of its own to a path that takes none: `/health?x=1`.
  if (schema.fields.length === 0) return fields;
  for (const [name, value] of Object.entries(query)) {
    if (value === "") continue;
    const [first = "", ...deeper] = name.split(".");
    put(fields, schema, first, deeper, value);
  }
  return fields;
}

function put(into: Fields, schema: DescMessage, name: string, deeper: readonly string[], value: unknown) {
  const field = fieldOf(schema, name);
  const [next, ...rest] = deeper;
  if (next === undefined || field?.fieldKind !== "message") {
    into[[name, ...deeper].join(".")] = field ? toJsonValue(field, value) : value;
    return;
  }
  const inner = (into[name] ?? {}) as Fields;
  into[name] = inner;
  put(inner, field.message, next, rest, value);
}

/** JSON knows numbers as text, but not `?oldest_first=true`. */
function toJsonValue(field: DescField, value: unknown): unknown {
  if (field.fieldKind === "list") return [value].flat();
  return isBool(field) ? (bools.get(value) ?? value) : value;
}

const bools = new Map<unknown, boolean>([
  ["true", true],
  ["false", false],
]);

const isBool = (field: DescField | undefined) => field?.scalar === ScalarType.BOOL;

/** A field by either of its names: `scene_path`, `scenePath`. */
const fieldOf = (schema: DescMessage, name: string) =>
  schema.fields.find((field) => field.name === name || field.jsonName === name);

/** The decoder does not always say which field it could not read: each is tried by itself. */
function wrongField(schema: DescMessage, fields: Fields, problem: string): ControlError {
  for (const [name, value] of Object.entries(fields)) {
    try {
      fromJson(schema, { [name]: value } as JsonValue, { ignoreUnknownFields: false });
    } catch {
      const field = fieldOf(schema, name);
      return field
        ? invalidField(name, hintFor(field) ?? problem)
        : invalidField(name, `there is no such field; ${fieldsOf(schema)}`);
    }
  }
  return invalidField("body", problem);
}

/** How a value of this field is written; undefined where only the decoder's own words say it. */
function hintFor(field: DescField): string | undefined {
  if (isBool(field)) return "write true or false";
  if (field.fieldKind === "message" && field.message.typeName === "google.protobuf.Duration")
    return 'write a duration as text, in seconds: "1.5s"';
  if (field.fieldKind !== "enum") return undefined;
  const names = field.enum.values.filter(({ number }) => number > 0).map(({ name }) => name);
  return `write ${names.slice(0, -1).join(", ")} or ${names.at(-1)}`;
}

const fieldsOf = (schema: DescMessage) =>
  schema.fields.length === 0
    ? "this request takes none."
    : `this request takes ${schema.fields.map(({ name }) => name).join(", ")}.`;
