/** gRPC-Web from a page in a real browser whose origin was allowed: what the page can read is what every client gets. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { it, type TestContext } from "node:test";
import { fromBinary, toBinary } from "@bufbuild/protobuf";
import { Code } from "@connectrpc/connect";
import { findTrailerError } from "@connectrpc/connect/protocol-grpc";
import { ErrorDetailSchema, ErrorReason } from "#gen/error_pb.js";
import { WatchHealthResponseSchema } from "#gen/godot_control_service_pb.js";
import { LoadSceneRequestSchema, LoadSceneResponseSchema } from "#gen/scene_service_pb.js";
import { browse, findBrowser } from "../support/browser.ts";
import { importedProject, sceneFile } from "../support/project.ts";
import { startServer } from "../support/server.ts";

/** What the page tells of a call; bytes are base64. */
interface Told {
  readonly status: number;
  /** The headers that it may read. */
  readonly headers: Record<string, string>;
  readonly messages: string[];
  /** Absent where the page left before the end. */
  readonly trailers?: string;
}

/** Calls each rpc as a client of gRPC-Web does; `TARGET` is the server, `LOAD` and `MISSING` are messages. */
const page = `<!doctype html><script>
const frame = (base64) => {
  const message = Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
  const framed = new Uint8Array(5 + message.length);
  new DataView(framed.buffer).setUint32(1, message.length);
  framed.set(message, 5);
  return framed;
};
const call = async (rpc, message, most = Infinity) => {
  const response = await fetch("TARGET/godot.control.v1." + rpc, {
    method: "POST",
    headers: {
      "Content-Type": "application/grpc-web+proto",
      "X-Grpc-Web": "1",
      "X-User-Agent": "page",
      "Grpc-Timeout": "60S",
    },
    body: frame(message),
  });
  const told = { status: response.status, headers: Object.fromEntries(response.headers), messages: [] };
  const reader = response.body.getReader();
  let bytes = new Uint8Array();
  for (;;) {
    while (bytes.length >= 5) {
      const end = 5 + new DataView(bytes.buffer, bytes.byteOffset).getUint32(1);
      if (bytes.length < end) break;
      const text = String.fromCharCode(...bytes.subarray(5, end));
      if (bytes[0] & 128) told.trailers = text;
      else told.messages.push(btoa(text));
      bytes = bytes.slice(end);
    }
    if (told.messages.length >= most) {
      await reader.cancel();
      return told;
    }
    const { done, value } = await reader.read();
    if (done) return told;
    const joined = new Uint8Array(bytes.length + value.length);
    joined.set(bytes);
    joined.set(value, bytes.length);
    bytes = joined;
  }
};
(async () => {
  const results = {
    unary: await call("SceneService/LoadScene", "LOAD"),
    stream: await call("GodotControlService/WatchHealth", "", 1),
    error: await call("SceneService/LoadScene", "MISSING"),
  };
  await fetch("/report", { method: "POST", body: JSON.stringify(results) });
})().catch((error) => fetch("/report", { method: "POST", body: JSON.stringify({ failed: String(error) }) }));
</script>`;

const request = (scenePath: string) =>
  Buffer.from(
    toBinary(LoadSceneRequestSchema, { $typeName: "godot.control.v1.LoadSceneRequest", scenePath }),
  ).toString("base64");

/** Serves the page, and hears what it was told. */
async function pageServer(context: TestContext) {
  const { promise: reported, resolve } = Promise.withResolvers<Record<string, Told>>();
  let target = "";
  const server = createServer(async (asked, response) => {
    if (asked.url === "/report") {
      let body = "";
      for await (const chunk of asked) body += chunk;
      resolve(JSON.parse(body));
    }
    response.setHeader("Content-Type", "text/html");
    response.end(
      page
        .replace("TARGET", target)
        .replace("LOAD", request("res://main.tscn"))
        .replace("MISSING", request("res://missing.tscn")),
    );
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  context.after(() => {
    server.closeAllConnections();
    server.close();
  });
  const origin = `http://app.test:${(server.address() as AddressInfo).port}`;
  return {
    origin,
    open(browser: string, baseUrl: string) {
      target = baseUrl;
      return browse(context, { browser, url: origin, names: ["app.test"] }, reported);
    },
  };
}

const bytes = (base64: string | undefined) => Buffer.from(base64 ?? "", "base64");

it("gRPC-Web works from an allowed page: a call, a stream, and an error with its detail", async (context) => {
  const browser = await findBrowser();
  if (!browser) return context.skip("There is no Chromium on this machine.");
  const { origin, open } = await pageServer(context);
  const project = await importedProject(context, { "main.tscn": sceneFile("Main") });
  const test = await startServer(context, project, [`--allowed-origin=${origin}`]);
  const { unary, stream, error, ...failed } = await open(browser, test.baseUrl);
  assert.deepEqual(failed, {});
  assert.ok(unary && stream && error);

  assert.deepEqual([unary.status, unary.headers["content-type"]], [200, "application/grpc-web+proto"]);
  const { result } = fromBinary(LoadSceneResponseSchema, bytes(unary.messages[0]));
  assert.equal(result?.scene?.rootName, "Main");
  assert.match(unary.trailers ?? "", /^grpc-status: ?0\r\n/);

  assert.equal(stream.status, 200);
  const { health } = fromBinary(WatchHealthResponseSchema, bytes(stream.messages[0]));
  assert.equal(health?.scene?.path, "res://main.tscn");

  assert.deepEqual([error.status, error.messages], [200, []]);
  const lines = (error.trailers ?? "").trim().split("\r\n");
  const trailers = lines.map((line) => line.split(/: ?(.*)/s).slice(0, 2) as [string, string]);
  const found = findTrailerError(new Headers(trailers));
  assert.equal(found?.code, Code.NotFound);
  assert.match(found.rawMessage, /^No scene res:\/\/missing\.tscn in the project/);
  const [detail] = found.findDetails(ErrorDetailSchema);
  assert.equal(detail?.reason, ErrorReason.SCENE_NOT_FOUND);
  assert.deepEqual(detail.metadata, { scene_path: "res://missing.tscn" });
});
