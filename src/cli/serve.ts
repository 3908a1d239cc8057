/** `godot-control`: serves until it is told to stop. */
import { demoProject } from "../config/check.ts";
import type { Config } from "../config/config.ts";
import { readConfig } from "../config/read.ts";
import { readProjectSettings } from "../engine/project/settings/settings.ts";
import { createReport, type Report } from "../report.ts";
import { buildServer } from "../server.ts";
import { writableDemo } from "./demo.ts";
import { collectWhenIdle } from "./idle_memory.ts";
import { linesTo } from "./lines.ts";

/** Resolves to the exit code. */
export async function serve(args: readonly string[]): Promise<number> {
  const asked = readConfig(args, process.env);
  const isDemo = asked.projectPath === demoProject;
  const config = isDemo ? { ...asked, projectPath: await writableDemo(demoProject, asked.cacheDir) } : asked;
  const report = createReport(config.logFormat, linesTo(process.stdout));
  // A failure that is not awaited any more is one call's, and no reason to end the engine of all others.
  process.on("unhandledRejection", (error) => report.error("A fault in the server", error as Error));
  const idle = collectWhenIdle();
  const server = buildServer(config, report, { onRequest: idle.busy });
  const signalled = untilSignal();
  let url: string;
  try {
    report.info(`Project: ${config.projectPath}`);
    if (config.scenePath !== undefined && !config.autoLoadScene)
      report.info("--scene-path is not used: it belongs to --auto-load-scene.");
    ({ url } = await server.listen());
  } catch (error) {
    report.error((error as Error).message);
    return 1;
  }
  welcome(report, config, url, isDemo ? "res://vr_main.tscn" : await sceneToTry(config));
  const signal = await signalled;
  report.info(`${signal}: stopping Godot and closing. Once more, and everything is cut off.`);
  // A second signal ends the server at once; the engine's lifeline ends the engine with it.
  for (const name of signals) process.once(name, () => process.exit(1));
  await server.close();
  idle.end();
  return 0;
}

/** The last is that of a terminal that is closed: a game may save then too. */
const signals = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

function untilSignal(): Promise<string> {
  return new Promise((resolve) => {
    // Not `once`: where nobody else listens, execa's own listener ends this process for the sake of its children.
    for (const name of signals) process.on(name, () => resolve(name));
  });
}

/** A scene that is worth a first load. */
async function sceneToTry(config: Config): Promise<string> {
  const settings = await readProjectSettings(config.projectPath).catch(() => undefined);
  return settings?.mainScene ?? "res://main.tscn";
}

function welcome(report: Report, config: Config, base: string, scene: string): void {
  report.info(`Listening on ${base} (gRPC, gRPC-Web, Connect and REST). Try:`);
  const source = config.tokenFile ? `$(cat '${config.tokenFile}')` : config.token && "$GODOT_CONTROL_TOKEN";
  const token = source ? ` -H "Authorization: Bearer ${source}"` : "";
  report.info(
    `  curl -X POST ${base}/scene/load${token} -H 'Content-Type: application/json' -d '{"scene_path":"${scene}"}'`,
  );
  report.info(`  curl ${base}/health${token}        curl -N ${base}/logs/watch${token}`);
}
