#!/usr/bin/env node
/** A plug-in of buf: makes docs/reference of the contract, its comments and its annotations. */
import { type DescFile, type DescMethod, type DescService, getOption } from "@bufbuild/protobuf";
import { createEcmaScriptPlugin, runNodeJs, type Schema } from "@bufbuild/protoplugin";
import { events, StatusCode, status } from "#gen/options_pb.js";
import { httpStatusOf } from "../../src/services/error_status.ts";
import { commentOf } from "../comments.ts";
import { restOf } from "../rest.ts";
import { fieldTable, inCell, valueTable } from "./types.ts";

const contract = "godot.control.v1";
const source = `Made of [the contract](../../proto/godot/control/v1) by \`npm run generate\`.`;

const pageOf = ({ name }: DescService) => `${name.replaceAll(/(?<=[a-z])(?=[A-Z])/g, "_").toLowerCase()}.md`;
const firstSentence = (text: string) => inCell(/^[\s\S]*?\.(?=\s|$)/.exec(text)?.[0] ?? text);
const askedBy = (method: DescMethod): string => {
  const rest = restOf(method);
  return rest ? `\`${rest.verb.toUpperCase()} ${rest.path}\`` : "";
};

function index(services: readonly DescService[]): string[] {
  const rows = services.flatMap((service) =>
    service.methods.map(
      (method) =>
        `| ${askedBy(method)} | [${service.name}.${method.name}](${pageOf(service)}#${method.name.toLowerCase()}) | ${firstSentence(commentOf(method))} |`,
    ),
  );
  return [
    "# Reference",
    "",
    source,
    "",
    `Every call, by both its names. gRPC, gRPC-Web and Connect call an rpc at \`/${contract}.<service>/<rpc>\`; Connect's JSON has the fields in camelCase, and REST in snake_case.`,
    "",
    "| REST | rpc | what it does |",
    "| --- | --- | --- |",
    ...rows,
    "",
    "- [Messages](messages.md) that requests and answers are made of",
    "- [Errors](errors.md), by reason",
  ];
}

function servicePage(service: DescService): string[] {
  return [`# ${service.name}`, "", source, "", commentOf(service), ...service.methods.flatMap(methodSection)];
}

function methodSection(method: DescMethod): string[] {
  const rest = restOf(method);
  const inQuery = rest && rest.inQuery.length > 0 ? ", the request's fields as query parameters" : "";
  const { event } = getOption(method, events);
  const asStream =
    method.methodKind === "unary"
      ? ""
      : `. Over REST, server-sent events named \`${event}\`, each with one message`;
  return [
    "",
    `## ${method.name}`,
    "",
    commentOf(method),
    ...(rest ? ["", `REST: ${askedBy(method)}${inQuery}${asStream}.`] : []),
    ...section("Request", method.input.fields),
    ...section(method.methodKind === "unary" ? "Answer" : "Each message", method.output.fields),
  ];
}

const section = (title: string, fields: Parameters<typeof fieldTable>[0]): string[] =>
  fields.length === 0 ? [] : ["", `### ${title}`, "", ...fieldTable(fields)];

/** What is neither a request nor an answer, nor told on a page of its own. */
function messagesPage(files: readonly DescFile[], services: readonly DescService[]): string[] {
  const told = new Set(
    services.flatMap(({ methods }) => methods.flatMap(({ input, output }) => [input.name, output.name])),
  );
  const sections = [
    ...files
      .flatMap(({ messages }) => messages)
      .filter(({ name }) => !told.has(name))
      .map((message) => ({
        name: message.name,
        comment: commentOf(message),
        table: fieldTable(message.fields),
      })),
    ...files
      .flatMap(({ enums }) => enums)
      .map((values) => ({ name: values.name, comment: commentOf(values), table: valueTable(values) })),
  ].sort((a, b) => (a.name < b.name ? -1 : 1));
  return [
    "# Messages",
    "",
    source,
    ...sections.flatMap(({ name, comment, table }) => ["", `## ${name}`, "", comment, "", ...table]),
  ];
}

function errorsPage(files: readonly DescFile[]): string[] {
  const reasons = files.flatMap(({ enums }) => enums).find(({ name }) => name === "ErrorReason");
  const rows = (reasons?.values ?? []).map((value) => {
    const { code } = getOption(value, status);
    const name = value.name.replace("ERROR_REASON_", "");
    return `| \`${name}\` | \`${StatusCode[code]}\` | ${httpStatusOf(code as number, value.number)} | ${inCell(commentOf(value))} |`;
  });
  return [
    "# Errors",
    "",
    source,
    "",
    "Every error has one [ErrorDetail](messages.md#errordetail). Its `reason` is one of these, which REST writes without a prefix, and gRPC as `ERROR_REASON_…`.",
    "",
    "Over REST, a load, a start and a restart answer some of them with the predecessor's status instead: 500 where the engine cannot be started, 503 where it is not ready, 202 for a load that goes on.",
    "",
    "| reason | status of gRPC | status of REST | what it means |",
    "| --- | --- | --- | --- |",
    ...rows,
  ];
}

function generateTs(schema: Schema): void {
  const files = schema.allFiles.filter(
    ({ proto, name }) => proto.package === contract && !name.endsWith("/options"),
  );
  const services = files.flatMap((file) => file.services);
  const pages: Record<string, string[]> = {
    "README.md": index(services),
    "messages.md": messagesPage(files, services),
    "errors.md": errorsPage(files),
  };
  for (const service of services) pages[pageOf(service)] = servicePage(service);
  for (const [name, lines] of Object.entries(pages)) schema.generateFile(name).print(lines.join("\n"));
}

runNodeJs(createEcmaScriptPlugin({ name: "protoc-gen-reference", version: "v1", generateTs }));
