/** `godot-control engine install`: makes the managed install, for people and for images built ahead. */
import { UsageError } from "../config/config.ts";
import { readConfig } from "../config/read.ts";
import { installEngine } from "../engine/install/install.ts";
import { parseWanted } from "../engine/install/version.ts";

/** Resolves to the exit code. */
export async function engine(args: readonly string[]): Promise<number> {
  const [action, ...flags] = args;
  if (action !== "install") throw new UsageError(`engine: expected "install", not "${action ?? ""}"`);
  const config = readConfig(
    flags.filter((flag) => flag !== "--force"),
    process.env,
  );
  const installed = await installEngine({
    cacheDir: config.cacheDir,
    downloadUrl: config.downloadUrl,
    wanted: config.godotVersion === undefined ? undefined : parseWanted(config.godotVersion),
    onProgress: (message) => process.stderr.write(`${message}\n`),
    force: flags.includes("--force"),
  });
  process.stdout.write(`Godot ${installed.version}: ${installed.path}\n`);
  return 0;
}
