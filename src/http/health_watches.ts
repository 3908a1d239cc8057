/**
 * WatchHealth over gRPC, as nearly every client asks for it: without options. A change is put into bytes once and
 * written to every watcher, so that ten thousand of them have it within a moment. Every other watch (other
 * protocols, a heartbeat, a deadline, compression) goes the way of every other call.
 */
import type { IncomingMessage, ServerResponse } from "node:http";
import { constants, type Http2ServerResponse } from "node:http2";
import { create, toBinary } from "@bufbuild/protobuf";
import { encodeEnvelope } from "@connectrpc/connect/protocol";
import { contentTypeProto, setTrailerStatus } from "@connectrpc/connect/protocol-grpc";
import { GodotControlService, WatchHealthResponseSchema } from "#gen/godot_control_service_pb.js";
import type { Health } from "#gen/health_pb.js";
import type { Feed } from "../async/feed.ts";
import { inTrailers } from "../services/error_detail.ts";
import { isFault, toConnectError } from "../services/errors_interceptor.ts";
import { isGone } from "./rest/gone.ts";

const { watchHealth } = GodotControlService.method;
const path = `/${watchHealth.parent.typeName}/${watchHealth.name}`;
/** An empty message behind its envelope: no flags, no length. */
const emptyRequest = Buffer.alloc(5);
/** The number of watchers that are written to in one turn of the event loop. */
const writtenAtOnce = 100;

interface Watcher {
  readonly response: Http2ServerResponse;
  /** What it was sent last. */
  sent: Uint8Array | undefined;
  /** It is not asked to take more before it has taken that: a slow one then gets the latest, and only that. */
  isTaking: boolean;
}

export class HealthWatches {
  readonly #health: Feed<Health>;
  readonly #closing: AbortSignal;
  readonly #onFault: (error: unknown) => void;
  readonly #watchers = new Set<Watcher>();
  /** The newest health that was put into bytes, and those. */
  #latest: { readonly health: Health; readonly bytes: Uint8Array } | undefined;
  #following = false;

  /**
   * @param closing aborted, with what the watchers are told, when the server closes
   * @param onFault gets an error without a name that ended watches
   */
  constructor(health: Feed<Health>, closing: AbortSignal, onFault: (error: unknown) => void) {
    this.#health = health;
    this.#closing = closing;
    this.#onFault = onFault;
  }

  /** Takes the call if it is such a watch; calls `pass` where it is not. */
  handle(request: IncomingMessage, response: ServerResponse, pass: () => void, take: () => void): void {
    if (!isPlainWatch(request) || this.#closing.aborted) {
      pass();
      return;
    }
    const watcher: Watcher = {
      response: response as unknown as Http2ServerResponse,
      sent: undefined,
      isTaking: false,
    };
    const decide = () => {
      const body: Buffer | null = request.read();
      // A server that has begun to close meanwhile answers as for every other watch.
      if (body?.equals(emptyRequest) && !this.#closing.aborted) {
        take();
        request.resume();
        this.#add(watcher);
      } else {
        if (body) request.unshift(body);
        pass();
      }
    };
    request.once("readable", () => this.#safely(watcher, decide));
  }

  /** A throw would end the process from here, and every other watch with it: it ends this one. */
  #safely(watcher: Watcher, work: () => void): void {
    try {
      work();
    } catch (error) {
      this.#watchers.delete(watcher);
      this.#onFault(error);
      watcher.response.stream?.close(constants.NGHTTP2_INTERNAL_ERROR);
    }
  }

  #add(watcher: Watcher): void {
    const { response } = watcher;
    if (isGone(response)) return;
    if (!this.#following) void this.#follow();
    this.#watchers.add(watcher);
    response.once("close", () => this.#watchers.delete(watcher));
    response.writeHead(200, { "content-type": contentTypeProto });
    this.#send(watcher);
  }

  async #follow(): Promise<void> {
    this.#following = true;
    try {
      for await (const _ of this.#health.watch(this.#closing)) await this.#sendAll();
    } catch (error) {
      this.#end(error);
    } finally {
      // A watch that comes after a fault begins anew.
      this.#following = false;
    }
  }

  /** Ends every watch with this error. */
  #end(error: unknown): void {
    if (isFault(error)) this.#onFault(error);
    const trailers = Object.fromEntries(setTrailerStatus(new Headers(), toConnectError(error, inTrailers)));
    for (const watcher of this.#watchers)
      this.#safely(watcher, () => {
        watcher.response.addTrailers(trailers);
        watcher.response.end();
      });
    this.#watchers.clear();
  }

  /** Connection by connection: the system is asked once for all that is written to one. */
  async #sendAll(): Promise<void> {
    let written = 0;
    const byConnection = Map.groupBy(this.#watchers, ({ response }) => response.stream.session);
    for (const watcher of [...byConnection.values()].flat()) {
      if (!this.#watchers.has(watcher)) continue;
      this.#safely(watcher, () => this.#send(watcher));
      written += 1;
      if (written % writtenAtOnce === 0) await new Promise(setImmediate);
    }
  }

  #send(watcher: Watcher): void {
    const { response, sent, isTaking } = watcher;
    let message: Uint8Array;
    try {
      message = this.#message();
    } catch (error) {
      this.#end(error);
      return;
    }
    if (sent === message || isTaking) return;
    watcher.sent = message;
    watcher.isTaking = true;
    response.write(message, () => {
      watcher.isTaking = false;
      if (this.#watchers.has(watcher)) this.#safely(watcher, () => this.#send(watcher));
    });
  }

  #message(): Uint8Array {
    const { value } = this.#health;
    if (this.#latest?.health !== value) this.#latest = { health: value, bytes: toMessage(value) };
    return this.#latest.bytes;
  }
}

function isPlainWatch({ method, url, headers, httpVersionMajor }: IncomingMessage): boolean {
  return (
    httpVersionMajor === 2 &&
    method === "POST" &&
    url === path &&
    (headers["content-type"] === "application/grpc" || headers["content-type"] === contentTypeProto) &&
    headers["grpc-timeout"] === undefined &&
    headers["grpc-encoding"] === undefined
  );
}

const toMessage = (health: Health) =>
  encodeEnvelope(0, toBinary(WatchHealthResponseSchema, create(WatchHealthResponseSchema, { health })));
