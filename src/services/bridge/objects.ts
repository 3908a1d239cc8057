/** The table that goes beside the values of an answer (object_table.gd): what each object in them is. */

import { toPlain } from "../../engine/link/variant/plain.ts";
import { Dictionary, type Variant } from "../../engine/link/variant/variant.ts";
import { Said } from "../../engine/process/said.ts";
import type { Description, Objects } from "./variant.ts";

/** Characters; what an answer may have in all is bounded by its frame. */
const longestText = 1024 * 1024;

/** @throws Error where it cannot be read */
export function readObjects(answer: Variant, run: number): Objects {
  const table = fieldOf(answer, "objects");
  if (!(table instanceof Dictionary)) return new Map();
  return new Map(
    table.entries.map(([id, entry]) => [BigInt.asUintN(64, id as bigint), describe(entry, run)]),
  );
}

const fieldOf = (value: Variant, name: string): Variant | undefined =>
  value instanceof Dictionary ? value.entries.find(([key]) => key === name)?.[1] : undefined;

function describe(entry: Variant, run: number): Description {
  const text = (name: string) =>
    new Said(toPlain(fieldOf(entry, name) ?? null), name).optional((value) => value.text(longestText)) ?? "";
  const value = fieldOf(entry, "value");
  if (value !== undefined)
    return {
      kind: "container",
      value,
      elementType: text("element_type"),
      keyType: text("key_type"),
      valueType: text("value_type"),
    };
  const type = text("type");
  if (type !== "") return { kind: "opaque", type, text: text("text") };
  return {
    kind: "object",
    reference: {
      className: text("class_name"),
      script: text("script"),
      nodePath: text("node_path"),
      resourcePath: text("resource_path"),
      run,
    },
  };
}
