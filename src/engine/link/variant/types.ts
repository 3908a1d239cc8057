/** Godot's types (`Variant.Type`), and what of them a codec has to know. */

/** By their numbers, as `@GlobalScope.Variant.Type` counts them. */
export const typeNames = [
  "Nil",
  "bool",
  "int",
  "float",
  "String",
  "Vector2",
  "Vector2i",
  "Rect2",
  "Rect2i",
  "Vector3",
  "Vector3i",
  "Transform2D",
  "Vector4",
  "Vector4i",
  "Plane",
  "Quaternion",
  "AABB",
  "Basis",
  "Transform3D",
  "Projection",
  "Color",
  "StringName",
  "NodePath",
  "RID",
  "Object",
  "Callable",
  "Signal",
  "Dictionary",
  "Array",
  "PackedByteArray",
  "PackedInt32Array",
  "PackedInt64Array",
  "PackedFloat32Array",
  "PackedFloat64Array",
  "PackedStringArray",
  "PackedVector2Array",
  "PackedVector3Array",
  "PackedColorArray",
  "PackedVector4Array",
] as const;

export type TypeName = (typeof typeNames)[number];

const numbers = Object.fromEntries(typeNames.map((name, number) => [name, number])) as Record<
  TypeName,
  number
>;

export const numberOf = (name: TypeName): number => numbers[name];

/**
 * How the numbers of a tuple are written: `real` in 32 bits, or 64 in a Godot that was built with `precision=double`;
 * `single` always in 32; `whole` as a signed number of 32 bits.
 */
export type Component = "real" | "single" | "whole";

/** The types that are a fixed count of numbers, in the order in which Godot writes them: matrices by rows, as `Basis`
 * has them, or by columns, as `Transform2D` and `Projection` do. */
export const tuples = {
  Vector2: { count: 2, component: "real" },
  Vector2i: { count: 2, component: "whole" },
  Rect2: { count: 4, component: "real" },
  Rect2i: { count: 4, component: "whole" },
  Vector3: { count: 3, component: "real" },
  Vector3i: { count: 3, component: "whole" },
  Transform2D: { count: 6, component: "real" },
  Vector4: { count: 4, component: "real" },
  Vector4i: { count: 4, component: "whole" },
  Plane: { count: 4, component: "real" },
  Quaternion: { count: 4, component: "real" },
  AABB: { count: 6, component: "real" },
  Basis: { count: 9, component: "real" },
  Transform3D: { count: 12, component: "real" },
  Projection: { count: 16, component: "real" },
  Color: { count: 4, component: "single" },
} as const satisfies Partial<Record<TypeName, { count: number; component: Component }>>;

export type TupleName = keyof typeof tuples;

/** The arrays of tuples, and what each of their elements is. */
export const packedTuples = {
  PackedVector2Array: "Vector2",
  PackedVector3Array: "Vector3",
  PackedColorArray: "Color",
  PackedVector4Array: "Vector4",
} as const satisfies Partial<Record<TypeName, TupleName>>;

export type PackedTupleName = keyof typeof packedTuples;

/** Bits 16 and up of the number that each value begins with (core/io/marshalls.cpp). */
export const flags = {
  /** Of an int, a float and all that is `real`: its numbers have 64 bits. */
  wide: 1 << 16,
  /** Of an object: only its instance's number is there. */
  objectAsId: 1 << 16,
} as const;

/** How the type of a container's elements is written: two bits, from bit 16 on; of a dictionary's values, from 18 on. */
export const elementKinds = { none: 0, builtin: 1, className: 2, script: 3 } as const;

/** `Variant::MAX_RECURSION_DEPTH`: what lies deeper is refused by the engine too. */
export const deepest = 100;
