/**
 * Why this Node cannot run the server; undefined where it can.
 * @param needed as package.json's `engines` has it: `>=22.18`
 */
export function nodeProblem(present: string, needed: string): string | undefined {
  const least = needed.replace(/^>=/, "");
  const [major, minor] = parts(present);
  const [leastMajor, leastMinor] = parts(least);
  if (major > leastMajor || (major === leastMajor && minor >= leastMinor)) return undefined;
  return `Node ${least} or newer is needed, and this is ${present}.`;
}

function parts(version: string): [major: number, minor: number] {
  const [major = 0, minor = 0] = version.split(".").map(Number);
  return [major, minor];
}
