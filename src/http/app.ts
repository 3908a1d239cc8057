/** The one port, and everything that is served on it. */
import Fastify, { type FastifyInstance } from "fastify";
import type { Health } from "#gen/health_pb.js";
import type { Feed } from "../async/feed.ts";
import type { Report } from "../report.ts";
import type { Implementation } from "../services/in_process.ts";
import type { TlsFiles } from "./front/credentials.ts";
import { behindGuard, type FrontListener } from "./front/front.ts";
import type { GuardOptions } from "./front/guard.ts";
import { defaultLimits, type Limits } from "./front/limits.ts";
import { createPort, type Port } from "./front/port.ts";
import { HealthWatches } from "./health_watches.ts";
import { serveOpenApi } from "./openapi.ts";
import { type ProxyOptions, serveProxy } from "./proxy/proxy.ts";
import { frameworkErrors, largestRequest, serveServices } from "./surfaces.ts";

export interface AppParts {
  /** Who is let in. */
  readonly access: GuardOptions;
  readonly tls: TlsFiles | undefined;
  /** Those limits of its clients that are not the usual ones. */
  readonly limits: Partial<Limits>;
  readonly report: Report;
  readonly onRequest: () => void;
  readonly health: Feed<Health>;
  readonly implementations: readonly Implementation[];
  /** What `/godot/*` is passed on to. */
  readonly engine: Pick<ProxyOptions, "link" | "isAttached">;
  /** Aborted when nothing new begins, and watches end. */
  readonly closing: AbortSignal;
  /** Aborted when calls in flight are waited for no longer. */
  readonly cut: AbortSignal;
}

export interface App {
  readonly app: FastifyInstance;
  readonly drain: Port["drain"];
}

export function buildApp(parts: AppParts): App {
  const { report, limits, cut } = parts;
  const onFault = (error: unknown) => report.error("A call failed unexpectedly", error);
  const told: FrontListener = {
    onWrongToken: (address, attempts) => report.error(`A wrong token from ${address}, ${attempts} in a row`),
    onTurnedAway: (reason) => report.error(`Turned away: ${reason}`),
    onFault,
  };
  let port: Port | undefined;
  const app = Fastify({
    bodyLimit: largestRequest,
    frameworkErrors,
    routerOptions: { ignoreTrailingSlash: true },
    serverFactory: (handler) => {
      const access = { ...parts.access, isSecure: parts.tls !== undefined };
      port = createPort(behindGuard(access, handler, told), { tls: parts.tls, limits });
      return port.server as never;
    },
  });
  const watches = new HealthWatches(parts.health, parts.closing, onFault);
  app.addHook("onRequest", (request, reply, pass) => {
    parts.onRequest();
    watches.handle(request.raw, reply.raw, pass, () => reply.hijack());
  });
  serveServices(app, parts.implementations, {
    onFault,
    cut,
    keepAlive: limits.keepAlive ?? defaultLimits.keepAlive,
  });
  serveOpenApi(app);
  serveProxy(app, { ...parts.engine, cut });
  return { app, drain: (grace) => port?.drain(grace) ?? Promise.resolve() };
}
