/**
 * Stands in front of everything, before any routing: a web page must not reach a server that listens on its
 * reader's own machine, neither from another origin nor under a name of its own (DNS rebinding).
 */
import type { IncomingHttpHeaders } from "node:http";

const loopbackName = /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])(:\d+)?$/i;

/** Why a request is refused, for its sender; undefined where it may pass. */
export function refuse(headers: IncomingHttpHeaders): string | undefined {
  const names = [headers[":authority"], headers.host].filter((name) => name !== undefined);
  const foreign = names.length === 0 ? "" : names.find((name) => !loopbackName.test(String(name)));
  if (foreign !== undefined)
    return `Host ${JSON.stringify(foreign)} is not this server's: use localhost or 127.0.0.1.`;
  const { origin } = headers;
  if (origin !== undefined && !isLoopbackOrigin(origin))
    return `A page from ${JSON.stringify(origin)} may not use this server.`;
  if (headers["sec-fetch-site"] === "cross-site") return "A page from another site may not use this server.";
  return undefined;
}

const isLoopbackOrigin = (origin: string) =>
  /^https?:\/\//.test(origin) && loopbackName.test(origin.replace(/^https?:\/\//, ""));
