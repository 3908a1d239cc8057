import assert from "node:assert/strict";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import {
  debianArchives,
  parseDeb822,
  parseOneLine,
  readArchives,
} from "../../../../src/engine/install/apt_sources.ts";

test("one-line: options, comments and disabled lines", () => {
  const entries = parseOneLine(`
# deb http://off.example.org/debian bookworm main
deb [ arch=amd64,arm64 signed-by=/keys/a.gpg,/keys/b.gpg ] http://a.example.org/debian/ bookworm main contrib # ours
deb-src http://a.example.org/debian bookworm main
deb http://b.example.org/debian bookworm main
deb [trusted=yes] http://c.example.org/flat ./
deb
`);
  assert.deepEqual(entries, [
    {
      uris: ["http://a.example.org/debian/"],
      suites: ["bookworm"],
      components: ["main", "contrib"],
      signedBy: "/keys/a.gpg /keys/b.gpg",
    },
    {
      uris: ["http://b.example.org/debian"],
      suites: ["bookworm"],
      components: ["main"],
      signedBy: undefined,
    },
    { uris: ["http://c.example.org/flat"], suites: ["./"], components: [], signedBy: undefined },
  ]);
});

test("deb822: several addresses and suites, comments between fields, and a path for the key", () => {
  const entries = parseDeb822(`# the main archive
Types: deb deb-src
# http://commented.example.org/debian
URIs: http://a.example.org/debian
 http://b.example.org/debian
suites: bookworm bookworm-updates
Components: main
Signed-By: /keys/archive.gpg

Types: deb-src
URIs: http://sources.example.org/debian
Suites: bookworm
Components: main
`);
  assert.deepEqual(entries, [
    {
      uris: ["http://a.example.org/debian", "http://b.example.org/debian"],
      suites: ["bookworm", "bookworm-updates"],
      components: ["main"],
      signedBy: "/keys/archive.gpg",
    },
  ]);
});

test("deb822: a key written into the file is kept line by line", () => {
  const key = "-----BEGIN PGP PUBLIC KEY BLOCK-----\n .\n mDMEY865UxYJ\n -----END PGP PUBLIC KEY BLOCK-----";
  const [entry] = parseDeb822(
    `Types: deb\nURIs: http://a.example.org/debian\nSuites: sid\nComponents: main\nSigned-By:\n ${key}\n`,
  );
  assert.equal(entry?.signedBy, key);
});

test("deb822: disabled paragraphs are left out, Windows line ends do no harm", () => {
  const paragraph = (enabled: string) =>
    `Types: deb\r\nURIs: http://${enabled}.example.org/debian\r\nSuites: sid\r\nComponents: main\r\nEnabled: ${enabled}\r\n`;
  const entries = parseDeb822(`${paragraph("no")}\r\n${paragraph("yes")}\r\n${paragraph("FALSE")}`);
  assert.deepEqual(
    entries.map(({ uris }) => uris),
    [["http://yes.example.org/debian"]],
  );
});

test("only what looks like Debian's main archive counts, each address once", () => {
  const entry = (uri: string, suite = "bookworm", components = ["main"], signedBy?: string) => ({
    uris: [uri],
    suites: [suite],
    components,
    signedBy,
  });
  const archives = debianArchives([
    entry("http://a.example.org/debian"),
    entry("http://a.example.org/debian/", "bookworm-updates"),
    entry("http://a.example.org/debian", "bookworm-security"),
    entry("http://a.example.org/debian-security", "bookworm-security"),
    entry("http://a.example.org/debian-security", "bookworm/updates"),
    entry("http://a.example.org/ubuntu", "noble"),
    entry("https://tool.example.org/linux/debian", "bookworm", ["stable"]),
    entry("cdrom:[Debian]/debian", "bookworm"),
    entry(
      "http://b.example.org/archive/debian/20260101T000000Z",
      "sid",
      ["main"],
      "/keys/debian-archive-keyring.gpg",
    ),
    entry("https://c.example.org/artifacts/debian-remote"),
  ]);
  assert.deepEqual(
    archives.map(({ uri }) => uri),
    [
      "http://b.example.org/archive/debian/20260101T000000Z",
      "http://a.example.org/debian",
      "https://c.example.org/artifacts/debian-remote",
    ],
  );
});

test("a machine's sources are read from both places and formats; other files are ignored", async (t) => {
  const folder = await mkdtemp(join(tmpdir(), "apt-"));
  t.after(() => rm(folder, { recursive: true }));
  const parts = join(folder, "sources.list.d");
  await mkdir(parts);
  await writeFile(join(folder, "sources.list"), "deb http://a.example.org/debian bookworm main\n");
  await writeFile(join(parts, "b.list"), "deb http://b.example.org/debian bookworm main\n");
  await writeFile(
    join(parts, "c.sources"),
    "Types: deb\nURIs: http://c.example.org/debian\nSuites: sid\nComponents: main\n",
  );
  await writeFile(join(parts, "d.list.disabled"), "deb http://d.example.org/debian bookworm main\n");
  await mkdir(join(parts, "folder.list"));
  assert.deepEqual(await readArchives(folder), [
    { uri: "http://a.example.org/debian", signedBy: undefined },
    { uri: "http://b.example.org/debian", signedBy: undefined },
    { uri: "http://c.example.org/debian", signedBy: undefined },
  ]);
  assert.deepEqual(await readArchives(join(folder, "missing")), []);
});
