/** Each kind of field, as the addon's commands get it and answer it. */
import assert from "node:assert/strict";
import { describe, it, test } from "node:test";
import { create, createFileRegistry, type DescMessage, fromJson, toJson } from "@bufbuild/protobuf";
import {
  FileDescriptorSetSchema,
  file_google_protobuf_duration,
  FieldDescriptorProto_Label as Label,
  FieldDescriptorProto_Type as Type,
} from "@bufbuild/protobuf/wkt";
import { file_godot_control_v1_variant } from "#gen/variant_pb.js";
import { fromPlain, toPlain } from "../../../../src/engine/link/variant/plain.ts";
import {
  Dictionary,
  PackedStrings,
  StringName,
  type Variant,
} from "../../../../src/engine/link/variant/variant.ts";
import { toDictionary, toMessage } from "../../../../src/services/bridge/message.ts";

/** A message with a field of each kind that a service may have. */
const everyKind = describeMessage();
const nothing = new Map();
const answer = (payload: Variant) => toMessage(everyKind, payload, nothing);
const dictionary = (fields: Record<string, Variant>) => new Dictionary(Object.entries(fields));

const json = {
  text: "ü",
  count: 7,
  long: "9223372036854775807",
  share: 0.1,
  isOn: true,
  data: "AAE=",
  mode: "MODE_FAST",
  time: "1.500s",
  value: { vector2: { x: 1, y: 2 } },
  inner: { text: "inner" },
  names: ["a", "b"],
  values: { a: { int: "1" }, b: {} },
  chosen: "x",
  maybe: 0,
};
const payload = dictionary({
  text: "ü",
  count: 7n,
  long: 9223372036854775807n,
  share: 0.1,
  is_on: true,
  data: Uint8Array.of(0, 1),
  mode: "FAST",
  time: 1.5,
  names: ["a", "b"],
  chosen: "x",
  maybe: 0n,
});

test("a request has each field by its name, and a value as itself", () => {
  const { entries } = toDictionary(everyKind, fromJson(everyKind, json));
  const all = Object.fromEntries(entries.map(([key, value]) => [key as string, value]));
  const { value, inner, values, ...others } = all;
  assert.deepEqual(dictionary(others as Record<string, Variant>), reordered(payload, Object.keys(others)));
  assert.deepEqual(toPlain(value as Variant), [1, 2]);
  assert.equal((toPlain(inner as Variant) as { text: string }).text, "inner");
  assert.deepEqual(toPlain(values as Variant), { a: 1, b: null });
});

test("a request lacks what is not set and may be so, and has the default of what may not", () => {
  const plain = toPlain(toDictionary(everyKind, create(everyKind))) as Record<string, unknown>;
  for (const name of ["time", "value", "inner", "chosen", "maybe"]) assert.ok(!(name in plain), name);
  assert.deepEqual([plain.text, plain.count, plain.is_on, plain.mode], ["", 0, false, "UNSPECIFIED"]);
});

describe("An answer", () => {
  it("is the message with the same fields", () => {
    const more = dictionary({ ...Object.fromEntries(payload.entries as [string, Variant][]) });
    assert.deepEqual(toJson(everyKind, answer(more)), {
      ...Object.fromEntries(
        Object.entries(json).filter(([name]) => !["value", "inner", "values"].includes(name)),
      ),
    });
  });

  it("may name its fields by a StringName, and list texts in a packed array", () => {
    const names = new Dictionary([[new StringName("names"), new PackedStrings(["a"])]]);
    assert.deepEqual(toJson(everyKind, answer(names)), { names: ["a"] });
  });

  it("may have fields that this contract does not know, and lack others", () => {
    assert.deepEqual(toJson(everyKind, answer(fromPlain({ newer: 1, text: "a", inner: null }))), {
      text: "a",
    });
  });

  for (const [what, wrong, problem] of [
    ["no Dictionary", 1n, "it is no Dictionary"],
    ["an int where a String is due", dictionary({ text: 1n }), "its text is not a String"],
    ["a float where an int is due", dictionary({ count: 1.5 }), "its count is not an int"],
    ["an int where a bool is due", dictionary({ is_on: 1n }), "its is_on is not a bool"],
    ["a String where a float is due", dictionary({ share: "1" }), "its share is not a float"],
    ["a String where bytes are due", dictionary({ data: "1" }), "its data is not a PackedByteArray"],
    ["no name of an enum", dictionary({ mode: "SLOW" }), "its mode is not the name of a Mode"],
    ["no time", dictionary({ time: "1s" }), "its time is not a float, in seconds"],
    ["no list", dictionary({ names: "a" }), "its names is not an Array"],
    ["no map", dictionary({ values: [] }), "its values is not a Dictionary"],
    [
      "a number as a key",
      dictionary({ values: new Dictionary([[1n, 1n]]) }),
      "its values is not a Dictionary with texts as keys",
    ],
    [
      "a wrong field inside",
      dictionary({ inner: dictionary({ text: 1n }) }),
      "its inner.text is not a String",
    ],
  ] as const)
    it(`with ${what} is refused by the field's name`, () => {
      assert.throws(() => answer(wrong), { message: problem });
    });
});

const reordered = (one: Dictionary, names: readonly string[]) =>
  new Dictionary(names.map((name) => one.entries.find(([key]) => key === name) ?? [name, null]));

function describeMessage(): DescMessage {
  const optional = Label.OPTIONAL;
  const name = (text: string, number: number, type: Type, more: object = {}) => ({
    name: text,
    jsonName: text.replace("_o", "O"),
    number,
    type,
    label: optional,
    ...more,
  });
  const file = {
    name: "every_kind.proto",
    package: "test",
    syntax: "proto3",
    dependency: ["google/protobuf/duration.proto", "godot/control/v1/variant.proto"],
    enumType: [
      {
        name: "Mode",
        value: [
          { name: "MODE_UNSPECIFIED", number: 0 },
          { name: "MODE_FAST", number: 1 },
        ],
      },
    ],
    messageType: [
      {
        name: "EveryKind",
        field: [
          name("text", 1, Type.STRING),
          name("count", 2, Type.INT32),
          name("long", 3, Type.INT64),
          name("share", 4, Type.DOUBLE),
          name("is_on", 5, Type.BOOL),
          name("data", 6, Type.BYTES),
          name("mode", 7, Type.ENUM, { typeName: ".test.Mode" }),
          name("time", 8, Type.MESSAGE, { typeName: ".google.protobuf.Duration" }),
          name("value", 9, Type.MESSAGE, { typeName: ".godot.control.v1.Variant" }),
          name("inner", 10, Type.MESSAGE, { typeName: ".test.EveryKind" }),
          name("names", 11, Type.STRING, { label: Label.REPEATED }),
          name("values", 12, Type.MESSAGE, {
            label: Label.REPEATED,
            typeName: ".test.EveryKind.ValuesEntry",
          }),
          name("chosen", 13, Type.STRING, { oneofIndex: 0 }),
          name("other", 14, Type.STRING, { oneofIndex: 0 }),
          name("maybe", 15, Type.UINT32, { oneofIndex: 1, proto3Optional: true }),
        ],
        nestedType: [
          {
            name: "ValuesEntry",
            options: { mapEntry: true },
            field: [
              name("key", 1, Type.STRING),
              name("value", 2, Type.MESSAGE, { typeName: ".godot.control.v1.Variant" }),
            ],
          },
        ],
        oneofDecl: [{ name: "choice" }, { name: "_maybe" }],
      },
    ],
  };
  const set = create(FileDescriptorSetSchema, {
    file: [file_google_protobuf_duration.proto, file_godot_control_v1_variant.proto, file],
  });
  const found = createFileRegistry(set).getMessage("test.EveryKind");
  assert.ok(found);
  return found;
}
