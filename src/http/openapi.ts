/** `GET /openapi.json`: what REST and Connect's JSON take and answer, made of the contract; see tools/openapi. */
import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import type { FastifyInstance } from "fastify";

const document = fileURLToPath(new URL("../../gen/openapi/openapi.json", import.meta.url));

export const openApiPath = "/openapi.json";

export function serveOpenApi(app: FastifyInstance): void {
  app.get(openApiPath, async (_request, reply) => {
    reply.type("application/json; charset=utf-8");
    return readFile(document);
  });
}
