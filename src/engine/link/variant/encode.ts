/** Writes what Godot's `bytes_to_var` reads: exactly the bytes that `var_to_bytes` would write. */
import { deepest, elementKinds, flags, numberOf, packedTuples, type TypeName, tuples } from "./types.ts";
import {
  Callable,
  Dictionary,
  type ElementType,
  NodePath,
  ObjectId,
  PackedStrings,
  PackedTuples,
  Rid,
  Signal,
  StringName,
  Tuple,
  TypedArray,
  type Variant,
} from "./variant.ts";

/** @throws RangeError where Godot has no such value: an int of more than 64 bits, a text with a NUL or half of a pair */
export function encode(value: Variant): Buffer {
  const writer = new Writer();
  writer.value(value, 0);
  return writer.written;
}

const largestInt32 = 2n ** 31n - 1n;
const largestInt64 = 2n ** 63n - 1n;

class Writer {
  #bytes = Buffer.allocUnsafe(256);
  #size = 0;

  get written(): Buffer {
    return this.#bytes.subarray(0, this.#size);
  }

  value(value: Variant, depth: number): void {
    if (depth > deepest)
      throw new RangeError(`Godot takes no value that is nested more than ${deepest} times`);
    if (value === null) this.#header("Nil");
    else if (typeof value === "boolean") this.#header("bool").uint32(value ? 1 : 0);
    else if (typeof value === "bigint") this.#int(value);
    else if (typeof value === "number") this.#float(value);
    else if (typeof value === "string") this.#header("String").text(value);
    else this.#object(value, depth);
  }

  #object(value: Exclude<Variant, null | boolean | bigint | number | string>, depth: number): void {
    if (value instanceof StringName) this.#header("StringName").text(value.name);
    else if (value instanceof NodePath) this.#nodePath(value);
    else if (value instanceof Tuple) this.#tuple(value);
    else if (value instanceof Rid) this.#header("RID").uint64(value.id);
    else if (value instanceof ObjectId) this.#header("Object", flags.objectAsId).uint64(value.id);
    else if (value instanceof Callable) this.#header("Callable");
    else if (value instanceof Signal) this.#header("Signal").text(value.name).uint64(value.object);
    else if (value instanceof Dictionary) this.#dictionary(value, depth);
    else if (value instanceof TypedArray) this.#array(value.items, value.of, depth);
    else if (value instanceof Uint8Array)
      this.#header("PackedByteArray").uint32(value.length).raw(value).pad();
    else if (value instanceof Int32Array) this.#packed("PackedInt32Array", value);
    else if (value instanceof BigInt64Array) this.#packed("PackedInt64Array", value);
    else if (value instanceof Float32Array) this.#packed("PackedFloat32Array", value);
    else if (value instanceof Float64Array) this.#packed("PackedFloat64Array", value);
    else if (value instanceof PackedStrings) this.#strings(value);
    else if (value instanceof PackedTuples) this.#packedTuples(value);
    else this.#array(value, undefined, depth);
  }

  #int(value: bigint): void {
    if (value > largestInt64 || value < -largestInt64 - 1n)
      throw new RangeError(`an int has 64 bits, and not ${value}`);
    if (value > largestInt32 || value < -largestInt32 - 1n) this.#header("int", flags.wide).int64(value);
    else this.#header("int").int32(Number(value));
  }

  /** In 32 bits where nothing of it is lost. */
  #float(value: number): void {
    if (Math.fround(value) === value) this.#header("float").float32(value);
    else this.#header("float", flags.wide).float64(value);
  }

  #tuple({ type, values }: Tuple): void {
    const { count, component } = tuples[type];
    if (values.length !== count)
      throw new RangeError(`a ${type} has ${count} numbers, and not ${values.length}`);
    const isWide = component === "real" && !values.every(fitsSingle);
    this.#header(type, isWide ? flags.wide : 0);
    for (const value of values) {
      if (component === "whole") this.int32(value);
      else if (isWide) this.float64(value);
      else this.float32(value);
    }
  }

  #packedTuples({ type, values }: PackedTuples): void {
    const { count } = tuples[packedTuples[type]];
    if (values.length % count !== 0) throw new RangeError(`a ${type} has ${count} numbers for each element`);
    const isWide = values instanceof Float64Array;
    this.#header(type, isWide ? flags.wide : 0)
      .uint32(values.length / count)
      .raw(bytesOf(values));
  }

  #packed(type: TypeName, values: Int32Array | BigInt64Array | Float32Array | Float64Array): void {
    this.#header(type).uint32(values.length).raw(bytesOf(values));
  }

  #strings({ items }: PackedStrings): void {
    this.#header("PackedStringArray").uint32(items.length);
    for (const item of items) this.text(item, "\0");
  }

  #nodePath({ names, subnames, isAbsolute }: NodePath): void {
    this.#header("NodePath")
      .uint32(names.length + 0x80000000)
      .uint32(subnames.length)
      .uint32(isAbsolute ? 1 : 0);
    for (const name of [...names, ...subnames]) this.text(name);
  }

  #array(items: readonly Variant[], of: ElementType | undefined, depth: number): void {
    this.#header("Array", kindOf(of) << 16)
      .elementType(of)
      .uint32(items.length);
    for (const item of items) this.value(item, depth + 1);
  }

  #dictionary({ entries, keys, values }: Dictionary, depth: number): void {
    this.#header("Dictionary", (kindOf(keys) << 16) | (kindOf(values) << 18))
      .elementType(keys)
      .elementType(values)
      .uint32(entries.length);
    for (const entry of entries) for (const part of entry) this.value(part, depth + 1);
  }

  elementType(of: ElementType | undefined): this {
    if (of === undefined) return this;
    return "type" in of ? this.uint32(numberOf(of.type)) : this.text(of.className);
  }

  #header(type: TypeName, more = 0): this {
    return this.uint32(numberOf(type) | more);
  }

  text(text: string, end = ""): this {
    if (text.includes("\0")) throw new RangeError("a text of Godot's has no NUL");
    if (!text.isWellFormed()) throw new RangeError("a text has half of a surrogate pair");
    const size = Buffer.byteLength(text) + end.length;
    this.uint32(size);
    const at = this.#room(size);
    this.#bytes.write(text + end, at);
    return this.pad();
  }

  raw(bytes: Uint8Array): this {
    const at = this.#room(bytes.length);
    this.#bytes.set(bytes, at);
    return this;
  }

  pad(): this {
    const size = (4 - (this.#size % 4)) % 4;
    const at = this.#room(size);
    this.#bytes.fill(0, at, at + size);
    return this;
  }

  uint32(value: number): this {
    const at = this.#room(4);
    this.#bytes.writeUInt32LE(value, at);
    return this;
  }

  int32(value: number): this {
    const at = this.#room(4);
    this.#bytes.writeInt32LE(value, at);
    return this;
  }

  uint64(value: bigint): this {
    const at = this.#room(8);
    this.#bytes.writeBigUInt64LE(value, at);
    return this;
  }

  int64(value: bigint): this {
    const at = this.#room(8);
    this.#bytes.writeBigInt64LE(value, at);
    return this;
  }

  float32(value: number): this {
    const at = this.#room(4);
    this.#bytes.writeFloatLE(value, at);
    return this;
  }

  float64(value: number): this {
    const at = this.#room(8);
    this.#bytes.writeDoubleLE(value, at);
    return this;
  }

  /** Where the next bytes, this many, begin. */
  #room(size: number): number {
    const at = this.#size;
    this.#size += size;
    if (this.#size > this.#bytes.length) {
      const larger = Buffer.allocUnsafe(Math.max(this.#size, this.#bytes.length * 2));
      this.#bytes.copy(larger, 0, 0, at);
      this.#bytes = larger;
    }
    return at;
  }
}

const kindOf = (of: ElementType | undefined): number =>
  of === undefined ? elementKinds.none : "type" in of ? elementKinds.builtin : elementKinds.className;

/** Whether 32 bits hold it without loss. */
export const fitsSingle = (value: number) => Math.fround(value) === value || Number.isNaN(value);

const bytesOf = ({ buffer, byteOffset, byteLength }: ArrayBufferView) =>
  new Uint8Array(buffer, byteOffset, byteLength);
