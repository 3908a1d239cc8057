/** Random values of Godot's, of every type and nested. */
import fc from "fast-check";
import { packedTuples, tuples } from "../../src/engine/link/variant/types.ts";
import {
  Callable,
  Dictionary,
  NodePath,
  PackedStrings,
  PackedTuples,
  Rid,
  StringName,
  Tuple,
  TypedArray,
  type Variant,
} from "../../src/engine/link/variant/variant.ts";

const text = fc.string({ unit: "binary" }).filter((text) => !text.includes("\0"));
const int = fc.oneof(fc.bigInt(-(2n ** 63n), 2n ** 63n - 1n), fc.bigInt(-5n, 5n));
const uint64 = fc.bigInt(0n, 2n ** 64n - 1n);
const int32 = fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 });
const double = fc.oneof(fc.double(), fc.float(), fc.constantFrom(0.1 + 0.2, -0, NaN, 5e-324));
/** What a Godot of single precision holds. */
const single = fc.float();
const listOf = (size: number) =>
  fc.array(single, { maxLength: 4 }).map((list) => list.flatMap((one) => Array(size).fill(one) as number[]));

const plain: fc.Arbitrary<Variant> = fc.oneof(
  fc.constant(null),
  fc.boolean(),
  int,
  double,
  text,
  text.map((name) => new StringName(name)),
  ...Object.entries(tuples).map(([type, { count, component }]) =>
    fc
      .array(component === "whole" ? int32 : single, { minLength: count, maxLength: count })
      .map((values) => new Tuple(type as keyof typeof tuples, values)),
  ),
  ...Object.entries(packedTuples).map(([type, one]) =>
    listOf(tuples[one].count).map(
      (values) => new PackedTuples(type as keyof typeof packedTuples, new Float32Array(values)),
    ),
  ),
  fc.constantFrom(
    new NodePath([]),
    new NodePath(["root", "ü"], ["position", "x"], true),
    new NodePath(["..", "a"]),
    new NodePath([], ["a"]),
  ),
  uint64.map((id) => new Rid(id)),
  fc.constant(new Callable()),
  fc.uint8Array(),
  fc.int32Array(),
  fc.bigInt64Array(),
  fc.float32Array(),
  fc.float64Array(),
  fc.array(text).map((items) => new PackedStrings(items)),
);

const typed = fc.oneof(
  fc.array(int).map((items) => new TypedArray({ type: "int" }, items)),
  fc
    .array(text.map((name) => new StringName(name)))
    .map((items) => new TypedArray({ type: "StringName" }, items)),
  fc.array(int).map(
    (keys) =>
      new Dictionary(
        [...new Set(keys)].map((key) => [key, "one"] as const),
        { type: "int" },
        { type: "String" },
      ),
  ),
);

export const { any } = fc.letrec<{ any: Variant }>((tie) => ({
  any: fc.oneof(
    { depthSize: "small", withCrossShrink: true },
    plain,
    typed,
    fc.array(tie("any"), { maxLength: 4 }),
    fc
      .uniqueArray(fc.oneof(int, text), { maxLength: 4 })
      .chain((keys) => fc.tuple(...keys.map((key) => tie("any").map((value) => [key, value] as const))))
      .map((entries) => new Dictionary(entries)),
  ),
}));
