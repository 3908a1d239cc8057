/** The services over every protocol, gRPC, gRPC-Web, Connect and REST, with the same answers and errors. */
import type { ConnectRouter } from "@connectrpc/connect";
import { fastifyConnectPlugin } from "@connectrpc/connect-fastify";
import type { FastifyInstance } from "fastify";
import { errorsInterceptor, toConnectError } from "../services/errors_interceptor.ts";
import { type Implementation, InProcess } from "../services/in_process.ts";
import { serveRest } from "./rest.ts";
import { restError } from "./rest_errors.ts";
import { allowedMethods, restPaths } from "./rest_routes.ts";

/** The largest request, after decompression. */
export const largestRequest = 1024 * 1024;

/** @param onFault gets each error that has no name: its caller is only told that there was one */
export function serveServices(
  app: FastifyInstance,
  implementations: readonly Implementation[],
  onFault: (error: unknown) => void,
): void {
  const interceptor = errorsInterceptor(onFault);
  answerWhatHasNoRoute(app);
  answerWhatFails(app, onFault);
  app.register(fastifyConnectPlugin, {
    routes(router: ConnectRouter) {
      for (const { service, methods } of implementations) router.service(service, methods);
    },
    interceptors: [interceptor],
    readMaxBytes: largestRequest,
    // An engine that is not well says so: `healthy: false` is not left out.
    jsonOptions: { ignoreUnknownFields: false, alwaysEmitImplicit: true },
  });
  app.register(async (scope) => serveRest(scope, new InProcess(implementations, interceptor), onFault));
}

function answerWhatFails(app: FastifyInstance, onFault: (error: unknown) => void): void {
  app.setErrorHandler<Error & { statusCode?: number }>((error, _request, reply) => {
    const { statusCode = 500 } = error;
    if (statusCode < 500) return reply.code(statusCode).send({ status: "error", message: error.message });
    // A client that left in the middle of its request is no fault.
    if (!reply.raw.destroyed) onFault(error);
    const { status, body } = restError(toConnectError(error));
    return reply.code(status).send(body);
  });
}

function answerWhatHasNoRoute(app: FastifyInstance): void {
  app.setNotFoundHandler((request, reply) => {
    const path = request.url.replace(/\/?(\?.*)?$/, "");
    const allowed = allowedMethods(path);
    if (allowed.length === 0)
      return reply.code(404).send({
        status: "error",
        message: `No such path: ${path || "/"}. There are ${restPaths.join(", ")} and /godot/*.`,
      });
    const message = `${path} takes ${allowed.join(" and ")}, not ${request.method}.`;
    return reply.code(405).header("Allow", allowed.join(", ")).send({ status: "error", message });
  });
}
