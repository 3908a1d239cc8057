/** `GET /openapi.json`: what REST and Connect's JSON take and answer, made of the contract; see tools/openapi. */
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { FastifyInstance } from "fastify";

const document = fileURLToPath(new URL("../../gen/openapi/openapi.json", import.meta.url));

export const openApiPath = "/openapi.json";

export function serveOpenApi(app: FastifyInstance): void {
  const text = readFileSync(document);
  app.get(openApiPath, async (_request, reply) => reply.type("application/json; charset=utf-8").send(text));
}
