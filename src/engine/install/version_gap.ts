/** Whether the engine is older than the project that it runs. */
import { parseVersion, type WantedVersion } from "./version.ts";

/** A sentence where the engine is older; undefined where it is not, or the project does not say. */
export function versionGap(project: WantedVersion | undefined, engineVersion: string): string | undefined {
  const engine = parseVersion(engineVersion);
  if (!project || !engine) return undefined;
  const isOlder =
    engine.major < project.major || (engine.major === project.major && engine.minor < project.minor);
  if (!isOlder) return undefined;
  const wanted = `${project.major}.${project.minor}`;
  const present = engine.text.replace(/\.stable$/, "");
  return `The project was made with Godot ${wanted}, and this engine is Godot ${present}: what fails may fail for that reason. Run it with Godot ${wanted} or newer (--godot-version ${wanted}, --godot-path).`;
}
