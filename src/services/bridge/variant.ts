/** Godot's values as the contract's Variant, and back, each exactly. */
import { create, type MessageInitShape } from "@bufbuild/protobuf";
import { type ObjectReference, type Variant as VariantMessage, VariantSchema } from "#gen/variant_pb.js";
import { fitsSingle } from "../../engine/link/variant/encode.ts";
import { type packedTuples, type TypeName, typeNames } from "../../engine/link/variant/types.ts";
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
} from "../../engine/link/variant/variant.ts";
import { fieldOf, toTuple, toTupleMessage } from "./tuple.ts";

/** What a value does not carry of the objects in it: what each is, by its number as `ObjectId` has it. */
export type Objects = ReadonlyMap<bigint, Description>;

export type Description =
  | { readonly kind: "object"; readonly reference: Omit<ObjectReference, "$typeName" | "instanceId"> }
  | { readonly kind: "opaque"; readonly type: string; readonly text: string }
  /** A typed container, of which the bus would not carry the type. */
  | {
      readonly kind: "container";
      readonly value: Variant;
      readonly elementType: string;
      readonly keyType: string;
      readonly valueType: string;
    };

type Kind = NonNullable<MessageInitShape<typeof VariantSchema>["kind"]>;

export const toVariantMessage = (value: Variant, objects: Objects): VariantMessage =>
  create(VariantSchema, { kind: toKind(value, objects) });

function toKind(value: Variant, objects: Objects): Kind {
  switch (typeof value) {
    case "boolean":
      return { case: "bool", value };
    case "bigint":
      return { case: "int", value };
    case "number":
      return { case: "float", value };
    case "string":
      return { case: "string", value };
  }
  if (value === null) return { case: undefined };
  if (value instanceof StringName) return { case: "stringName", value: value.name };
  if (value instanceof NodePath) return { case: "nodePath", value: toPathText(value) };
  if (value instanceof Tuple) return oneOf(value.type, toTupleMessage(value.type, value.values));
  if (value instanceof Rid) return { case: "rid", value: value.id };
  if (value instanceof ObjectId) return objectKind(value, objects);
  if (value instanceof Callable) return { case: "opaque", value: { type: "Callable" } };
  if (value instanceof Signal)
    return { case: "signal", value: { name: value.name, instanceId: signed(value.object) } };
  if (value instanceof Dictionary) return dictionaryKind(value, objects);
  if (value instanceof TypedArray)
    return {
      case: "array",
      value: { elements: messagesOf(value.items, objects), elementType: toTypeText(value.of) },
    };
  if (Array.isArray(value)) return { case: "array", value: { elements: messagesOf(value, objects) } };
  return packedKind(value as Packed);
}

type Packed =
  | Uint8Array<ArrayBuffer>
  | Int32Array
  | BigInt64Array
  | Float32Array
  | Float64Array
  | PackedStrings
  | PackedTuples;

function packedKind(value: Packed): Kind {
  if (value instanceof PackedStrings)
    return { case: "packedStringArray", value: { elements: [...value.items] } };
  if (value instanceof PackedTuples) return oneOf(value.type, { components: Array.from(value.values) });
  if (value instanceof Uint8Array) return { case: "packedByteArray", value };
  if (value instanceof Int32Array)
    return { case: "packedInt32Array", value: { elements: Array.from(value) } };
  if (value instanceof BigInt64Array)
    return { case: "packedInt64Array", value: { elements: Array.from(value) } };
  if (value instanceof Float32Array)
    return { case: "packedFloat32Array", value: { elements: Array.from(value) } };
  return { case: "packedFloat64Array", value: { elements: Array.from(value) } };
}

/** The field of a type that is one of many alike. */
const oneOf = (type: TypeName, value: object): Kind => ({ case: fieldOf(type)?.localName, value }) as Kind;

const messagesOf = (values: readonly Variant[], objects: Objects) =>
  values.map((value) => toVariantMessage(value, objects));

function objectKind({ id }: ObjectId, objects: Objects): Kind {
  const known = objects.get(id);
  if (known?.kind === "opaque") return { case: "opaque", value: { type: known.type, text: known.text } };
  if (known?.kind !== "container")
    return { case: "object", value: { ...known?.reference, instanceId: signed(id) } };
  const kind = toKind(known.value, objects);
  const { elementType, keyType, valueType } = known;
  if (kind.case === "array") return { case: "array", value: { ...kind.value, elementType } };
  return kind.case === "dictionary"
    ? { case: "dictionary", value: { ...kind.value, keyType, valueType } }
    : kind;
}

/** As a script sees it: the number of a RefCounted is negative. */
const signed = (id: bigint): bigint => BigInt.asIntN(64, id);

const dictionaryKind = ({ entries, keys, values }: Dictionary, objects: Objects): Kind => ({
  case: "dictionary",
  value: {
    entries: entries.map(([key, value]) => ({
      key: toVariantMessage(key, objects),
      value: toVariantMessage(value, objects),
    })),
    keyType: toTypeText(keys),
    valueType: toTypeText(values),
  },
});

/** @throws Error where a part of it is missing that the value cannot be made without */
export function fromVariantMessage({ kind }: VariantMessage): Variant {
  switch (kind.case) {
    case undefined:
      return null;
    case "bool":
    case "int":
    case "float":
    case "string":
    case "packedByteArray":
      return kind.value;
    case "stringName":
      return new StringName(kind.value);
    case "nodePath":
      return toPath(kind.value);
    case "rid":
      return new Rid(kind.value);
    case "object":
      return new ObjectId(BigInt.asUintN(64, kind.value.instanceId));
    case "opaque":
      return new Callable();
    case "signal":
      return new Signal(kind.value.name, BigInt.asUintN(64, kind.value.instanceId));
    case "dictionary":
      return new Dictionary(
        kind.value.entries.map(({ key, value }) => [optional(key), optional(value)] as const),
        toElementType(kind.value.keyType),
        toElementType(kind.value.valueType),
      );
    case "array": {
      const items = kind.value.elements.map(fromVariantMessage);
      const of = toElementType(kind.value.elementType);
      return of ? new TypedArray(of, items) : items;
    }
    case "packedInt32Array":
      return Int32Array.from(kind.value.elements);
    case "packedInt64Array":
      return BigInt64Array.from(kind.value.elements);
    case "packedFloat32Array":
      return Float32Array.from(kind.value.elements);
    case "packedFloat64Array":
      return Float64Array.from(kind.value.elements);
    case "packedStringArray":
      return new PackedStrings(kind.value.elements);
    case "packedVector2Array":
    case "packedVector3Array":
    case "packedColorArray":
    case "packedVector4Array": {
      const type = typeOf(kind.case) as keyof typeof packedTuples;
      const { components } = kind.value;
      const isSingle = components.every(fitsSingle);
      return new PackedTuples(type, (isSingle ? Float32Array : Float64Array).from(components));
    }
    default: {
      const type = typeOf(kind.case) as Tuple["type"];
      return new Tuple(type, toTuple(type, kind.value));
    }
  }
}

const optional = (message: VariantMessage | undefined): Variant =>
  message ? fromVariantMessage(message) : null;

const typeOf = (field: keyof typeof VariantSchema.field): TypeName | undefined =>
  typeNames[VariantSchema.field[field].number];

const toTypeText = (type: ElementType | undefined): string => {
  if (!type) return "";
  return "type" in type ? type.type : type.className;
};

/** No class may have the name of a type. */
function toElementType(text: string): ElementType | undefined {
  if (text === "") return undefined;
  const type = typeNames.find((name) => name === text);
  return type ? { type } : { className: text };
}

/** As Godot writes it. */
const toPathText = ({ names, subnames, isAbsolute }: NodePath): string =>
  `${isAbsolute ? "/" : ""}${names.join("/")}${subnames.map((name) => `:${name}`).join("")}`;

function toPath(text: string): NodePath {
  const [nodes = "", ...subnames] = text.split(":");
  const names = nodes.split("/").filter((name) => name !== "");
  return new NodePath(names, subnames, nodes.startsWith("/"));
}
