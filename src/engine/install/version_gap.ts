/** What the project that it runs wants of the engine, and the engine has not. */
import { parseVersion, type WantedVersion } from "./version.ts";

/** A sentence where the engine is older; undefined where it is not, or the project does not say. */
export function versionGap(project: WantedVersion | undefined, engineVersion: string): string | undefined {
  const engine = parseVersion(engineVersion);
  if (!project || !engine) return undefined;
  const isOlder =
    engine.major < project.major || (engine.major === project.major && engine.minor < project.minor);
  if (!isOlder) return undefined;
  const wanted = `${project.major}.${project.minor}`;
  const present = engine.text.replace(/\.stable(?=\.mono$|$)/, "");
  return `The project was made with Godot ${wanted}, and this engine is Godot ${present}: what fails may fail for that reason. Run it with Godot ${wanted} or newer (--godot-version ${wanted}, --godot-path).`;
}

/** A sentence where the project has scripts in C#, and the engine no .NET to run them; undefined where all is well. */
export function dotNetGap(usesDotNet: boolean, engineVersion: string): string | undefined {
  if (!usesDotNet || engineVersion.endsWith(".mono")) return undefined;
  return `The project has scripts in C#, and this Godot has no .NET: none of them runs. Build them, and name a Godot with .NET with --godot-path.`;
}
