/** Where the server is reached, and why it cannot be. */
import { isWildcard } from "../../config/check.ts";
import type { Config } from "../../config/config.ts";

/**
 * Under a name that the server answers to; a wildcard cannot be called. `localhost` may be another address, `::1`, on which
 * another user of the machine may listen: it is told only where a certificate says who answers.
 */
export function urlOf({ host, allowedHosts, tlsCert }: Config, port: number): string {
  const loopback = tlsCert ? "localhost" : "127.0.0.1";
  const name = isWildcard(host) ? (allowedHosts[0] ?? loopback) : host;
  const called = name === "127.0.0.1" ? loopback : name.includes(":") ? `[${name}]` : name;
  return `${tlsCert ? "https" : "http"}://${called}:${port}`;
}

/** The system's error, which keeps its code, in a sentence that says what to do. */
export function listenError({ port }: Config, error: NodeJS.ErrnoException): Error {
  const { code } = error;
  return Object.assign(new Error(problemOf(port, error), { cause: error }), { code });
}

function problemOf(port: number, { code, message }: NodeJS.ErrnoException): string {
  switch (code) {
    case "EADDRINUSE":
      return `Port ${port} is taken, perhaps by another godot-control. Choose another with --port, or stop that one.`;
    case "EACCES":
      return `Port ${port} needs privileges that this user does not have. Choose one from 1024 with --port.`;
    default:
      return `Port ${port} could not be opened: ${message}`;
  }
}
