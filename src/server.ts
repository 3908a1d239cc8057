/** Wires everything and does not listen: the engine below, the services on it, one port in front. */
import Fastify, { type FastifyInstance } from "fastify";
import { GodotControlService } from "#gen/godot_control_service_pb.js";
import { SceneService } from "#gen/scene_service_pb.js";
import { within } from "./async/deadline.ts";
import type { Config } from "./config/config.ts";
import { Project } from "./engine/project/project.ts";
import { SceneLoads } from "./engine/scenes/scene_loads.ts";
import { narrate } from "./engine/supervisor/narrate.ts";
import { Supervisor } from "./engine/supervisor/supervisor.ts";
import { shuttingDown } from "./errors/server.ts";
import { readTls, readToken } from "./http/front/credentials.ts";
import { behindGuard, type FrontListener } from "./http/front/front.ts";
import { defaultLimits, type Limits } from "./http/front/limits.ts";
import { createPort, type Port } from "./http/front/port.ts";
import { HealthWatches } from "./http/health_watches.ts";
import { serveProxy } from "./http/proxy/proxy.ts";
import { frameworkErrors, largestRequest, serveServices } from "./http/surfaces.ts";
import type { Report } from "./report.ts";
import { toConnectError } from "./services/errors_interceptor.ts";
import { godotControl } from "./services/godot_control.ts";
import { healthFeed } from "./services/health_feed.ts";
import { implementation } from "./services/in_process.ts";
import { scene } from "./services/scene.ts";
import { version } from "./version.ts";

export interface Server {
  readonly app: FastifyInstance;
  readonly supervisor: Supervisor;
  /** Begins to accept, and starts the engine unless told not to. Resolves to the port. */
  listen(): Promise<number>;
  /**
   * Ends watches, lets calls in flight finish as long as there is time, then ends those too and stops the engine;
   * all within `--close-timeout`.
   */
  close(): Promise<void>;
}

export interface ServerOptions {
  /** Those of its clients that are not the usual ones. */
  readonly limits?: Partial<Limits>;
  readonly onRequest?: () => void;
}

export function buildServer(config: Config, report: Report, options: ServerOptions = {}): Server {
  const { limits = {}, onRequest = () => {} } = options;
  // What may be wrong with them is said before anything is made that would have to be taken down again.
  const access = { ...config, token: readToken(config) };
  const tls = readTls(config);
  const project = new Project(config.projectPath, config.cacheDir, (line) => report.info(line));
  const supervisor = new Supervisor(config, project);
  narrate(supervisor.feed, (line) => report.info(line));
  const loads = new SceneLoads(config, project, supervisor);
  const health = healthFeed(config, supervisor);
  /** Watches end, and nothing new begins. */
  const closing = new AbortController();
  /** Calls in flight end. */
  const cutting = new AbortController();

  const onFault = (error: unknown) => report.error("A call failed unexpectedly", error);
  const implementations = [
    implementation(SceneService, scene({ config, project, loads, health, closing: closing.signal })),
    implementation(
      GodotControlService,
      godotControl({ supervisor, health, closing: closing.signal, version, startTime: Date.now() }),
    ),
  ];
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
      port = createPort(behindGuard(access, handler, told), { tls, limits });
      return port.server as never;
    },
  });
  const watches = new HealthWatches(health, closing.signal, onFault);
  app.addHook("onRequest", (request, reply, pass) => {
    onRequest();
    watches.handle(request.raw, reply.raw, pass, () => reply.hijack());
  });
  serveServices(app, implementations, {
    onFault,
    cut: cutting.signal,
    keepAlive: limits.keepAlive ?? defaultLimits.keepAlive,
  });
  serveProxy(app, {
    link: () => supervisor.link,
    isAttached: () => supervisor.feed.value.attached,
    cut: cutting.signal,
  });

  return {
    app,
    supervisor,
    async listen() {
      await app.listen({ host: config.host, port: config.port });
      supervisor.begin();
      if (config.autostart) supervisor.start({ signal: closing.signal }).catch(() => {}); // Its cause is in the health, and reported.
      const address = app.server.address();
      return typeof address === "object" && address ? address.port : config.port;
    },
    async close() {
      closing.abort(toConnectError(shuttingDown()));
      const { closeTimeout, stopTimeout } = config;
      const end = performance.now() + closeTimeout;
      const closed = app.close();
      const drained = port?.drain(closeTimeout) ?? Promise.resolve();
      // The engine keeps its whole time to stop: a game may save.
      await within(drained, Math.max(closeTimeout - stopTimeout, 0));
      cutting.abort(closing.signal.reason);
      await Promise.all([
        drained,
        supervisor.close(Math.max(Math.min(stopTimeout, end - performance.now()), 1)),
      ]);
      await closed;
      project.close();
    },
  };
}
