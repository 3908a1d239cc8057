import assert from "node:assert/strict";
import { test } from "node:test";
import { refuse } from "../../../src/http/guard.ts";

const host = "localhost:8090";

test("a loopback name passes, with a port or without, in any case", () => {
  for (const name of ["localhost", "LocalHost:1", "127.0.0.1", "127.0.0.1:8090", "127.1.2.3", "[::1]:80"]) {
    assert.equal(refuse({ host: name }), undefined);
    assert.equal(refuse({ ":authority": name }), undefined);
  }
});

test("any other name is refused, on both protocols", () => {
  const names = [
    "evil.test",
    "localhost.evil.test",
    "127.0.0.1.evil.test",
    "evil.test:8090",
    "localhost:8090.evil.test",
    "user@localhost",
    "10.0.0.1",
    "0.0.0.0",
    "[::]",
    "",
  ];
  for (const name of names) {
    assert.match(refuse({ host: name }) ?? "", /is not this server's: use localhost/, name);
    assert.match(refuse({ ":authority": name }) ?? "", /is not this server's: use localhost/, name);
  }
});

test("a request without a Host is refused", () => {
  assert.match(refuse({}) ?? "", /^Host "" is not this server's/);
});

test("the authority of HTTP/2 counts, whatever the Host beside it says", () => {
  assert.ok(refuse({ ":authority": "evil.test", host }));
});

test("a page on this machine passes", () => {
  for (const origin of ["http://localhost:3000", "https://127.0.0.1", "http://[::1]:5173"])
    assert.equal(refuse({ host, origin }), undefined);
});

test("a page from elsewhere is refused, also one without an origin to show", () => {
  const origins = [
    "null",
    "",
    "https://evil.test",
    "http://localhost.evil.test",
    "file://",
    "ftp://localhost",
    "https://evil.test/http://localhost",
    "http://localhost@evil.test",
  ];
  for (const origin of origins)
    assert.match(refuse({ host, origin }) ?? "", /may not use this server/, origin);
});

test("a request across sites is refused, the others pass", () => {
  assert.match(refuse({ host, "sec-fetch-site": "cross-site" }) ?? "", /another site/);
  for (const site of ["same-origin", "same-site", "none"])
    assert.equal(refuse({ host, "sec-fetch-site": site }), undefined);
});

test("what is refused is quoted with its control characters escaped", () => {
  assert.ok(refuse({ host: 'a\n"b' })?.includes('"a\\n\\"b"'));
});

test("a foreign Host beside a good authority is refused", () => {
  assert.match(refuse({ ":authority": "localhost", host: "evil.test" }) ?? "", /"evil\.test"/);
});
