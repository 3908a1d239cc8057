/** Between Godot's values and those of JSON, where a message has no more in it than JSON could say. */
import {
  Dictionary,
  PackedStrings,
  PackedTuples,
  StringName,
  Tuple,
  TypedArray,
  type Variant,
} from "./variant.ts";

/** A Dictionary is an object by its keys' texts, an int a number; what JSON has no value for is an object. */
export function toPlain(value: Variant): unknown {
  if (typeof value === "bigint") return Number(value);
  if (value instanceof StringName) return value.name;
  if (Array.isArray(value)) return value.map(toPlain);
  if (value instanceof TypedArray) return value.items.map(toPlain);
  if (value instanceof PackedStrings) return [...value.items];
  if (value instanceof Tuple || value instanceof PackedTuples) return Array.from(value.values);
  if (value instanceof Dictionary) {
    const entries = value.entries.map(([key, item]) => [String(toPlain(key)), toPlain(item)] as const);
    return Object.fromEntries(entries);
  }
  return value;
}

/** A whole number is an int, an object a Dictionary, and what is undefined in one is not there. */
export function fromPlain(value: unknown): Variant {
  if (typeof value === "number") return Number.isSafeInteger(value) ? BigInt(value) : value;
  if (Array.isArray(value)) return value.map(fromPlain);
  if (typeof value === "object" && value !== null) {
    const entries = Object.entries(value).filter(([, item]) => item !== undefined);
    return new Dictionary(entries.map(([key, item]) => [key, fromPlain(item)]));
  }
  return (value ?? null) as Variant;
}
