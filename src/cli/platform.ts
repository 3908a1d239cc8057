/** Why the server cannot run on a system; undefined where it can. */
export function platformProblem(platform: NodeJS.Platform): string | undefined {
  if (platform !== "win32") return undefined;
  return "Windows is not supported: processes there have no groups and no signals. Run it in WSL (wsl --install), as on Linux.";
}
