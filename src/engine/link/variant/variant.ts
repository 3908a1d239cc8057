/**
 * Godot's values in JavaScript, each exactly: an int is a bigint, a float a number, an untyped Array an array; what
 * JavaScript has no type for is an object of one of these classes.
 */
import type { PackedTupleName, TupleName, TypeName } from "./types.ts";

export type Variant =
  | null
  | boolean
  | bigint
  | number
  | string
  | StringName
  | NodePath
  | Tuple
  | Rid
  | ObjectId
  | Callable
  | Signal
  | Dictionary
  | TypedArray
  | readonly Variant[]
  | Uint8Array
  | Int32Array
  | BigInt64Array
  | Float32Array
  | Float64Array
  | PackedStrings
  | PackedTuples;

export class StringName {
  readonly name: string;

  constructor(name: string) {
    this.name = name;
  }
}

export class NodePath {
  readonly names: readonly string[];
  /** What follows a colon: properties, and parts of them. */
  readonly subnames: readonly string[];
  readonly isAbsolute: boolean;

  constructor(names: readonly string[], subnames: readonly string[] = [], isAbsolute = false) {
    this.names = names;
    this.subnames = subnames;
    this.isAbsolute = isAbsolute;
  }
}

/** A vector, a colour, a matrix: numbers in the order of `tuples`. */
export class Tuple {
  readonly type: TupleName;
  readonly values: readonly number[];

  constructor(type: TupleName, values: readonly number[]) {
    this.type = type;
    this.values = values;
  }
}

export class Rid {
  readonly id: bigint;

  constructor(id: bigint) {
    this.id = id;
  }
}

/** Of an object, only its instance's number is told; no object is built of what the other side says. */
export class ObjectId {
  readonly id: bigint;

  constructor(id: bigint) {
    this.id = id;
  }
}

/** Of a callable, nothing is told. */
export class Callable {}

export class Signal {
  readonly name: string;
  /** The instance's number of the object that has it. */
  readonly object: bigint;

  constructor(name: string, object: bigint) {
    this.name = name;
    this.object = object;
  }
}

/** What the elements of a typed container are: a type of Godot's, or a class of its own or of a script. */
export type ElementType = { readonly type: TypeName } | { readonly className: string };

export class TypedArray {
  readonly of: ElementType;
  readonly items: readonly Variant[];

  constructor(of: ElementType, items: readonly Variant[]) {
    this.of = of;
    this.items = items;
  }
}

/** Its entries in their order; a Map would take −0.0 for 0.0, and one vector for another key than its equal. */
export class Dictionary {
  readonly entries: readonly (readonly [key: Variant, value: Variant])[];
  readonly keys: ElementType | undefined;
  readonly values: ElementType | undefined;

  constructor(
    entries: readonly (readonly [key: Variant, value: Variant])[],
    keys?: ElementType,
    values?: ElementType,
  ) {
    this.entries = entries;
    this.keys = keys;
    this.values = values;
  }
}

export class PackedStrings {
  readonly items: readonly string[];

  constructor(items: readonly string[]) {
    this.items = items;
  }
}

/** The numbers of all elements, one element after the other. */
export class PackedTuples {
  readonly type: PackedTupleName;
  readonly values: Float32Array | Float64Array;

  constructor(type: PackedTupleName, values: Float32Array | Float64Array) {
    this.type = type;
    this.values = values;
  }
}
