import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { once } from "node:events";
import { readdir } from "node:fs/promises";
import { createServer, type RequestListener, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { zipSync } from "fflate";
import { installFrom } from "../../../../src/engine/install/install.ts";
import { type Asset, release, releaseAsset } from "../../../../src/engine/install/release.ts";
import { saying } from "../../../support/fake_engine.ts";
import { temporaryFolder } from "../../../support/project.ts";

const asset = releaseAsset(process.platform, process.arch) as Asset;
/** Incompressible ballast, so that the archive comes in several pieces. */
const ballast = Buffer.concat(
  Array.from({ length: 20_000 }, (_, n) => createHash("sha512").update(String(n)).digest()),
);
const zip = Buffer.from(
  zipSync({ [asset.executable]: Buffer.from(saying("4.6.3.stable.official")), ballast }, { level: 0 }),
);
const sum = createHash("sha512").update(zip).digest("hex");
const sums = `${"0".repeat(128)}  another.zip\n${sum}  ${asset.zip}\n`;

type Answers = Record<"SHA512-SUMS.txt" | "zip", (response: ServerResponse) => void>;

const sound: Answers = {
  "SHA512-SUMS.txt": (response) => response.end(sums),
  zip: (response) => response.setHeader("content-length", zip.length).end(zip),
};

/** A server of releases, and a way to install from it alone. */
async function served(t: TestContext, changed: Partial<Answers> = {}, answerWithin?: number) {
  const answers = { ...sound, ...changed };
  const listener: RequestListener = ({ url }, response) => {
    if (url === "/builds/4.6.3-stable/SHA512-SUMS.txt") answers["SHA512-SUMS.txt"](response);
    else if (url === `/builds/4.6.3-stable/${asset.zip}`) answers.zip(response);
    else response.writeHead(404).end();
  };
  const server = createServer(listener).listen(0, "127.0.0.1");
  await once(server, "listening");
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  const base = `http://127.0.0.1:${(server.address() as AddressInfo).port}/builds/`;
  const cacheDir = await temporaryFolder(t);
  const lines: string[] = [];
  const onProgress = (line: string) => void lines.push(line);
  const install = (signal?: AbortSignal) =>
    installFrom([release(base, undefined, answerWithin)], { cacheDir, onProgress, signal });
  const left = () => readdir(join(cacheDir, "engine"));
  return { install, left, lines };
}

test("a sound release is installed", async (t) => {
  const { install, left } = await served(t);
  const engine = await install();
  assert.equal(engine.version, "4.6.3.stable");
  assert.ok(engine.path.endsWith(join("engine", "4.6.3-stable", asset.executable)));
  assert.deepEqual(await left(), ["4.6.3-stable"]);
});

const broken: [name: string, answers: Partial<Answers>, words: RegExp][] = [
  [
    "a wrong sum names both",
    { "SHA512-SUMS.txt": (response) => response.end(`${"a".repeat(128)} *${asset.zip}\n`) },
    new RegExp(`its SHA-512 is ${sum}, not a{128}`),
  ],
  [
    "a list without the file",
    { "SHA512-SUMS.txt": (response) => response.end("<html>Welcome</html>") },
    /has no SHA-512 for Godot_v4\.6\.3-stable/,
  ],
  [
    "no list",
    { "SHA512-SUMS.txt": (response) => response.writeHead(404).end() },
    /SUMS\.txt: HTTP status 404/,
  ],
  ["no archive", { zip: (response) => response.writeHead(404).end() }, /\.zip: HTTP status 404/],
  [
    "an archive too large",
    { zip: (response) => response.setHeader("content-length", 2 ** 30 + 1).write("PK") },
    /larger than 1 GiB/,
  ],
  [
    "a server that cuts off half-way",
    {
      zip: (response) => {
        response.setHeader("content-length", zip.length);
        response.write(zip.subarray(0, zip.length / 2), () => response.destroy());
      },
    },
    /\.zip: (other side closed|terminated|read ECONNRESET)/,
  ],
];

const empty = Buffer.from(zipSync({ ballast: Buffer.from("1") }));
broken.push([
  "an archive without the executable",
  {
    "SHA512-SUMS.txt": (response) =>
      response.end(`${createHash("sha512").update(empty).digest("hex")}  ${asset.zip}\n`),
    zip: (response) => response.end(empty),
  },
  /\.zip has no Godot_v4\.6\.3-stable\S+ in it\./,
]);

for (const [name, answers, words] of broken)
  test(`${name}: nothing is installed`, async (t) => {
    const { install, left } = await served(t, answers);
    await assert.rejects(install(), words);
    assert.deepEqual(await left(), []);
  });

test("a server that accepts and never answers is given up", async (t) => {
  const { install, left } = await served(t, { "SHA512-SUMS.txt": () => {} }, 50);
  await assert.rejects(install(), /SUMS\.txt sent nothing for 0\.05 s/);
  assert.deepEqual(await left(), []);
});

test("a server that sends headers and no more is given up too", async (t) => {
  const { install } = await served(t, { "SHA512-SUMS.txt": (response) => response.flushHeaders() }, 50);
  await assert.rejects(install(), /SUMS\.txt sent nothing for 0\.05 s/);
});

test("where nobody listens, the error says so", async (t) => {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  const options = { cacheDir: await temporaryFolder(t), onProgress: () => {} };
  await assert.rejects(installFrom([release(`http://127.0.0.1:${port}`)], options), /ECONNREFUSED/);
});

test("cancelling in mid-download leaves nothing", async (t) => {
  const cancel = new AbortController();
  const reason = new Error("enough");
  const { install, left } = await served(t, {
    zip: (response) => {
      response.setHeader("content-length", zip.length);
      response.write(zip.subarray(0, 100_000), () => cancel.abort(reason));
    },
  });
  await assert.rejects(install(cancel.signal), reason);
  assert.deepEqual(await left(), []);
});

test("each platform has its file", () => {
  assert.deepEqual(releaseAsset("linux", "x64"), {
    zip: "Godot_v4.6.3-stable_linux.x86_64.zip",
    executable: "Godot_v4.6.3-stable_linux.x86_64",
  });
  assert.equal(releaseAsset("linux", "arm64")?.zip, "Godot_v4.6.3-stable_linux.arm64.zip");
  assert.deepEqual(releaseAsset("darwin", "arm64"), {
    zip: "Godot_v4.6.3-stable_macos.universal.zip",
    executable: "Godot.app/Contents/MacOS/Godot",
  });
  assert.equal(releaseAsset("freebsd", "x64"), undefined);
});
