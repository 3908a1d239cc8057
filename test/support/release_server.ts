/** A local server of Godot's releases, of these versions only; each is a tiny program that says its version. */
import { createHash } from "node:crypto";
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import type { TestContext } from "node:test";
import { zipSync } from "fflate";
import { type Asset, releaseAsset } from "../../src/engine/install/release.ts";
import { saying } from "./fake_engine.ts";

export async function releaseServer(t: TestContext, versions: readonly string[]) {
  const files = new Map<string, Buffer>();
  for (const version of versions) {
    const asset = releaseAsset(process.platform, process.arch, version) as Asset;
    const zip = Buffer.from(
      zipSync({ [asset.executable]: Buffer.from(saying(`${version}.stable.official`)) }),
    );
    const sum = createHash("sha512").update(zip).digest("hex");
    files.set(`/${version}-stable/${asset.zip}`, zip);
    files.set(`/${version}-stable/SHA512-SUMS.txt`, Buffer.from(`${sum}  ${asset.zip}\n`));
  }
  /** The versions that were asked for, in their order. */
  const asked: string[] = [];
  const server = createServer(({ url = "" }, response) => {
    const [, version] = /^\/(.*)-stable\/SHA512-SUMS.txt$/.exec(url) ?? [];
    if (version) asked.push(version);
    const file = files.get(url);
    response.writeHead(file ? 200 : 404).end(file);
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, asked };
}
