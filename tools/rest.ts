/** How REST asks for an rpc, as its annotation says. */
import { type DescField, type DescMethod, getOption } from "@bufbuild/protobuf";
import { http } from "#gen-google/annotations_pb.js";

export interface Rest {
  readonly verb: string;
  /** With each variable in braces, whatever it may be. */
  readonly path: string;
  readonly inPath: readonly DescField[];
  readonly inQuery: readonly DescField[];
  readonly inBody: readonly DescField[];
}

/** Undefined for an rpc that REST does not serve. */
export function restOf(method: DescMethod): Rest | undefined {
  const { pattern, body } = getOption(method, http);
  if (pattern.case === undefined || typeof pattern.value !== "string") return undefined;
  const bound = [...pattern.value.matchAll(/\{(\w+)(?:=\*\*)?\}/g)].map(([, name]) => name);
  const free = method.input.fields.filter(({ name }) => !bound.includes(name));
  return {
    verb: pattern.case,
    path: pattern.value.replaceAll(/\{(\w+)=\*\*\}/g, "{$1}"),
    inPath: method.input.fields.filter(({ name }) => bound.includes(name)),
    inQuery: body === "*" ? [] : free,
    inBody: body === "*" ? free : [],
  };
}
