/** Beyond loopback: TLS with both versions of HTTP, told apart by ALPN, and nothing in the clear. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { chmod, writeFile } from "node:fs/promises";
import { request } from "node:https";
import { join } from "node:path";
import { describe, it, type TestContext } from "node:test";
import { connect } from "node:tls";
import { createClient } from "@connectrpc/connect";
import { createConnectTransport, createGrpcTransport } from "@connectrpc/connect-node";
import { execa } from "execa";
import { GodotControlService } from "#gen/godot_control_service_pb.js";
import { certificate as newCertificate } from "../support/certificate.ts";
import { importedProject, sceneFile, temporaryProject } from "../support/project.ts";
import { rawHttp1 } from "../support/raw_request.ts";
import { startServer } from "../support/server.ts";
import { serverThatSaid } from "../support/server_process.ts";

const token = "correct-horse-battery-staple";
const headers = { authorization: `Bearer ${token}` };

async function certificate(context: TestContext) {
  const { folder, ...files } = await newCertificate(context);
  const tokenFile = join(folder, "token");
  await writeFile(tokenFile, token);
  await chmod(tokenFile, 0o600);
  return { ...files, tokenFile };
}

describe("A server on every address", async () => {
  it("serves gRPC and Connect over TLS to who has the token", async (context) => {
    const { cert, key, tokenFile } = await certificate(context);
    const { port } = await startServer(
      context,
      await importedProject(context, { "main.tscn": sceneFile("Main") }),
      [
        "--host=0.0.0.0",
        `--tls-cert=${cert}`,
        `--tls-key=${key}`,
        `--token-file=${tokenFile}`,
        "--no-autostart",
      ],
    );
    const baseUrl = `https://localhost:${port}`;
    const nodeOptions = { rejectUnauthorized: false };
    for (const transport of [
      createGrpcTransport({ baseUrl, nodeOptions }),
      createConnectTransport({ baseUrl, httpVersion: "2", nodeOptions }),
      createConnectTransport({ baseUrl, httpVersion: "1.1", nodeOptions }),
    ]) {
      const client = createClient(GodotControlService, transport);
      assert.ok((await client.getStatus({}, { headers })).status?.serverVersion);
      await assert.rejects(client.getStatus({}), /unauthenticated/);
    }
    for (const protocol of ["h2", "http/1.1"]) {
      const socket = connect({ port, ALPNProtocols: [protocol], ...nodeOptions });
      await once(socket, "secureConnect");
      assert.equal(socket.alpnProtocol, protocol);
      socket.destroy();
    }
    const call = request({
      port,
      path: "/scenes",
      headers: { ...headers, host: "localhost" },
      ...nodeOptions,
    });
    call.end();
    const [{ statusCode }] = await once(call, "response");
    assert.equal(statusCode, 200);
    await assert.rejects(rawHttp1({ port, path: "/scenes", headers }), "It answers nothing in the clear.");
  });

  it("says at its start how it is called, and that works", async (context) => {
    const { cert, key, tokenFile } = await certificate(context);
    const project = await importedProject(context, { "main.tscn": sceneFile("Main") });
    const { found } = await serverThatSaid(context, project, /(curl -X POST .*)$/, {
      flags: ["--host=0.0.0.0", `--tls-cert=${cert}`, `--tls-key=${key}`, `--token-file=${tokenFile}`],
    });
    const { stdout, exitCode } = await execa("sh", ["-c", found[1] as string], {
      env: { CURL_CA_BUNDLE: cert },
      reject: false,
    });
    if (exitCode === 127) return context.skip("There is no curl on this machine.");
    assert.equal((JSON.parse(stdout) as { status: string }).status, "success", stdout);
  });

  it("does not begin with a certificate that is none, or another's key", async (context) => {
    const one = await certificate(context);
    const other = await certificate(context);
    const ofAnotherKind = await newCertificate(context, "rsa");
    const project = await temporaryProject(context, {});
    for (const [cert, key, problem] of [
      [one.tokenFile, one.key, /--tls-cert .*token and --tls-key/],
      [one.cert, other.key, /key values mismatch/],
      [one.cert, ofAnotherKind.key, /the key is not that of the file's first certificate/],
      [join(project, "none.pem"), one.key, /--tls-cert .* cannot be read: ENOENT/],
    ] as const)
      await assert.rejects(
        startServer(context, project, [`--tls-cert=${cert}`, `--tls-key=${key}`, "--no-autostart"]),
        problem,
      );
  });
});
