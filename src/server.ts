/** Wires everything and does not listen: the engine below, the services on it, one port in front. */
import type { AddressInfo } from "node:net";
import Fastify from "fastify";
import { GodotControlService } from "#gen/godot_control_service_pb.js";
import { SceneService } from "#gen/scene_service_pb.js";
import { within } from "./async/deadline.ts";
import type { Config } from "./config/config.ts";
import { Project } from "./engine/project/project.ts";
import { SceneLoads } from "./engine/scenes/scene_loads.ts";
import { narrate } from "./engine/supervisor/narrate.ts";
import { Supervisor } from "./engine/supervisor/supervisor.ts";
import { shuttingDown } from "./errors/server.ts";
import { listenError, urlOf } from "./http/front/address.ts";
import { readTls, readToken } from "./http/front/credentials.ts";
import { behindGuard, type FrontListener } from "./http/front/front.ts";
import type { GuardOptions } from "./http/front/guard.ts";
import { defaultLimits, type Limits } from "./http/front/limits.ts";
import { createPort, type Port } from "./http/front/port.ts";
import { HealthWatches } from "./http/health_watches.ts";
import { serveOpenApi } from "./http/openapi.ts";
import { serveProxy } from "./http/proxy/proxy.ts";
import { frameworkErrors, largestRequest, serveServices } from "./http/surfaces.ts";
import type { Report } from "./report.ts";
import { toConnectError } from "./services/errors_interceptor.ts";
import { godotControl } from "./services/godot_control.ts";
import { healthFeed } from "./services/health_feed.ts";
import { type Implementation, implementation } from "./services/in_process.ts";
import { scene } from "./services/scene.ts";
import { version } from "./version.ts";

export interface Server {
  readonly supervisor: Supervisor;
  /**
   * Begins to accept, and starts the engine unless told not to.
   * @throws the system's error, in a sentence, where the port cannot be opened; everything is closed then
   */
  listen(): Promise<{ readonly url: string; readonly port: number }>;
  /**
   * Ends watches, lets calls in flight finish as long as there is time, then ends those too and stops the engine;
   * all within `--close-timeout`.
   */
  close(): Promise<void>;
}

export interface BuildOptions {
  /** Those of its clients that are not the usual ones. */
  readonly limits?: Partial<Limits>;
  readonly onRequest?: () => void;
}

/**
 * Makes what there is below the port: nothing runs yet.
 * @throws {UsageError} where the token, the certificate or its key cannot be read
 */
export function buildServer(config: Config, report: Report, options: BuildOptions = {}): Server {
  // What may be wrong with them is said before anything is made that would have to be taken down again.
  const access = { ...config, token: readToken(config) };
  const tls = readTls(config);
  const project = new Project(config.projectPath, config.cacheDir, (line) => report.info(line));
  const supervisor = new Supervisor(config, project);
  narrate(supervisor.feed, (line) => report.info(line));
  const health = healthFeed(config, supervisor);
  /** Watches end, and nothing new begins. */
  const closing = new AbortController();
  /** Calls in flight end. */
  const cutting = new AbortController();
  const loads = new SceneLoads(config, project, supervisor);
  const implementations = [
    implementation(SceneService, scene({ config, project, loads, health, closing: closing.signal })),
    implementation(
      GodotControlService,
      godotControl({ supervisor, health, closing: closing.signal, version, startTime: Date.now() }),
    ),
  ];
  const { app, drain } = surface({
    access,
    tls,
    report,
    options,
    supervisor,
    health,
    implementations,
    closing,
    cutting,
  });

  const close = async () => {
    closing.abort(toConnectError(shuttingDown()));
    const { closeTimeout, stopTimeout } = config;
    const end = performance.now() + closeTimeout;
    const closed = app.close();
    const drained = drain(closeTimeout);
    // The engine keeps its whole time to stop: a game may save.
    await within(drained, Math.max(closeTimeout - stopTimeout, 0));
    cutting.abort(closing.signal.reason);
    await Promise.all([
      drained,
      supervisor.close(Math.max(Math.min(stopTimeout, end - performance.now()), 1)),
    ]);
    await closed;
    project.close();
  };
  return {
    supervisor,
    async listen() {
      try {
        await app.listen({ host: config.host, port: config.port });
      } catch (error) {
        await close();
        throw listenError(config, error as NodeJS.ErrnoException);
      }
      supervisor.begin();
      if (config.autostart) supervisor.start({ signal: closing.signal }).catch(() => {}); // Its cause is in the health, and reported.
      const { port } = app.server.address() as AddressInfo;
      return { url: urlOf(config, port), port };
    },
    close,
  };
}

interface Parts {
  readonly access: GuardOptions;
  readonly tls: ReturnType<typeof readTls>;
  readonly report: Report;
  readonly options: BuildOptions;
  readonly supervisor: Supervisor;
  readonly health: ReturnType<typeof healthFeed>;
  readonly implementations: readonly Implementation[];
  readonly closing: AbortController;
  readonly cutting: AbortController;
}

/** The one port, and everything that is served on it. */
function surface({
  access,
  tls,
  report,
  options,
  supervisor,
  health,
  implementations,
  closing,
  cutting,
}: Parts) {
  const { limits = {}, onRequest = () => {} } = options;
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
  serveOpenApi(app);
  serveProxy(app, {
    link: () => supervisor.link,
    isAttached: () => supervisor.feed.value.attached,
    cut: cutting.signal,
  });
  return { app, drain: (grace: number) => port?.drain(grace) ?? Promise.resolve() };
}
