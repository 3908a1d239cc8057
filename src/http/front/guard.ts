/**
 * Stands in front of everything, before any routing, on every protocol: a web page must not reach a server that
 * listens on its reader's own machine, neither from another origin nor under a name of its own (DNS rebinding);
 * and a request without the token gets nothing where one is demanded.
 */
import { createHash, timingSafeEqual } from "node:crypto";
import type { IncomingHttpHeaders } from "node:http";
import { forbidden, unauthenticated } from "../../errors/request.ts";
import type { ControlError } from "../../model/control_error.ts";

export interface GuardOptions {
  /** Names, beside those of loopback, that this server is reached under; without a port. */
  readonly allowedHosts: readonly string[];
  /** Origins, beside this server's own, whose pages may use it: `https://app.example`. */
  readonly allowedOrigins: readonly string[];
  /** Whether it speaks TLS itself: then a page of this server's own came over https. */
  readonly isSecure?: boolean;
  /** What each request must bring as `Authorization: Bearer …`; undefined: nothing. */
  readonly token: string | undefined;
}

const loopbackName = /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])(:\d+)?$/i;

export class Guard {
  readonly #hosts: ReadonlySet<string>;
  readonly #origins: ReadonlySet<string>;
  /** Before TLS, a proxy may have brought it over https all the same. */
  readonly #schemes: readonly string[];
  readonly #token: Buffer | undefined;

  constructor({ allowedHosts, allowedOrigins, isSecure = false, token }: GuardOptions) {
    this.#hosts = new Set(allowedHosts.map(canonical));
    this.#origins = new Set(allowedOrigins.map((origin) => origin.toLowerCase()));
    this.#schemes = isSecure ? ["https"] : ["http", "https"];
    this.#token = token === undefined ? undefined : digest(token);
  }

  /** Why a page's or a stranger's request may not even ask; undefined where it may. */
  refuseSender(headers: IncomingHttpHeaders): ControlError | undefined {
    const names = [headers[":authority"], headers.host].filter((name) => name !== undefined);
    const foreign = names.length === 0 ? "" : names.find((name) => !this.#isOwnName(String(name)));
    if (foreign !== undefined)
      return forbidden(
        `Host ${JSON.stringify(foreign)} is not this server's: use localhost or 127.0.0.1, or allow the name with --allowed-host.`,
      );
    const { origin } = headers;
    if (origin !== undefined)
      return names.some((name) => this.#isOwnOrigin(origin, String(name))) || this.mayRead(origin)
        ? undefined
        : forbidden(
            `A page from ${JSON.stringify(origin)} may not use this server; --allowed-origin allows one that should.`,
          );
    // What a page embeds has no Origin. "none" is a person's own typing; another port of this machine is "same-site".
    const { "sec-fetch-site": site = "none" } = headers;
    return /^(none|same-origin)$/.test(String(site))
      ? undefined
      : forbidden("A page from another site, or from another port, may not use this server.");
  }

  /** Undefined where the token is there, or none is demanded. */
  refuseToken({ authorization }: IncomingHttpHeaders): ControlError | undefined {
    if (!this.#token) return undefined;
    if (authorization === undefined)
      return unauthenticated("This server wants its token: Authorization: Bearer TOKEN.");
    const given = /^Bearer +(\S+) *$/i.exec(authorization)?.[1] ?? "";
    // Digests have one length, so that comparing them takes one time.
    return timingSafeEqual(digest(given), this.#token)
      ? undefined
      : unauthenticated("The token of this request is not this server's.");
  }

  /** Whether a page from there may read the answers too: one that was named may, and no other. */
  mayRead(origin: string): boolean {
    return this.#origins.has(origin.toLowerCase());
  }

  /** Whether a page from there is one of this server itself; other servers on this machine are strangers. */
  #isOwnOrigin(origin: string, name: string): boolean {
    return this.#schemes.some((scheme) => origin === `${scheme}://${name}`);
  }

  #isOwnName(name: string): boolean {
    return loopbackName.test(name) || this.#hosts.has(canonical(name.replace(/:\d+$/, "")));
  }
}

/** An address of IPv6 in its one spelling, without brackets; any other name in lower case. */
function canonical(name: string): string {
  const bare = name.toLowerCase().replace(/^\[(.*)\]$/, "$1");
  const address = `http://[${bare}]`;
  return URL.canParse(address) ? new URL(address).hostname.slice(1, -1) : bare;
}

const digest = (text: string) => createHash("sha256").update(text).digest();
