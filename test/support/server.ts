/** A whole server in this process, on a port of its own, with a real engine behind it. */

import type { TestContext } from "node:test";
import { type Client, createClient } from "@connectrpc/connect";
import { createConnectTransport } from "@connectrpc/connect-node";
import { GodotControlService } from "#gen/godot_control_service_pb.js";
import { NodeService } from "#gen/node_service_pb.js";
import { SceneService } from "#gen/scene_service_pb.js";
import { readConfig } from "../../src/config/read.ts";
import type { Limits } from "../../src/http/front/limits.ts";
import { buildServer, type Server } from "../../src/server.ts";
import { realEngine } from "./engine.ts";
import { temporaryFolder } from "./project.ts";

export interface TestServer {
  readonly server: Server;
  readonly port: number;
  readonly baseUrl: string;
  readonly godot: Client<typeof GodotControlService>;
  readonly scene: Client<typeof SceneService>;
  readonly node: Client<typeof NodeService>;
  /** What it reported, line by line. */
  readonly reports: string[];
  /** REST, as a person with curl would use it. */
  rest(
    method: "GET" | "POST",
    path: string,
    body?: unknown,
  ): Promise<{ status: number; body: Record<string, unknown> }>;
}

/** Listens on any port; closes when the test ends. Godot takes any port too. */
export async function startServer(
  context: Pick<TestContext, "after">,
  project: string,
  flags: readonly string[] = [],
  limits: Partial<Limits> = {},
): Promise<TestServer> {
  const { path } = await realEngine();
  const cache = await temporaryFolder(context);
  const config = readConfig(
    [
      "--port=0",
      "--godot-port=0",
      `--godot-path=${path}`,
      `--project-path=${project}`,
      `--cache-dir=${cache}`,
      ...flags,
    ],
    {},
  );
  const reports: string[] = [];
  const server = buildServer(
    config,
    {
      info: (message) => reports.push(message),
      error: (message, cause) => reports.push(`${message} ${cause}`),
    },
    { limits },
  );
  const { port } = await server.listen();
  context.after(() => server.close());
  const baseUrl = `http://127.0.0.1:${port}`;
  const transport = createConnectTransport({ baseUrl, httpVersion: "2" });
  return {
    server,
    port,
    baseUrl,
    godot: createClient(GodotControlService, transport),
    scene: createClient(SceneService, transport),
    node: createClient(NodeService, transport),
    reports,
    async rest(method, path, body) {
      const response = await fetch(baseUrl + path, {
        method,
        ...(body !== undefined && {
          headers: { "Content-Type": "application/json" },
          body: JSON.stringify(body),
        }),
      });
      const text = await response.text();
      return { status: response.status, body: text ? JSON.parse(text) : {} };
    },
  };
}
