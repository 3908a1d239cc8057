/** Messages and enumerations as JSON Schema, in one of the two spellings that their fields have in JSON. */
import { type DescEnum, type DescField, type DescMessage, getOption, ScalarType } from "@bufbuild/protobuf";
import { example } from "#gen/options_pb.js";
import { commentOf } from "../comments.ts";

export type Schema = Record<string, unknown>;

/** The well-known types that JSON writes in a way of their own (ProtoJSON). */
const wellKnown: Readonly<Record<string, Schema>> = {
  "google.protobuf.Duration": {
    type: "string",
    pattern: "^-?\\d+(\\.\\d{1,9})?s$",
    examples: ["1.5s"],
  },
  "google.protobuf.Timestamp": { type: "string", format: "date-time" },
};

const integer32 = { type: "integer", minimum: -(2 ** 31), maximum: 2 ** 31 - 1 };
const integer64 = { type: "string", pattern: "^-?\\d+$" };
const float = { anyOf: [{ type: "number" }, { enum: ["NaN", "Infinity", "-Infinity"] }] };
const scalars: Readonly<Partial<Record<ScalarType, Schema>>> = {
  [ScalarType.BOOL]: { type: "boolean" },
  [ScalarType.STRING]: { type: "string" },
  [ScalarType.BYTES]: { type: "string", contentEncoding: "base64" },
  [ScalarType.INT32]: integer32,
  [ScalarType.SINT32]: integer32,
  [ScalarType.UINT32]: { type: "integer", minimum: 0, maximum: 2 ** 32 - 1 },
  [ScalarType.INT64]: integer64,
  [ScalarType.SINT64]: integer64,
  [ScalarType.UINT64]: integer64,
  [ScalarType.DOUBLE]: float,
  [ScalarType.FLOAT]: float,
};

/** What a list or a map is of: one of the three. */
interface Element {
  readonly scalar?: ScalarType | undefined;
  readonly enum?: DescEnum | undefined;
  readonly message?: DescMessage | undefined;
}

/** Collects what is referred to, so that each is defined once. */
export class Schemas {
  readonly all: Record<string, Schema> = {};
  readonly #prefix: string;
  readonly #nameOf: (field: DescField) => string;

  /** @param spelling that of REST, or that of Connect */
  constructor(spelling: "snake_case" | "camelCase") {
    this.#prefix = spelling === "snake_case" ? "" : "connect.";
    this.#nameOf = spelling === "snake_case" ? ({ name }) => name : ({ jsonName }) => jsonName;
  }

  message(message: DescMessage): Schema {
    const known = wellKnown[message.typeName];
    if (known) return known;
    const name = `${this.#prefix}${message.name}`;
    if (!this.all[name]) {
      const schema: Schema = { type: "object", ...describe(commentOf(message)), properties: {} };
      this.all[name] = schema;
      schema.properties = Object.fromEntries(
        message.fields.map((field) => [this.#nameOf(field), this.field(field)]),
      );
    }
    return { $ref: `#/components/schemas/${name}` };
  }

  field(field: DescField): Schema {
    return { ...this.#type(field), ...describe(commentOf(field)), ...exampleOf(field) };
  }

  #type(field: DescField): Schema {
    switch (field.fieldKind) {
      case "scalar":
        return scalarOf(field.scalar);
      case "enum":
        return this.enumeration(field.enum);
      case "message":
        return this.message(field.message);
      case "list":
        return { type: "array", items: this.#element(field) };
      case "map":
        return { type: "object", additionalProperties: this.#element(field) };
    }
  }

  #element(field: Element): Schema {
    if (field.message) return this.message(field.message);
    return field.enum ? this.enumeration(field.enum) : scalarOf(field.scalar);
  }

  enumeration(type: DescEnum): Schema {
    const values = type.values.map((value) => `- \`${value.name}\`: ${commentOf(value)}`);
    this.all[type.name] ??= {
      type: "string",
      enum: type.values.map(({ name }) => name),
      description: [commentOf(type), values.join("\n")].join("\n\n"),
    };
    return { $ref: `#/components/schemas/${type.name}` };
  }
}

function scalarOf(type: ScalarType | undefined): Schema {
  const schema = type === undefined ? undefined : scalars[type];
  if (!schema) throw new Error(`Fields of the type ${type} have no JSON Schema here.`);
  return schema;
}

/** A number is one in JSON too, unless it has 64 bits. */
function exampleOf(field: DescField): Schema {
  const text = getOption(field, example);
  if (text === "") return {};
  const schema = field.scalar === undefined ? undefined : scalars[field.scalar];
  const value = schema === float || schema?.type === "integer" ? Number(text) : text;
  return { examples: [field.fieldKind === "list" ? [value] : value] };
}

const describe = (description: string): Schema => (description === "" ? {} : { description });
