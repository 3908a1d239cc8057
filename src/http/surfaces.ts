/** The services over every protocol, gRPC, gRPC-Web, Connect and REST, with the same answers and errors. */
import type { ConnectRouter } from "@connectrpc/connect";
import { fastifyConnectPlugin } from "@connectrpc/connect-fastify";
import { compressionGzip } from "@connectrpc/connect-node";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { malformedRequest, methodNotAllowed, noSuchPath, requestTooLarge } from "../errors/request.ts";
import { ControlError } from "../model/control_error.ts";
import { errorsInterceptor, isFault, toConnectError } from "../services/errors_interceptor.ts";
import { type Implementation, InProcess } from "../services/in_process.ts";
import { refuseBadBase64 } from "./connect_get.ts";
import { shortenDeadline } from "./long_deadlines.ts";
import { openApiPath } from "./openapi.ts";
import { proxyPrefix } from "./proxy/path.ts";
import { type RestAnswer, restError } from "./rest/errors.ts";
import { isGone } from "./rest/gone.ts";
import { allowedMethods, type Row, rowsOf } from "./rest/rows.ts";
import { type CallOptions, serveRest } from "./rest/serve.ts";

/** The largest request, after decompression. */
export const largestRequest = 1024 * 1024;

export function serveServices(
  app: FastifyInstance,
  implementations: readonly Implementation[],
  options: CallOptions,
): void {
  const { onFault, cut } = options;
  const interceptor = errorsInterceptor(onFault);
  app.addHook("onRequest", (request, _reply, pass) => {
    shortenDeadline(request.raw.headers);
    pass();
  });
  const rows = rowsOf(implementations.map(({ service }) => service));
  const answerNoRoute = noRoute(app, rows);
  app.setNotFoundHandler(answerNoRoute);
  answerWhatFails(app, onFault, answerNoRoute);
  app.register(async (scope) => {
    scope.addHook("onRequest", refuseBadBase64);
    scope.register(fastifyConnectPlugin, {
      routes(router: ConnectRouter) {
        for (const { service, methods } of implementations) router.service(service, methods);
      },
      interceptors: [interceptor],
      readMaxBytes: largestRequest,
      // Not Brotli, which takes a window of 16 MB for a request of a few bytes.
      acceptCompression: [compressionGzip],
      shutdownSignal: cut,
      // An engine that is not well says so: `healthy: false` is not left out.
      jsonOptions: { ignoreUnknownFields: false, alwaysEmitImplicit: true },
    });
  });
  app.register(async (scope) => serveRest(scope, rows, new InProcess(implementations, interceptor), options));
}

function answerWhatFails(
  app: FastifyInstance,
  onFault: (error: unknown) => void,
  answerNoRoute: ReturnType<typeof noRoute>,
): void {
  app.setErrorHandler<FrameworkError>((error, request, reply) => {
    // HTTP/2 has methods of any name, and the framework routes only those that it knows.
    if (error.code === "FST_ERR_NOT_FOUND") return answerNoRoute(request, reply);
    // A client that left in the middle of its request is no fault.
    if (isFault(nameOfRefusal(error)) && !isGone(reply.raw)) onFault(error);
    // Of a body that it does not read, it closes the connection: HTTP/2 has no such header, and Node warns of it.
    if (request.raw.httpVersionMajor === 2) reply.removeHeader("Connection");
    return frameworkErrors(error, request, reply);
  });
}

type FrameworkError = Error & { statusCode?: number; code?: string };

/** An option of Fastify: a target that it cannot decode passes by its error handler. */
export const frameworkErrors = (error: FrameworkError, _request: FastifyRequest, reply: FastifyReply) =>
  send(reply, restError(toConnectError(nameOfRefusal(error)), error.statusCode));

/** The framework's own errors, which are about the request, by our names. */
function nameOfRefusal(error: FrameworkError): Error {
  const { statusCode = 500 } = error;
  if (error instanceof ControlError || statusCode >= 500) return error;
  return statusCode === 413
    ? requestTooLarge(largestRequest)
    : malformedRequest(error.message.replace(/\.$/, ""));
}

/** What is answered where no route takes the request. */
function noRoute(app: FastifyInstance, rows: readonly Row[]) {
  const paths = [...new Set(rows.map(({ template }) => template.url)), openApiPath];
  const methodsAt = (path: string): readonly string[] => {
    if (path.startsWith(`${proxyPrefix}/`)) return app.supportedMethods;
    return path === openApiPath ? ["GET", "HEAD"] : allowedMethods(rows, path);
  };
  return (request: FastifyRequest, reply: FastifyReply) => {
    const path = request.url.replace(/\/?(\?.*)?$/, "");
    const allowed = methodsAt(path);
    if (allowed.length === 0) return send(reply, restError(toConnectError(noSuchPath(path, paths))));
    const problem = methodNotAllowed(path, allowed, request.method);
    return send(reply.header("Allow", allowed.join(", ")), restError(toConnectError(problem), 405));
  };
}

const send = (reply: FastifyReply, { status, body }: RestAnswer) => reply.code(status).send(body);
