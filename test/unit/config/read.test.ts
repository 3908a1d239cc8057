import assert from "node:assert/strict";
import { homedir } from "node:os";
import { join, resolve } from "node:path";
import { describe, test } from "node:test";
import { defaultDownloadUrl, demoProject } from "../../../src/config/check.ts";
import { type Config, UsageError } from "../../../src/config/config.ts";
import { parseFlags, readConfig } from "../../../src/config/read.ts";

test("without flags and environment there are the defaults, and they cannot be changed", () => {
  const config = readConfig([], {});
  assert.deepEqual({ ...config }, {
    host: "127.0.0.1",
    port: 8090,
    godotPort: 8080,
    godotTokenFile: undefined,
    godotPath: undefined,
    godotVersion: undefined,
    projectPath: demoProject,
    autostart: true,
    monitor: true,
    autoLoadScene: false,
    scenePath: undefined,
    allowedHosts: ["127.0.0.1"],
    allowedOrigins: [],
    token: undefined,
    tokenFile: undefined,
    tlsCert: undefined,
    tlsKey: undefined,
    windowed: false,
    requirePlayer: false,
    playerGroup: "player",
    playerName: "Player",
    playerTimeout: 30_000,
    startTimeout: 30_000,
    loadTimeout: 30_000,
    stopTimeout: 8_000,
    closeTimeout: 9_000,
    hangTimeout: 40_000,
    cacheDir: join(homedir(), ".cache", "godot-control"),
    downloadUrl: defaultDownloadUrl,
    install: true,
    logFormat: "text",
  } satisfies Config);
  assert.ok(Object.isFrozen(config));
});

test("each flag sets its one field", () => {
  const cases: [string[], Partial<Config>][] = [
    [["--project-path", "game"], { projectPath: resolve("game") }],
    [["--port", "0"], { port: 0 }],
    [["--port=65535"], { port: 65535 }],
    [["--godot-port", "9000"], { godotPort: 9000 }],
    [["--godot-path", "godot4"], { godotPath: "godot4" }],
    [["--godot-version", "4.6"], { godotVersion: "4.6" }],
    [["--godot-version=4.10.2"], { godotVersion: "4.10.2" }],
    [["--no-install"], { install: false }],
    [["--download-url", "http://localhost:1/godot//"], { downloadUrl: "http://localhost:1/godot" }],
    [["--cache-dir", "cache"], { cacheDir: resolve("cache") }],
    [["--no-autostart"], { autostart: false }],
    [["--no-monitor"], { monitor: false }],
    [["--auto-load-scene"], { autoLoadScene: true }],
    [["--scene-path", "res://a.tscn"], { scenePath: "res://a.tscn" }],
    [["--scene-path", "uid://abc"], { scenePath: "uid://abc" }],
    [["--windowed"], { windowed: true }],
    [["--require-player"], { requirePlayer: true }],
    [["--player-group", "heroes"], { playerGroup: "heroes" }],
    [["--player-name", "Hero"], { playerName: "Hero" }],
    [["--player-timeout", "1.5"], { playerTimeout: 1500 }],
    [["--start-timeout", "0.1"], { startTimeout: 100 }],
    [["--load-timeout", "3600"], { loadTimeout: 3_600_000 }],
    [["--stop-timeout", "2"], { stopTimeout: 2000 }],
    [["--close-timeout", "20"], { closeTimeout: 20_000 }],
    [["--hang-timeout", "1"], { hangTimeout: 1000 }],
    [["--log-format", "json"], { logFormat: "json" }],
    [["--host", "::1"], { host: "::1", allowedHosts: ["::1"] }],
    [["--allowed-host", "game.lan, other.lan"], { allowedHosts: ["game.lan", "other.lan", "127.0.0.1"] }],
    [["--allowed-origin", "https://app.example"], { allowedOrigins: ["https://app.example"] }],
    [["--token-file", "token"], { tokenFile: resolve("token") }],
    [["--tls-cert", "c.pem", "--tls-key", "k.pem"], { tlsCert: resolve("c.pem"), tlsKey: resolve("k.pem") }],
  ];
  const defaults = readConfig([], {});
  for (const [args, change] of cases)
    assert.deepEqual({ ...readConfig(args, {}) }, { ...defaults, ...change }, args.join(" "));
});

describe("the environment", () => {
  const cases: [string, string, string, Partial<Config>, Partial<Config>][] = [
    [
      "GODOT_PROJECT_PATH",
      "game",
      "--project-path=other",
      { projectPath: resolve("game") },
      { projectPath: resolve("other") },
    ],
    ["GODOT_SERVER_PORT", "9001", "--port=9002", { port: 9001 }, { port: 9002 }],
    ["GODOT_API_PORT", "9001", "--godot-port=9002", { godotPort: 9001 }, { godotPort: 9002 }],
    ["GODOT_EXECUTABLE_PATH", "a", "--godot-path=b", { godotPath: "a" }, { godotPath: "b" }],
    [
      "GODOT_DOWNLOAD_URL",
      "http://a.test",
      "--download-url=http://b.test",
      { downloadUrl: "http://a.test" },
      { downloadUrl: "http://b.test" },
    ],
    ["GODOT_CONTROL_CACHE", "a", "--cache-dir=b", { cacheDir: resolve("a") }, { cacheDir: resolve("b") }],
  ];
  const defaults = readConfig([], {});
  for (const [variable, value, flag, byVariable, byFlag] of cases)
    test(`${variable} stands for its flag, which comes before it; empty is unset`, () => {
      assert.deepEqual({ ...readConfig([], { [variable]: value }) }, { ...defaults, ...byVariable });
      assert.deepEqual({ ...readConfig([flag], { [variable]: value }) }, { ...defaults, ...byFlag });
      assert.deepEqual({ ...readConfig([], { [variable]: "" }) }, { ...defaults });
    });

  test("XDG_CACHE_HOME moves the cache", () => {
    assert.equal(readConfig([], { XDG_CACHE_HOME: "/xdg" }).cacheDir, join("/xdg", "godot-control"));
  });

  test("under systemd the log is JSON, unless a flag says otherwise", () => {
    assert.equal(readConfig([], { INVOCATION_ID: "1" }).logFormat, "json");
    assert.equal(readConfig([], { JOURNAL_STREAM: "8:1" }).logFormat, "json");
    assert.equal(readConfig(["--log-format=text"], { INVOCATION_ID: "1" }).logFormat, "text");
  });
});

describe("what cannot be understood", () => {
  const cases: [string[], Record<string, string>, string][] = [
    [["--port", "http"], {}, '--port must be a port from 0 to 65535, not "http"'],
    [["--port", "65536"], {}, '--port must be a port from 0 to 65535, not "65536"'],
    [["--port=-1"], {}, '--port must be a port from 0 to 65535, not "-1"'],
    [["--port="], {}, '--port must be a port from 0 to 65535, not ""'],
    [["--port", "0x50"], {}, '--port must be a port from 0 to 65535, not "0x50"'],
    [[], { GODOT_SERVER_PORT: "x" }, 'GODOT_SERVER_PORT must be a port from 0 to 65535, not "x"'],
    [[], { GODOT_API_PORT: "1.5" }, 'GODOT_API_PORT must be a port from 0 to 65535, not "1.5"'],
    [["--start-timeout", "soon"], {}, '--start-timeout must be 0.1 to 3600 seconds, not "soon"'],
    [["--load-timeout", "0"], {}, '--load-timeout must be 0.1 to 3600 seconds, not "0"'],
    [["--stop-timeout", "3601"], {}, '--stop-timeout must be 0.1 to 3600 seconds, not "3601"'],
    [["--player-timeout", "1e3"], {}, '--player-timeout must be 0.1 to 3600 seconds, not "1e3"'],
    [["--hang-timeout", "0.5"], {}, '--hang-timeout must be 1 to 3600 seconds, not "0.5"'],
    [["--log-format", "xml"], {}, '--log-format must be text or json, not "xml"'],
    [["--scene-path", "main.tscn"], {}, '--scene-path must be a res:// or uid:// path, not "main.tscn"'],
    ...["4", "4.4", "4.6-stable", "5.0", "4.05", ""].map(
      (version): [string[], Record<string, string>, string] => [
        [`--godot-version=${version}`],
        {},
        `--godot-version must be 4.5 or newer, such as 4.6 or 4.6.3, not "${version}"`,
      ],
    ),
    [["--download-url", "mirror"], {}, '--download-url must be an address, not "mirror"'],
    [[], { GODOT_DOWNLOAD_URL: "mirror" }, 'GODOT_DOWNLOAD_URL must be an address, not "mirror"'],
    [["--prot", "1"], {}, "unknown option '--prot' (--help shows them all)"],
    [
      ["--load-timeout", "-1"],
      {},
      "--load-timeout has no value; one that begins with a dash is written --load-timeout=-…",
    ],
    [["-x"], {}, "unknown option '-x' (--help shows them all)"],
    [["--port"], {}, "option '--port <value>' argument missing"],
    [["--windowed=yes"], {}, "option '--windowed' does not take an argument"],
    [["game"], {}, "unexpected argument 'game'. This command does not take positional arguments"],
  ];
  for (const [args, env, message] of cases)
    test(message, () => {
      assert.throws(() => readConfig(args, env), new UsageError(message));
    });
});

test("flags are read as they were typed, for commands that share them", () => {
  assert.deepEqual({ ...parseFlags(["--help", "--port", "x"]) }, { help: true, port: "x" });
});

test("every usage error is one line", () => {
  assert.throws(
    () => readConfig(["--port", "--windowed"], {}),
    (error: Error) => error instanceof UsageError && !error.message.includes("\n"),
  );
});

describe("an address beyond loopback", () => {
  const token = { GODOT_CONTROL_TOKEN: "correct-horse-battery" };
  const tls = ["--tls-cert", "c.pem", "--tls-key", "k.pem"];

  test("needs a token, and TLS or a proxy that does it", () => {
    for (const host of ["0.0.0.0", "::", "192.168.1.5", "game.lan"]) {
      assert.throws(() => readConfig(["--host", host], {}), /set a token with --token-file/);
      assert.throws(() => readConfig(["--host", host, ...tls], {}), /set a token with --token-file/);
      assert.throws(() => readConfig(["--host", host], token), /--tls-cert and --tls-key, or --behind-proxy/);
      assert.equal(readConfig(["--host", host, ...tls], token).host, host);
      assert.equal(readConfig(["--host", host, "--behind-proxy"], token).host, host);
    }
  });

  test("is a name that it may be called by, unless it is every address", () => {
    const hosts = (host: string) => readConfig(["--host", host, ...tls], token).allowedHosts;
    assert.deepEqual(hosts("192.168.1.5"), ["192.168.1.5"]);
    assert.deepEqual(hosts("0.0.0.0"), []);
  });

  test("takes no token from the command line", () => {
    assert.throws(() => readConfig(["--token", "correct-horse-battery"], {}), UsageError);
  });
});

test("a certificate without its key, and an origin that is none, are refused", () => {
  assert.throws(() => readConfig(["--tls-cert", "c.pem"], {}), /belong together/);
  for (const origin of ["app.example", "https://app.example/path", "*"])
    assert.throws(() => readConfig(["--allowed-origin", origin], {}), /takes origins such as/, origin);
});

test("a host that no request can name is refused", () => {
  for (const name of ["*", "app.example:8090", "https://app.example", "app.example/path"])
    assert.throws(() => readConfig(["--allowed-host", name], {}), /takes names without a port/, name);
  const { allowedHosts } = readConfig(["--allowed-host", "app.example, ::1 [fe80::1]"], {});
  assert.deepEqual(allowedHosts.slice(0, 3), ["app.example", "::1", "[fe80::1]"]);
});
