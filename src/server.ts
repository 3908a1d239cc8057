/** Wires everything and does not listen: the engine below, the services on it, one port in front. */
import type { AddressInfo } from "node:net";
import { GodotControlService } from "#gen/godot_control_service_pb.js";
import { NodeService } from "#gen/node_service_pb.js";
import { SceneService } from "#gen/scene_service_pb.js";
import { within } from "./async/deadline.ts";
import type { Config } from "./config/config.ts";
import { Project } from "./engine/project/project.ts";
import { SceneLoads } from "./engine/scenes/scene_loads.ts";
import { narrate } from "./engine/supervisor/narrate.ts";
import { Supervisor } from "./engine/supervisor/supervisor.ts";
import { shuttingDown } from "./errors/server.ts";
import { buildApp } from "./http/app.ts";
import { listenError, urlOf } from "./http/front/address.ts";
import { readTls, readToken } from "./http/front/credentials.ts";
import type { Limits } from "./http/front/limits.ts";
import type { Report } from "./report.ts";
import { bridge } from "./services/bridge/bridge.ts";
import { toConnectError } from "./services/errors_interceptor.ts";
import { godotControl } from "./services/godot_control.ts";
import { healthFeed } from "./services/health_feed.ts";
import { implementation } from "./services/in_process.ts";
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
    implementation(SceneService, scene({ project, loads, health, closing: closing.signal })),
    implementation(
      GodotControlService,
      godotControl({ supervisor, health, closing: closing.signal, version, startTime: Date.now() }),
    ),
    bridge(NodeService, { supervisor, hangTimeout: config.hangTimeout, closing: closing.signal }),
  ];
  const { app, drain } = buildApp({
    access,
    tls,
    limits: options.limits ?? {},
    report,
    onRequest: options.onRequest ?? (() => {}),
    health,
    implementations,
    engine: { link: () => supervisor.link, isAttached: () => supervisor.feed.value.attached },
    closing: closing.signal,
    cut: cutting.signal,
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
