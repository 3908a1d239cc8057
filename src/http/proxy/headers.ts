/** Which headers pass through the proxy, and how the engine gets them. */
import {
  type IncomingHttpHeaders,
  type OutgoingHttpHeaders,
  validateHeaderName,
  validateHeaderValue,
} from "node:http";

/** Headers that belong to one connection (RFC 9110, section 7.6.1), or to this server and not to the engine. */
const notPassedOn = new Set([
  "connection",
  "keep-alive",
  "proxy-authenticate",
  "proxy-authorization",
  "proxy-connection",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
  "http2-settings",
  "authorization",
  "cookie",
  "host",
  "origin",
  "expect",
]);

/**
 * The headers that are for the other end.
 * @throws where a name or a value cannot be written
 */
export function endToEnd(headers: IncomingHttpHeaders): OutgoingHttpHeaders {
  const named = new Set(
    String(headers.connection ?? "")
      .toLowerCase()
      .split(/\s*,\s*/),
  );
  const passing = Object.entries(headers).filter(
    ([name]) =>
      !name.startsWith(":") &&
      !notPassedOn.has(name) &&
      !named.has(name) &&
      !name.startsWith("access-control-") &&
      !name.startsWith("sec-fetch-"),
  );
  for (const [name, value] of passing) {
    validateHeaderName(name);
    for (const one of [value].flat()) validateHeaderValue(name, one as string);
  }
  return Object.fromEntries(passing.map(([name, value]) => [inUsualCase(name), value]));
}

/** A godottpd compares header names by case: `Content-Type`, as nearly every client writes it. */
const inUsualCase = (name: string) => name.replaceAll(/(^|-)[a-z]/g, (start) => start.toUpperCase());
