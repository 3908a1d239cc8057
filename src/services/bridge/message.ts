/**
 * Messages as the Dictionaries that the addon's commands get and answer, by their descriptors: fields by the names that
 * the contract has for them, a Variant as itself, an enum as its value's name without the prefix, a Duration in seconds.
 */
import {
  create,
  type DescEnum,
  type DescField,
  type DescMessage,
  type Message,
  ScalarType,
} from "@bufbuild/protobuf";
import { type Duration, durationFromMs, durationMs } from "@bufbuild/protobuf/wkt";
import type { Variant as VariantMessage } from "#gen/variant_pb.js";
import {
  Dictionary,
  PackedStrings,
  StringName,
  TypedArray,
  type Variant,
} from "../../engine/link/variant/variant.ts";
import { invalidField } from "../../errors/request.ts";
import { fromVariantMessage, type Objects, toVariantMessage } from "./variant.ts";

type Fields = Record<string, unknown>;
type Element = Pick<DescField, "name" | "scalar" | "enum" | "message">;

const variantType = "godot.control.v1.Variant";
const durationType = "google.protobuf.Duration";

/**
 * A field that is not set and that may be so is left out; another one has its default.
 * @throws `invalidField` where Godot has no such value
 */
export function toDictionary(schema: DescMessage, message: Message): Dictionary {
  const entries: [string, Variant][] = [];
  for (const field of schema.fields) {
    const value = read(field, message as unknown as Fields);
    if (value !== undefined) entries.push([field.name, toField(field, value)]);
  }
  return new Dictionary(entries);
}

function read({ oneof, localName }: DescField, fields: Fields): unknown {
  if (!oneof) return fields[localName];
  const chosen = fields[oneof.localName] as { case?: string; value?: unknown };
  return chosen.case === localName ? chosen.value : undefined;
}

function toField(field: DescField, value: unknown): Variant {
  if (field.fieldKind === "list") return (value as unknown[]).map((item) => toValue(field, item));
  if (field.fieldKind !== "map") return toValue(field, value);
  return new Dictionary(Object.entries(value as Fields).map(([key, item]) => [key, toValue(field, item)]));
}

function toValue({ name, enum: values, message, scalar }: Element, value: unknown): Variant {
  if (typeof value === "string" && value.includes("\0")) throw invalidField(name, "it has a NUL");
  if (values) return nameOf(values, value as number);
  if (message?.typeName === variantType) return fromVariantMessage(value as VariantMessage);
  if (message?.typeName === durationType) return durationMs(value as Duration) / 1000;
  if (message) return toDictionary(message, value as Message);
  return scalar !== undefined && isWhole(scalar) ? BigInt(value as number | bigint) : (value as Variant);
}

/** Of a value that this contract does not know, its number. */
const nameOf = (values: DescEnum, number: number): string =>
  values.values.find((value) => value.number === number)?.name.slice(prefixOf(values).length) ??
  String(number);

const prefixOf = ({ sharedPrefix = "" }: DescEnum): string => sharedPrefix.toUpperCase();

const isWhole = (scalar: ScalarType): boolean =>
  scalar !== ScalarType.BOOL &&
  scalar !== ScalarType.STRING &&
  scalar !== ScalarType.BYTES &&
  scalar !== ScalarType.DOUBLE &&
  scalar !== ScalarType.FLOAT;

const isLong = (scalar: ScalarType): boolean =>
  scalar === ScalarType.INT64 ||
  scalar === ScalarType.UINT64 ||
  scalar === ScalarType.SINT64 ||
  scalar === ScalarType.FIXED64 ||
  scalar === ScalarType.SFIXED64;

/**
 * What is not there has its default, and what the contract does not know is passed over.
 * @param place for errors
 * @throws Error naming the field that is not of its type
 */
export function toMessage<S extends DescMessage>(
  schema: S,
  value: Variant,
  objects: Objects,
  place = "",
): Message {
  if (!(value instanceof Dictionary)) throw wrong(place, "a Dictionary");
  const message = create(schema);
  const byName = fieldsOf(schema);
  for (const [key, item] of value.entries) {
    const name = textOf(key);
    const field = name === undefined ? undefined : byName.get(name);
    if (field && item !== null)
      write(field, message as unknown as Fields, fromField(field, item, objects, place));
  }
  return message;
}

const known = new WeakMap<DescMessage, ReadonlyMap<string, DescField>>();

function fieldsOf(schema: DescMessage): ReadonlyMap<string, DescField> {
  const found = known.get(schema) ?? new Map(schema.fields.map((field) => [field.name, field]));
  known.set(schema, found);
  return found;
}

function write({ oneof, localName }: DescField, fields: Fields, value: unknown): void {
  if (oneof) fields[oneof.localName] = { case: localName, value };
  else fields[localName] = value;
}

function fromField(field: DescField, value: Variant, objects: Objects, before: string): unknown {
  const place = before === "" ? field.name : `${before}.${field.name}`;
  if (field.fieldKind === "list") {
    if (field.message && value instanceof Dictionary)
      return fromColumns(field.message, value, objects, place);
    const items = itemsOf(value);
    if (!items) throw wrong(place, "an Array");
    return items.map((item) => fromValue(field, item, objects, place));
  }
  if (field.fieldKind !== "map") return fromValue(field, value, objects, place);
  if (!(value instanceof Dictionary)) throw wrong(place, "a Dictionary");
  const entries = value.entries.map(([key, item]) => {
    const name = textOf(key);
    if (name === undefined) throw wrong(place, "a Dictionary with texts as keys");
    return [name, fromValue(field, item, objects, place)] as const;
  });
  return Object.fromEntries(entries);
}

/** Many messages of one kind may come as a list for each field, which costs a tenth of a Dictionary for each message. */
function fromColumns(
  schema: DescMessage,
  { entries }: Dictionary,
  objects: Objects,
  place: string,
): Message[] {
  const byName = fieldsOf(schema);
  const columns = entries.map(([key, column]) => ({ name: textOf(key) ?? "", items: itemsOf(column) }));
  const count = columns[0]?.items?.length ?? 0;
  const messages = Array.from({ length: count }, () => create(schema));
  for (const { name, items } of columns) {
    const field = byName.get(name);
    if (items?.length !== count) throw wrong(`${place}.${name}`, `an Array of ${count}`);
    if (!field) continue;
    messages.forEach((message, index) => {
      const value = fromField(field, items[index] ?? null, objects, place);
      write(field, message as unknown as Fields, value);
    });
  }
  return messages;
}

function fromValue(
  { enum: values, message, scalar }: Element,
  value: Variant,
  objects: Objects,
  place: string,
): unknown {
  if (values) return numberOf(values, value, place);
  if (message?.typeName === variantType) return toVariantMessage(value, objects);
  if (message?.typeName === durationType) {
    if (typeof value !== "number") throw wrong(place, "a float, in seconds");
    return durationFromMs(value * 1000);
  }
  if (message) return toMessage(message, value, objects, place);
  return fromScalar(scalar as ScalarType, value, place);
}

function fromScalar(scalar: ScalarType, value: Variant, place: string): unknown {
  if (scalar === ScalarType.STRING) {
    const text = textOf(value);
    if (text === undefined) throw wrong(place, "a String");
    return text;
  }
  if (scalar === ScalarType.BOOL) {
    if (typeof value !== "boolean") throw wrong(place, "a bool");
    return value;
  }
  if (scalar === ScalarType.BYTES) {
    if (!(value instanceof Uint8Array)) throw wrong(place, "a PackedByteArray");
    return value;
  }
  if (!isWhole(scalar)) {
    if (typeof value !== "number" && typeof value !== "bigint") throw wrong(place, "a float");
    return Number(value);
  }
  if (typeof value !== "bigint") throw wrong(place, "an int");
  return isLong(scalar) ? value : Number(value);
}

function numberOf(values: DescEnum, value: Variant, place: string): number {
  const found = values.values.find(({ name }) => name.slice(prefixOf(values).length) === textOf(value));
  if (!found) throw wrong(place, `the name of a ${values.name}`);
  return found.number;
}

/** In JavaScript, half of a surrogate pair is a text too, and no message may have one. */
function textOf(value: Variant): string | undefined {
  if (value instanceof StringName) return value.name.toWellFormed();
  return typeof value === "string" ? value.toWellFormed() : undefined;
}

function itemsOf(value: Variant): readonly Variant[] | undefined {
  if (value instanceof TypedArray || value instanceof PackedStrings) return value.items;
  if (value instanceof Int32Array) return Array.from(value, BigInt);
  if (value instanceof BigInt64Array || value instanceof Float32Array || value instanceof Float64Array)
    return Array.from<bigint | number>(value);
  return Array.isArray(value) ? value : undefined;
}

const wrong = (place: string, wanted: string) =>
  new Error(place === "" ? `it is no ${wanted.replace(/^an? /, "")}` : `its ${place} is not ${wanted}`);
