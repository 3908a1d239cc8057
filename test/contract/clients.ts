/** Every kind of client that the server promises to serve. */
import { type DescMethod, getOption } from "@bufbuild/protobuf";
import { MethodOptions_IdempotencyLevel } from "@bufbuild/protobuf/wkt";
import type { Transport } from "@connectrpc/connect";
import {
  createConnectTransport,
  createGrpcTransport,
  createGrpcWebTransport,
  Http2SessionManager,
} from "@connectrpc/connect-node";
import { http } from "#gen-google/annotations_pb.js";
import { createGrpcJsTransport } from "./grpc_js_transport.ts";
import { createRestTransport } from "./rest_transport.ts";

export interface ClientKind {
  readonly name: string;
  /** Whether a field that the server does not know reaches it by name, and is refused. */
  tellsUnknownFields(method: DescMethod): boolean;
  sendsInUrl(method: DescMethod): boolean;
  /** Tells the server the deadline of a call. */
  readonly deadline: boolean;
  /** Starts and stops the engine too, which costs four boots, and is the same for every other kind. */
  readonly engine: boolean;
  open(port: number): OpenClient;
}

export interface OpenClient {
  readonly transport: Transport;
  close(): void;
}

const baseUrl = (port: number) => `http://127.0.0.1:${port}`;

type Build = (options: {
  baseUrl: string;
  httpVersion: "2";
  sessionManager: Http2SessionManager;
}) => Transport;

const http1 = (build: (options: { baseUrl: string; httpVersion: "1.1" }) => Transport) => (port: number) => ({
  transport: build({ baseUrl: baseUrl(port), httpVersion: "1.1" }),
  close() {},
});

const http2 = (build: Build) => (port: number) => {
  const sessionManager = new Http2SessionManager(baseUrl(port));
  return {
    transport: build({ baseUrl: baseUrl(port), httpVersion: "2", sessionManager }),
    close: () => sessionManager.abort(),
  };
};

/** Those that may be asked at any time, and answer at once. */
export const onlyReads = (method: DescMethod) =>
  method.idempotency === MethodOptions_IdempotencyLevel.NO_SIDE_EFFECTS;

const inBody = { sendsInUrl: () => false, deadline: true, engine: false };
const binary = { ...inBody, tellsUnknownFields: () => false };
const json = { ...inBody, tellsUnknownFields: () => true };
const isGet = (method: DescMethod) => getOption(method, http).pattern.case === "get";

export const clientKinds: readonly ClientKind[] = [
  {
    name: "gRPC, connect-node",
    ...binary,
    engine: true,
    open: http2((options) => createGrpcTransport(options)),
  },
  { name: "gRPC, grpc-js", ...binary, open: createGrpcJsTransport },
  {
    name: "Connect, JSON, HTTP/1.1",
    ...json,
    open: http1((options) => createConnectTransport({ ...options, useBinaryFormat: false })),
  },
  {
    name: "Connect, binary, HTTP/1.1",
    ...binary,
    open: http1((options) => createConnectTransport(options)),
  },
  {
    name: "Connect, JSON, HTTP/2",
    ...json,
    open: http2((options) => createConnectTransport({ ...options, useBinaryFormat: false })),
  },
  { name: "Connect, binary, HTTP/2", ...binary, open: http2((options) => createConnectTransport(options)) },
  {
    name: "Connect with GET, JSON, HTTP/1.1",
    ...json,
    sendsInUrl: onlyReads,
    open: http1((options) =>
      createConnectTransport({ ...options, useBinaryFormat: false, useHttpGet: true }),
    ),
  },
  {
    name: "Connect with GET, binary, HTTP/2",
    ...binary,
    sendsInUrl: onlyReads,
    open: http2((options) => createConnectTransport({ ...options, useHttpGet: true })),
  },
  { name: "gRPC-Web, HTTP/1.1", ...binary, open: http1((options) => createGrpcWebTransport(options)) },
  { name: "gRPC-Web, HTTP/2", ...binary, open: http2((options) => createGrpcWebTransport(options)) },
  {
    name: "gRPC-Web, JSON, HTTP/2",
    ...json,
    open: http2((options) => createGrpcWebTransport({ ...options, useBinaryFormat: false })),
  },
  {
    name: "REST",
    // A load balancer adds a query of its own to a path that takes none.
    tellsUnknownFields: (method) => method.input.fields.length > 0 || !isGet(method),
    sendsInUrl: isGet,
    deadline: false,
    engine: true,
    open: (port) => ({ transport: createRestTransport(baseUrl(port)), close() {} }),
  },
];
