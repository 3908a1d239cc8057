/** Fields and values as tables of Markdown. */
import { type DescEnum, type DescField, type DescMessage, getOption, ScalarType } from "@bufbuild/protobuf";
import { example } from "#gen/options_pb.js";
import { commentOf } from "../comments.ts";

/** A row of a table is one line. */
export const inCell = (text: string): string => text.replaceAll(/\s*\n\s*/g, " ").replaceAll("|", "\\|");

export const anchorOf = (name: string): string => `messages.md#${name.toLowerCase()}`;

/** The well-known types, which JSON writes in a way of their own (ProtoJSON). */
const wellKnown: Readonly<Record<string, string>> = {
  "google.protobuf.Duration": '`Duration`, in JSON `"1.5s"`',
  "google.protobuf.Timestamp": '`Timestamp`, in JSON `"2026-01-31T12:00:00Z"`',
};

interface Element {
  readonly scalar?: ScalarType | undefined;
  readonly enum?: DescEnum | undefined;
  readonly message?: DescMessage | undefined;
}

function elementOf({ scalar, enum: values, message }: Element): string {
  const named = message ?? values;
  if (named) return wellKnown[named.typeName] ?? `[${named.name}](${anchorOf(named.name)})`;
  return `\`${ScalarType[scalar as ScalarType].toLowerCase()}\``;
}

function typeOf(field: DescField): string {
  if (field.fieldKind === "list") return `list of ${elementOf(field)}`;
  if (field.fieldKind === "map") return `map of \`string\` to ${elementOf(field)}`;
  return elementOf(field as Element);
}

function exampleOf(field: DescField): string {
  const text = getOption(field, example);
  return text === "" ? "" : ` Example: \`${text}\`.`;
}

export function fieldTable(fields: readonly DescField[]): string[] {
  if (fields.length === 0) return [];
  const rows = fields.map(
    (field) => `| \`${field.name}\` | ${typeOf(field)} | ${inCell(commentOf(field))}${exampleOf(field)} |`,
  );
  return ["| field | type | what it is |", "| --- | --- | --- |", ...rows];
}

export const valueTable = ({ values }: DescEnum): string[] => [
  "| value | what it means |",
  "| --- | --- |",
  ...values.map((value) => `| \`${value.name}\` | ${inCell(commentOf(value))} |`),
];
