#!/usr/bin/env node
/** A plug-in of buf: makes gen/openapi/openapi.json of the contract, its comments and its annotations. */
import {
  type DescField,
  type DescMessage,
  type DescMethod,
  type DescService,
  getOption,
} from "@bufbuild/protobuf";
import { createEcmaScriptPlugin, runNodeJs } from "@bufbuild/protoplugin";
import { events } from "#gen/options_pb.js";
import { commentOf } from "../comments.ts";
import { restOf } from "../rest.ts";
import { answers } from "./predecessor.ts";
import { type Schema, Schemas } from "./schemas.ts";

const contract = "godot.control.v1";
const json = (schema: Schema, example?: Schema) => ({
  content: { "application/json": { schema, ...(example && { example }) } },
});
/** What a load of it answers in a project without scenes of a like name. */
const unknownScene = {
  status: "error",
  message:
    "No scene res://nope.tscn in the project. SceneService.ListScenes (GET /scenes) lists those there are.",
  code: "NOT_FOUND",
  reason: "SCENE_NOT_FOUND",
  metadata: { scene_path: "res://nope.tscn" },
};

class Document {
  readonly #rest = new Schemas("snake_case");
  readonly #connect = new Schemas("camelCase");
  readonly #paths: Record<string, Record<string, unknown>> = {};
  readonly #tags: Schema[] = [];

  add(service: DescService): void {
    this.#tags.push({ name: service.name, description: commentOf(service) });
    for (const method of service.methods) {
      this.#addRest(method);
      if (method.methodKind === "unary") this.#addConnect(method);
    }
  }

  toJson(errorDetail: DescMessage): Schema {
    const details = errorDetail.fields.filter(({ name }) => name !== "reason");
    const restError = errorOf(
      Object.fromEntries(details.map((field) => [field.name, this.#rest.field(field)])),
      reasonsOf(errorDetail),
    );
    return {
      openapi: "3.1.0",
      info: {
        title: "godot-control",
        version: "v1",
        description:
          "Runs a Godot 4 game for a program: starts it, watches it, loads scenes and proves that they run. The paths of one word are REST; those of a service are Connect's JSON. The same calls are served over gRPC and gRPC-Web.",
        license: { name: "MIT", identifier: "MIT" },
      },
      servers: [{ url: "/" }],
      security: [{}, { token: [] }],
      tags: this.#tags,
      paths: this.#paths,
      components: {
        securitySchemes: { token: { type: "http", scheme: "bearer" } },
        responses: {
          Error: { description: "What went wrong, and what to do next.", ...json(restError, unknownScene) },
          ConnectError: { description: "What went wrong, as Connect tells it.", ...json(connectError) },
        },
        schemas: { ...this.#rest.all, ...this.#connect.all },
      },
    };
  }

  #addRest(method: DescMethod): void {
    const rest = restOf(method);
    if (!rest) return;
    const parameters = [
      ...rest.inPath.map((field) => this.#parameter(field, { in: "path", required: true })),
      ...rest.inQuery.map((field) => this.#parameter(field, { in: "query" })),
    ];
    this.#put(rest.path, rest.verb, {
      ...describe(method),
      ...(parameters.length > 0 && { parameters }),
      ...(rest.inBody.length > 0 && { requestBody: json(this.#rest.message(method.input)) }),
      responses: { ...this.#answers(method), default: { $ref: "#/components/responses/Error" } },
    });
  }

  #parameter(field: DescField, place: Schema): Schema {
    const { description, ...schema } = this.#rest.field(field);
    return { name: field.name, ...place, ...(description ? { description } : {}), schema };
  }

  #answers(method: DescMethod): Schema {
    // What the predecessor's answers, and the events of a stream, are made of is defined too.
    const message = this.#rest.message(method.output);
    if (method.methodKind !== "unary") {
      const { event } = getOption(method, events);
      const schema = {
        type: "string",
        description: `Events named \`${event}\`, each with its message as JSON: ${method.output.name}.`,
      };
      return { 200: { description: "A stream of events.", content: { "text/event-stream": { schema } } } };
    }
    const { schema, statuses } = answers[method.name] ?? {
      schema: message,
      statuses: [200],
    };
    const answer = { description: "The answer.", ...json(schema) };
    return Object.fromEntries(statuses.map((status) => [status, answer]));
  }

  #addConnect(method: DescMethod): void {
    this.#put(`/${method.parent.typeName}/${method.name}`, "post", {
      ...describe(method, "connect."),
      requestBody: { required: true, ...json(this.#connect.message(method.input)) },
      responses: {
        200: { description: "The answer.", ...json(this.#connect.message(method.output)) },
        default: { $ref: "#/components/responses/ConnectError" },
      },
    });
  }

  #put(path: string, verb: string, operation: Schema): void {
    this.#paths[path] = { ...this.#paths[path], [verb]: operation };
  }
}

const describe = (method: DescMethod, prefix = ""): Schema => ({
  operationId: `${prefix}${method.name}`,
  tags: [method.parent.name],
  summary: /^[^.]*\./.exec(commentOf(method))?.[0].replaceAll("\n", " ") ?? method.name,
  description: commentOf(method),
});

/** The values of the enumeration that is the reason of an ErrorDetail. */
const reasonsOf = ({ field }: DescMessage): string[] =>
  (field.reason?.enum?.values ?? []).map(({ name }) => name.replace("ERROR_REASON_", ""));

/** @param details the keys of an ErrorDetail, which stand beside those of the predecessor */
const errorOf = (details: Schema, reasons: readonly string[]): Schema => ({
  type: "object",
  required: ["status", "message"],
  properties: {
    status: { enum: ["error", "pending"] },
    message: { type: "string" },
    code: { type: "string", description: "The canonical name of the gRPC status: `NOT_FOUND`." },
    reason: {
      type: "string",
      enum: reasons,
      description: "The name of an ErrorReason, without its prefix.",
    },
    details: { type: "string", description: "The whole sentence, where `message` is the predecessor's." },
    scene_path: { type: "string", description: "Of a load that goes on." },
    ...details,
  },
});

const connectError: Schema = {
  type: "object",
  required: ["code"],
  properties: {
    code: { type: "string" },
    message: { type: "string" },
    details: {
      type: "array",
      items: { type: "object", properties: { type: { type: "string" }, value: { type: "string" } } },
    },
  },
};

runNodeJs(
  createEcmaScriptPlugin({
    name: "protoc-gen-openapi",
    version: "v1",
    generateTs(schema) {
      const document = new Document();
      const files = schema.allFiles.filter(({ proto }) => proto.package === contract);
      for (const { services } of files) for (const service of services) document.add(service);
      const detail = files.flatMap(({ messages }) => messages).find(({ name }) => name === "ErrorDetail");
      if (!detail) throw new Error("The contract has no ErrorDetail.");
      schema.generateFile("openapi.json").print(JSON.stringify(document.toJson(detail), undefined, 2));
    },
  }),
);
