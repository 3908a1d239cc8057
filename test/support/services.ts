/** Every service of the contract, as its generated code describes it. */
import { readdir } from "node:fs/promises";
import type { DescService } from "@bufbuild/protobuf";

const generated = new URL("../../gen/es/godot/control/v1/", import.meta.url);

/** In the order of their files' names; a new one needs no line here. */
export async function everyService(): Promise<DescService[]> {
  const files = (await readdir(generated)).filter((name) => name.endsWith("_pb.js")).toSorted();
  const modules = await Promise.all(files.map((name) => import(new URL(name, generated).href)));
  return modules.flatMap((module) => Object.values(module).filter(isService));
}

const isService = (value: unknown): value is DescService =>
  typeof value === "object" && value !== null && "kind" in value && value.kind === "service";
