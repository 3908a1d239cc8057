/** Where a request says that it goes: one Host, and a target that agrees with it (RFC 9112, section 3.2). */
import type { IncomingMessage } from "node:http";

const absolute = /^https?:\/\/([^/?#]*)(.*)$/is;

/** Cuts an absolute target to its path, which is all that is looked at from here on; gives what is wrong with it. */
export function readTarget(request: IncomingMessage): string | undefined {
  const { headers, rawHeaders, url = "" } = request;
  const hosts = rawHeaders.filter((name, index) => index % 2 === 0 && name.toLowerCase() === "host");
  if (hosts.length > 1) return "it has more than one Host header";
  if (url.startsWith("/") || url === "*") return undefined;
  const [, authority = "", path = ""] = absolute.exec(url) ?? [];
  const host = String(headers[":authority"] ?? headers.host ?? "");
  if (authority === "") return "its target is not a path";
  if (authority.toLowerCase() !== host.toLowerCase())
    return "its target names another host than its Host header";
  request.url = path.startsWith("/") ? path : `/${path}`;
  return undefined;
}
