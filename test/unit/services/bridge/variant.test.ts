/** Every value of Godot's is in a message what it was, also after a way over the wire. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { create, fromBinary, fromJson, toBinary, toJson } from "@bufbuild/protobuf";
import fc from "fast-check";
import { VariantSchema } from "#gen/variant_pb.js";
import { encode } from "../../../../src/engine/link/variant/encode.ts";
import { typeNames } from "../../../../src/engine/link/variant/types.ts";
import {
  Callable,
  ObjectId,
  Signal,
  TypedArray,
  type Variant,
} from "../../../../src/engine/link/variant/variant.ts";
import { fromVariantMessage, toVariantMessage } from "../../../../src/services/bridge/variant.ts";
import { seedOf, series } from "../../../support/series.ts";
import { any } from "../../../support/variants.ts";

const runs = { numRuns: series({ short: 1_000, whole: 50_000 }) };
const nothing = new Map();

test("a value comes back from a message, and from its bytes", (context) => {
  fc.assert(
    fc.property(any, (value) => {
      const message = toVariantMessage(value, nothing);
      const sent = fromBinary(VariantSchema, toBinary(VariantSchema, message));
      for (const one of [message, sent]) assert.deepEqual(encode(fromVariantMessage(one)), encode(value));
    }),
    { ...runs, seed: seedOf(context) },
  );
});

test("a value comes back from JSON, but for the sign of a zero", (context) => {
  const write = (value: Variant) =>
    JSON.stringify(toJson(VariantSchema, toVariantMessage(value, nothing), { alwaysEmitImplicit: true }));
  fc.assert(
    fc.property(any, (value) => {
      const text = write(value);
      assert.equal(write(fromVariantMessage(fromJson(VariantSchema, JSON.parse(text)))), text);
    }),
    { ...runs, seed: seedOf(context) },
  );
});

test("the number of each field is that of its type in Godot", () => {
  const byNumber = Object.fromEntries(VariantSchema.fields.map(({ number, name }) => [number, name]));
  const expected = typeNames.slice(1).map((name) => {
    // All that is known of a Callable is its text.
    if (name === "Callable") return "opaque";
    if (name === "AABB" || name === "RID") return name.toLowerCase();
    return name.replaceAll(/(?<=[a-z])(?=[A-Z])|(?<=[2-4])(?=A)/g, "_").toLowerCase();
  });
  const withoutDimension = (name: string) => name.replaceAll(/_(?=\dd)/g, "");
  assert.deepEqual(Object.values(byNumber), expected.map(withoutDimension));
});

test("of an object, the message says what the table beside the values does", () => {
  const reference = {
    className: "Node2D",
    script: "res://a.gd",
    nodePath: "/root/A",
    resourcePath: "",
    run: 3,
  };
  const id = 2n ** 63n + 5n;
  const objects = new Map([
    [id, { kind: "object", reference }],
    [7n, { kind: "opaque", type: "Callable", text: "A::b" }],
  ] as const);
  const { kind } = toVariantMessage([new ObjectId(id), new ObjectId(7n), new ObjectId(8n)], objects);
  assert.ok(kind.case === "array");
  const [known, opaque, unknown] = kind.value.elements.map((message) => toJson(VariantSchema, message));
  assert.deepEqual(known, {
    object: {
      className: "Node2D",
      script: "res://a.gd",
      nodePath: "/root/A",
      // As `get_instance_id` gives it.
      instanceId: String(5n - 2n ** 63n),
      run: 3,
    },
  });
  assert.deepEqual(opaque, { opaque: { type: "Callable", text: "A::b" } });
  assert.deepEqual(unknown, { object: { instanceId: "8" } });
  assert.deepEqual(fromVariantMessage(toVariantMessage(new ObjectId(id), objects)), new ObjectId(id));
  const signal = new Signal("pressed", id);
  assert.deepEqual(fromVariantMessage(toVariantMessage(signal, objects)), signal);
  assert.deepEqual(fromVariantMessage(toVariantMessage(new Callable(), objects)), new Callable());
});

test("a typed array keeps the class that it is of, and what is not set is zero or null", () => {
  const nodes = new TypedArray({ className: "Node" }, [new ObjectId(1n)]);
  assert.deepEqual(fromVariantMessage(toVariantMessage(nodes, nothing)), nodes);
  const empty = create(VariantSchema, { kind: { case: "rect2", value: {} } });
  assert.deepEqual(toJson(VariantSchema, toVariantMessage(fromVariantMessage(empty), nothing)), {
    rect2: { position: {}, size: {} },
  });
  const pair = create(VariantSchema, { kind: { case: "dictionary", value: { entries: [{}] } } });
  const back = toVariantMessage(fromVariantMessage(pair), nothing);
  assert.deepEqual(toJson(VariantSchema, back), { dictionary: { entries: [{ key: {}, value: {} }] } });
});
