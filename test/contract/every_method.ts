/** What holds for each rpc by its descriptor alone: a new one needs no line here. */
import assert from "node:assert/strict";
import {
  create,
  createFileRegistry,
  type DescMessage,
  type DescMethod,
  type DescMethodServerStreaming,
  type DescMethodUnary,
} from "@bufbuild/protobuf";
import {
  FieldDescriptorProto_Label,
  FieldDescriptorProto_Type,
  FileDescriptorSetSchema,
} from "@bufbuild/protobuf/wkt";
import { Code, type Transport } from "@connectrpc/connect";
import { failure } from "../support/expect.ts";
import { everyService } from "../support/services.ts";
import { onlyReads } from "./clients.ts";
import type { Contract } from "./suite.ts";

export const everyMethod = (await everyService()).flatMap((service) => service.methods);

/** A request with a field that no request of the contract has, as of a client that is newer or mistaken. */
const foreign = foreignRequest();

export async function refusesUnknownFields({ kind, transport }: Contract): Promise<void> {
  for (const method of everyMethod.filter(kind.tellsUnknownFields)) {
    const { code, message } = await failure(call(transport, method, "7"));
    assert.equal(Code[code], "InvalidArgument", method.name);
    assert.match(`${method.name}: ${message}`, /foreign_?field/i);
  }
}

/** In binary form a field is a number, and one of a newer contract is passed over. */
export async function ignoresUnknownFields({ kind, transport }: Contract): Promise<void> {
  for (const method of everyMethod.filter(
    (method) => onlyReads(method) && !kind.tellsUnknownFields(method),
  )) {
    const answer = call(transport, method, "7");
    if (method.input.fields.length === 0) await answer;
    // It may miss a field of its own.
    else await answer.catch((error) => assert.doesNotMatch(`${method.name}: ${error}`, /foreign|unknown/i));
  }
}

/** What travels in the URL has the limits of one. */
export async function refusesLargeRequests({ kind, transport }: Contract): Promise<void> {
  for (const method of everyMethod.filter((method) => !kind.sendsInUrl(method))) {
    const { code, message } = await failure(call(transport, method, "a".repeat(1024 * 1024)));
    assert.equal(Code[code], "ResourceExhausted", `${method.name}: ${message}`);
  }
}

/** Resolves with the answer, or the first message of the stream, which is left then. */
async function call(transport: Transport, method: DescMethod, foreignField: string): Promise<unknown> {
  const described = { ...method, input: foreign };
  if (method.methodKind === "unary")
    return transport.unary(described as DescMethodUnary, undefined, undefined, undefined, { foreignField });
  const controller = new AbortController();
  async function* input() {
    yield create(foreign, { foreignField });
  }
  const response = await transport.stream(
    described as DescMethodServerStreaming,
    controller.signal,
    undefined,
    undefined,
    input(),
  );
  for await (const message of response.message) {
    controller.abort();
    return message;
  }
}

function foreignRequest(): DescMessage {
  const field = {
    name: "foreign_field",
    jsonName: "foreignField",
    number: 1000,
    type: FieldDescriptorProto_Type.STRING,
    label: FieldDescriptorProto_Label.OPTIONAL,
  };
  const file = {
    name: "foreign.proto",
    package: "foreign",
    syntax: "proto3",
    messageType: [{ name: "Request", field: [field] }],
  };
  const request = createFileRegistry(create(FileDescriptorSetSchema, { file: [file] })).getMessage(
    "foreign.Request",
  );
  assert.ok(request);
  return request;
}
