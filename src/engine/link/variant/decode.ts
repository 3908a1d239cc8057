/** Reads what Godot's `var_to_bytes` writes. The bytes may come from a peer that means ill: each count is held against
 * what is there before anything is made of it. */
import { ByteReader } from "./byte_reader.ts";
import {
  deepest,
  elementKinds,
  flags,
  type PackedTupleName,
  packedTuples,
  type TupleName,
  type TypeName,
  tuples,
  typeNames,
} from "./types.ts";
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

/** @throws Error, saying what cannot be right and at which byte */
export function decode(bytes: Uint8Array): Variant {
  const reader = new Reader(bytes);
  const value = reader.value(0);
  reader.end();
  return value;
}

const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

class Reader extends ByteReader {
  value(depth: number): Variant {
    if (depth > deepest) throw this.wrong(`a value is nested more than ${deepest} times`);
    const header = this.uint32();
    const type = typeNames[header & 0xff];
    const isWide = (header & flags.wide) !== 0;
    switch (type) {
      case undefined:
        throw this.wrong(`there is no type ${header & 0xff}`);
      case "Nil":
        return null;
      case "bool":
        return this.uint32() !== 0;
      case "int":
        return isWide ? this.int64() : BigInt(this.int32());
      case "float":
        return isWide ? this.float64() : this.float32();
      case "String":
        return this.#text();
      case "StringName":
        return new StringName(this.#text());
      case "NodePath":
        return this.#nodePath();
      case "RID":
        return new Rid(this.uint64());
      case "Object":
        if (!isWide) throw this.wrong("an object is given in full");
        return new ObjectId(this.uint64());
      case "Callable":
        return new Callable();
      case "Signal":
        return new Signal(this.#text(), this.uint64());
      case "Dictionary":
        return this.#dictionary(header, depth);
      case "Array":
        return this.#array(header, depth);
      case "PackedByteArray": {
        const bytes = this.take(this.count(1)).slice();
        this.pad();
        return bytes;
      }
      case "PackedInt32Array":
        return new Int32Array(this.numbers(this.count(4) * 4));
      case "PackedInt64Array":
        return new BigInt64Array(this.numbers(this.count(8) * 8));
      case "PackedFloat32Array":
        return new Float32Array(this.numbers(this.count(4) * 4));
      case "PackedFloat64Array":
        return new Float64Array(this.numbers(this.count(8) * 8));
      case "PackedStringArray":
        return new PackedStrings(Array.from({ length: this.count(4) }, () => this.#endedText()));
      default:
        return type in tuples
          ? this.#tuple(type as TupleName, isWide)
          : this.#packedTuples(type as PackedTupleName, isWide);
    }
  }

  #tuple(type: TupleName, isWide: boolean): Tuple {
    const { count, component } = tuples[type];
    const read =
      component === "whole" ? this.int32 : component === "real" && isWide ? this.float64 : this.float32;
    return new Tuple(
      type,
      Array.from({ length: count }, () => read.call(this)),
    );
  }

  #packedTuples(type: PackedTupleName, isWide: boolean): PackedTuples {
    const { count, component } = tuples[packedTuples[type]];
    const hasDoubles = component === "real" && isWide;
    const size = count * (hasDoubles ? 8 : 4);
    const numbers = this.numbers(this.count(size) * size);
    return new PackedTuples(type, hasDoubles ? new Float64Array(numbers) : new Float32Array(numbers));
  }

  #array(header: number, depth: number): Variant {
    const of = this.#elementType(header >> 16);
    const items = Array.from({ length: this.count(4) }, () => this.value(depth + 1));
    return of ? new TypedArray(of, items) : items;
  }

  #dictionary(header: number, depth: number): Dictionary {
    const keys = this.#elementType(header >> 16);
    const values = this.#elementType(header >> 18);
    const entries = Array.from(
      { length: this.count(8) },
      () => [this.value(depth + 1), this.value(depth + 1)] as const,
    );
    return new Dictionary(entries, keys, values);
  }

  #elementType(bits: number): ElementType | undefined {
    switch (bits & 3) {
      case elementKinds.none:
        return undefined;
      case elementKinds.builtin: {
        const number = this.uint32();
        const type: TypeName | undefined = typeNames[number];
        if (type === undefined) throw this.wrong(`there is no type ${number}`);
        return { type };
      }
      default:
        return { className: this.#text() };
    }
  }

  #nodePath(): NodePath {
    const first = this.uint32();
    if (first < 0x80000000) throw this.wrong("a NodePath is written as Godot 3 did");
    const counts = [first - 0x80000000, this.uint32()] as const;
    const isAbsolute = (this.uint32() & 1) !== 0;
    const names = counts.map((count) => {
      this.holds(count, 4);
      return Array.from({ length: count }, () => this.#text());
    });
    return new NodePath(names[0] ?? [], names[1] ?? [], isAbsolute);
  }

  #text(): string {
    const bytes = this.take(this.count(1));
    this.pad();
    return this.#toText(bytes);
  }

  /** With the NUL at its end, which only a PackedStringArray has. */
  #endedText(): string {
    const bytes = this.take(this.count(1));
    this.pad();
    if (bytes.at(-1) !== 0) throw this.wrong("a text of a PackedStringArray does not end with NUL");
    return this.#toText(bytes.subarray(0, -1));
  }

  #toText(bytes: Uint8Array): string {
    try {
      return utf8.decode(bytes);
    } catch {
      return this.#toWellFormed(bytes);
    }
  }

  /** Godot's texts may have half of a surrogate pair, which no UTF-8 has: U+FFFD takes its place. */
  #toWellFormed(bytes: Uint8Array): string {
    const mended = Uint8Array.from(bytes);
    for (let at = 0; at + 2 < mended.length; at += 1)
      if (mended[at] === 0xed && ((mended[at + 1] ?? 0) & 0xe0) === 0xa0) mended.set([0xef, 0xbf, 0xbd], at);
    try {
      return utf8.decode(mended);
    } catch {
      throw this.wrong("a text is no UTF-8");
    }
  }
}
