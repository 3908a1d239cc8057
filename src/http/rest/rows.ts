/** The REST side as rows: the annotation that an rpc has in the contract says how it is asked over REST. */
import {
  type DescMessage,
  type DescMethod,
  type DescMethodServerStreaming,
  type DescMethodUnary,
  type DescService,
  getOption,
  type Message,
  type MessageShape,
} from "@bufbuild/protobuf";
import { type ReflectMessage, reflect } from "@bufbuild/protobuf/reflect";
import { ConnectError } from "@connectrpc/connect";
import { events } from "#gen/options_pb.js";
import { http } from "#gen-google/annotations_pb.js";
import type { HttpRule } from "#gen-google/http_pb.js";
import type { InProcess } from "../../services/in_process.ts";
import { ok, plain } from "./answers.ts";
import { type RestAnswer, restError } from "./errors.ts";
import type { ServerSentMessage } from "./event_stream.ts";
import { type RestRequest, readInput } from "./input.ts";
import { overrides } from "./predecessor.ts";
import { parseTemplate, type Template } from "./template.ts";

interface Place {
  readonly verb: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  readonly template: Template;
  readonly method: DescMethod;
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

type Unary = DescMethod & DescMethodUnary;
type Streaming = DescMethod & DescMethodServerStreaming;

export type Row = UnaryRow | StreamRow;

/**
 * A row for each rpc that has the annotation; other rpcs are not served over REST.
 * @throws where an annotation asks for what this server does not serve
 */
export const rowsOf = (services: readonly DescService[]): Row[] =>
  services.flatMap((service) =>
    service.methods.flatMap((method) => {
      const rule = getOption(method, http);
      return rule.pattern.case === undefined ? [] : [toRow(method, rule)];
    }),
  );

function toRow(method: DescMethod, { pattern, body }: HttpRule): Row {
  const verb = pattern.case?.toUpperCase() as Place["verb"];
  if (typeof pattern.value !== "string" || !/^(|\*)$/.test(body))
    throw new Error(`${method.name} has an annotation that REST does not serve.`);
  const place = { verb, template: parseTemplate(pattern.value), method };
  switch (method.methodKind) {
    case "unary":
      return unary(method as Unary, place, body === "*");
    case "server_streaming":
      return stream(method as Streaming, place, body === "*");
    default:
      throw new Error(`${method.name} is a stream of requests, which REST cannot send.`);
  }
}

function unary(method: Unary, place: Place, hasBody: boolean): UnaryRow {
  const { answer = (message: Message) => ok(plain(method.output, message)), failure = restError } =
    overrides.get(method) ?? {};
  return {
    ...place,
    kind: "unary",
    async call(services, request) {
      try {
        const input = readInput(method.input, hasBody, request);
        return answer(await services.unary(method, input, request.signal));
      } catch (error) {
        if (!(error instanceof ConnectError)) throw error;
        return failure(error);
      }
    },
  };
}

function stream(method: Streaming, place: Place, hasBody: boolean): StreamRow {
  const { event, cursor } = getOption(method, events);
  if (!event) throw new Error(`${method.name} is a stream, and has no name for its events.`);
  const toEvent =
    overrides.get(method)?.event ??
    ((message: Message): ServerSentMessage => {
      const id = cursor && newest(method.output, message, cursor);
      return { event, data: plain(method.output, message), ...(id && { id }) };
    });
  return {
    ...place,
    kind: "stream",
    async open(services, request) {
      const input = readInput(method.input, hasBody, request, cursor);
      return mapped(await services.stream(method, input, request.signal), toEvent);
    },
  };
}

/** The last of the fields of this name, in the lists of a message; empty where there is none. */
function newest<O extends DescMessage>(schema: O, message: MessageShape<O>, name: string): string {
  const reflected = reflect(schema, message);
  for (const field of schema.fields) {
    if (field.fieldKind !== "list" || field.listKind !== "message") continue;
    const last = [...reflected.get(field)].at(-1) as ReflectMessage | undefined;
    const cursor = field.message.fields.find((inner) => inner.name === name);
    if (last && cursor) return String(last.get(cursor));
  }
  return "";
}

async function* mapped<T, R>(messages: AsyncIterable<T>, map: (message: T) => R): AsyncIterable<R> {
  for await (const message of messages) yield map(message);
}

/** What a path may be asked with; empty where there is no such path. */
export const allowedMethods = (rows: readonly Row[], path: string): string[] =>
  rows
    .filter(({ template }) => template.matches(path))
    .flatMap(({ verb, kind }) => (verb === "GET" && kind === "unary" ? [verb, "HEAD"] : [verb]));
