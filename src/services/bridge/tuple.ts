/** Vectors, matrices and the like: the numbers that Godot writes, and the contract's messages with a name for each. */
import { create, type DescField, type DescMessage, type Message } from "@bufbuild/protobuf";
import { VariantSchema } from "#gen/variant_pb.js";
import { numberOf, type TupleName, type TypeName } from "../../engine/link/variant/types.ts";

type Fields = Record<string, unknown>;

/** Godot writes these by rows; the contract, as Godot's reference, has their columns. */
const byRows: ReadonlySet<TupleName> = new Set(["Basis", "Transform3D"]);

const fields = new Map(VariantSchema.fields.map((field) => [field.number, field]));

/** The field of a type: the numbers of the contract's Variant are those of Variant.Type. */
export const fieldOf = (type: TypeName): DescField | undefined => fields.get(numberOf(type));

/** @param values in Godot's order */
export function toTupleMessage(type: TupleName, values: readonly number[]): Message {
  const ordered = byRows.has(type) ? transposed(values) : values;
  return fill(schemaOf(type), ordered[Symbol.iterator]());
}

/** In Godot's order; a part that is missing is 0, as is each number that is not set. */
export function toTuple(type: TupleName, message: Message): number[] {
  const values = flatten(schemaOf(type), message);
  return byRows.has(type) ? transposed(values) : values;
}

const schemaOf = (type: TupleName): DescMessage => {
  const schema = fieldOf(type)?.message;
  if (!schema) throw new Error(`The contract has no message for ${type}.`);
  return schema;
};

function fill(schema: DescMessage, values: Iterator<number>): Message {
  const message = create(schema);
  for (const { localName, message: part } of schema.fields)
    (message as unknown as Fields)[localName] = part ? fill(part, values) : values.next().value;
  return message;
}

const flatten = (schema: DescMessage, message: Message | undefined): number[] =>
  schema.fields.flatMap(({ localName, message: part }) => {
    const value = (message as Fields | undefined)?.[localName];
    return part ? flatten(part, value as Message | undefined) : ((value as number | undefined) ?? 0);
  });

/** The first nine numbers are a matrix, which is its own inverse in that. */
const transposed = (values: readonly number[]): number[] => [
  ...[0, 3, 6, 1, 4, 7, 2, 5, 8].map((place) => values[place] ?? 0),
  ...values.slice(9),
];
