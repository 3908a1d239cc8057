/** The OpenAPI document: sound by a validator that is not ours, and true of what a real server answers. */
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { Validator } from "@seriousme/openapi-schema-validator";
import { Ajv2020, type ValidateFunction } from "ajv/dist/2020.js";
import { rowsOf } from "../../src/http/rest/rows.ts";
import { projectOfOneScene } from "../support/project.ts";
import { startServer, type TestServer } from "../support/server.ts";
import { everyService } from "../support/services.ts";

type Json = Record<string, unknown>;
interface Operation {
  readonly parameters?: readonly { readonly name: string }[];
  readonly responses: Record<string, { readonly content?: Record<string, { schema: Json; example?: Json }> }>;
}
interface Document {
  readonly paths: Record<string, Record<string, Operation>>;
  readonly components: { readonly schemas: Record<string, Json>; readonly responses: Operation["responses"] };
}

const services = await everyService();

describe("The OpenAPI document", () => {
  let test: TestServer;
  let document: Document;
  const cleanups: (() => unknown)[] = [];
  const context = { after: (cleanup: () => unknown) => cleanups.push(cleanup) } as never;
  const ajv = new Ajv2020({ strict: false, formats: { "date-time": true } });

  before(async () => {
    test = await startServer(context, await projectOfOneScene(context));
    document = (await test.rest("GET", "/openapi.json")).body as unknown as Document;
    ajv.addSchema({ $id: "test:api", components: document.components });
  });
  after(async () => {
    for (const cleanup of cleanups.reverse()) await cleanup();
  });

  const validate = (schema: Json): ValidateFunction =>
    ajv.compile(JSON.parse(JSON.stringify(schema).replaceAll('"#/', '"test:api#/')));

  /** The keys that a schema has for an object, those that it takes from others included. */
  const keysOf = (schema: Json): string[] => {
    const {
      $ref,
      allOf = [],
      properties = {},
    } = schema as { $ref?: string; allOf?: Json[]; properties?: Json };
    const named = $ref ? keysOf(document.components.schemas[$ref.split("/").at(-1) ?? ""] ?? {}) : [];
    return [...Object.keys(properties), ...named, ...allOf.flatMap(keysOf)];
  };

  const conforms = (path: string, verb: string, status: number, body: Json) => {
    const { responses } = document.paths[path]?.[verb] ?? { responses: {} };
    const documented = responses[status] ?? document.components.responses.Error;
    const schema = documented?.content?.["application/json"]?.schema;
    assert.ok(schema, `${verb} ${path} ${status}`);
    const isValid = validate(schema);
    assert.ok(isValid(body), `${verb} ${path} ${status}: ${ajv.errorsText(isValid.errors)}`);
    const known = keysOf(schema);
    assert.deepEqual(
      Object.keys(body).filter((key) => !known.includes(key)),
      [],
      `${verb} ${path} ${status}`,
    );
  };

  it("is sound", async () => {
    const { valid, errors } = await new Validator().validate(structuredClone(document) as never);
    assert.deepEqual([valid, errors], [true, undefined]);
  });

  it("has every row of REST, and every unary rpc over Connect", () => {
    for (const { verb, template } of rowsOf(services))
      assert.ok(
        document.paths[template.url.replaceAll(/:(\w+)/g, "{$1}")]?.[verb.toLowerCase()],
        template.url,
      );
    for (const { typeName, methods } of services)
      for (const { name, methodKind } of methods)
        assert.equal(
          document.paths[`/${typeName}/${name}`]?.post !== undefined,
          methodKind === "unary",
          name,
        );
  });

  it("has examples that are as their schemas say", async () => {
    let count = 0;
    for (const schema of everySchema(document))
      for (const example of schema.examples) {
        const isValid = validate(schema);
        assert.ok(isValid(example), `${JSON.stringify(example)}: ${ajv.errorsText(isValid.errors)}`);
        count += 1;
      }
    assert.ok(count > 30, `${count} examples`);
    const { example } = document.components.responses.Error?.content?.["application/json"] ?? {};
    assert.deepEqual(
      (await test.rest("POST", "/scene/load", { scene_path: "res://nope.tscn" })).body,
      example,
    );
  });

  it("is true of what REST answers", async () => {
    const asked: [verb: "GET" | "POST", path: string, body?: Json][] = [
      ["POST", "/start"],
      ["POST", "/scene/load", { scene_path: "res://main.tscn" }],
      ["POST", "/scene/load", { scene_path: "res://nope.tscn" }],
      ["POST", "/scene/load", { scene_path: 7 }],
      ["POST", "/scene/reload", {}],
      ...["/health", "/status", "/scene", "/scenes", "/logs"].map((path) => ["GET", path] as const),
      ["POST", "/restart"],
      ["POST", "/stop"],
      ["GET", "/health"],
      ["GET", "/scene"],
    ] as never;
    for (const [verb, path, given] of asked) {
      const { status, body } = await test.rest(verb, path, given);
      conforms(path, verb.toLowerCase(), status, body);
    }
  });
});

/** Those that have examples, wherever they stand. */
function* everySchema(value: unknown): Generator<Json & { readonly examples: readonly unknown[] }> {
  if (typeof value !== "object" || value === null) return;
  if ("examples" in value && Array.isArray(value.examples)) yield value as never;
  for (const part of Object.values(value)) yield* everySchema(part);
}
