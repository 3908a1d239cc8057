/** The help text, made of the same table that the parser reads. */
import { options } from "../config/options.ts";

const width = 30;

const engineUsage =
  "  godot-control engine install [--force] install a Godot for this server, in the user's cache";

const addonUsage = `  godot-control addon install PROJECT    put the addon into a project (for exported games, or a Godot
                                         started by hand; a project that is only served needs none of it)
  godot-control addon remove PROJECT     take it out again`;

type Flag = keyof typeof options;

function describeFlag(flag: Flag): string {
  const option = options[flag];
  const left = `  --${flag}${"value" in option ? ` ${option.value}` : ""}`;
  const usual = "number" in option ? ` (default: ${option.number.default})` : "";
  const env = "env" in option ? ` [${option.env}]` : "";
  const right = `${option.help}${usual}${env}`;
  return left.length < width ? `${left.padEnd(width)}${right}` : `${left}\n${" ".repeat(width)}${right}`;
}

export const engineHelp = (): string => `Usage
${engineUsage}

Flags, and in brackets the environment variables that stand for them
${"  --force".padEnd(width)}install again, where one is there already
${(["cache-dir", "download-url"] as const).map(describeFlag).join("\n")}
`;

export const addonHelp = (): string => `Usage
${addonUsage}
`;

export function help(): string {
  const flags = (Object.keys(options) as Flag[]).map(describeFlag);
  return `Runs a Godot 4 game for a program: starts it, watches it, loads scenes and proves that they run.

Usage
  godot-control [flags]                  serve a project: gRPC, gRPC-Web, Connect and REST on one port
${engineUsage}
${addonUsage}

Flags, and in brackets the environment variables that stand for them
${flags.join("\n")}

First steps
  godot-control --project-path DIR
  curl -X POST 127.0.0.1:8090/scene/load -H 'Content-Type: application/json' -d '{"scene_path":"res://main.tscn"}'
  curl 127.0.0.1:8090/health
  curl -N 127.0.0.1:8090/logs/watch
`;
}
