/** What a path must be, and must not be, to reach the engine through the proxy. */

export const proxyPrefix = "/godot";

/** The addon decodes a path before it looks it up. */
export const isQuit = (path: string): boolean =>
  /^\/quit(\?|$)/.test(
    path.replaceAll(/%([0-9a-f]{2})/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16))),
  );

/** What could make the engine see another path than this server does. */
export function pathProblem(path: string): string | undefined {
  const [before = ""] = path.split("?", 1);
  if (before.includes("//") || before.includes("\\"))
    return "the path may contain neither // nor a backslash";
  if (/%(2f|5c|00|0d|0a)/i.test(before))
    return "the path may contain no encoded slash, backslash, NUL or line break";
  return undefined;
}
