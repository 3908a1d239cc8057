import assert from "node:assert/strict";
import type { IncomingHttpHeaders } from "node:http";
import { test } from "node:test";
import { Guard, type GuardOptions } from "../../../../src/http/front/guard.ts";

const host = "localhost:8090";
const nothing: GuardOptions = { allowedHosts: [], allowedOrigins: [], token: undefined };
const refuse = (headers: IncomingHttpHeaders, options: Partial<GuardOptions> = {}) =>
  new Guard({ ...nothing, ...options }).refuseSender(headers)?.message;

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

test("a page of this server's own passes, on both protocols", () => {
  for (const origin of [`http://${host}`, `https://${host}`]) {
    assert.equal(refuse({ host, origin }), undefined);
    assert.equal(refuse({ ":authority": host, origin }), undefined);
  }
});

test("a page of another server on this machine is refused", () => {
  for (const origin of ["http://localhost:3000", "https://127.0.0.1", "http://[::1]:5173"])
    assert.match(refuse({ host, origin }) ?? "", /--allowed-origin/, origin);
});

test("over TLS, a page of this server's own came over https", () => {
  const options = { isSecure: true };
  assert.equal(refuse({ host, origin: `https://${host}` }, options), undefined);
  assert.match(refuse({ host, origin: `http://${host}` }, options) ?? "", /may not use this server/);
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
  assert.match(refuse({ host, "sec-fetch-site": "same-site" }) ?? "", /another port/);
  for (const site of ["same-origin", "none"])
    assert.equal(refuse({ host, "sec-fetch-site": site }), undefined);
});

test("what is refused is quoted with its control characters escaped", () => {
  assert.ok(refuse({ host: 'a\n"b' })?.includes('"a\\n\\"b"'));
});

test("a foreign Host beside a good authority is refused", () => {
  assert.match(refuse({ ":authority": "localhost", host: "evil.test" }) ?? "", /"evil\.test"/);
});

test("a name that was allowed passes, in any case and with any port, and no other", () => {
  const options = { allowedHosts: ["game.lan", "::1"] };
  assert.equal(refuse({ host: "Game.LAN:9000" }, options), undefined);
  for (const name of ["evil.game.lan", "game.lan.evil.test", "game.lan@evil.test"])
    assert.match(refuse({ host: name }, options) ?? "", /--allowed-host/, name);
});

test("an address of IPv6 that was allowed passes in its brackets, however either is spelled", () => {
  for (const allowed of ["fd00::5", "FD00:0:0::5", "[fd00::5]"])
    for (const name of ["[fd00::5]:8090", "[fd00::5]", "[FD00::0:5]:1"]) {
      assert.equal(refuse({ host: name }, { allowedHosts: [allowed] }), undefined, `${allowed}, ${name}`);
      assert.equal(refuse({ ":authority": name }, { allowedHosts: [allowed] }), undefined);
    }
  for (const name of ["[fd00::6]:8090", "fd00::5", "[fd00::5].evil.test", "[[fd00::5]]"])
    assert.ok(refuse({ host: name }, { allowedHosts: ["fd00::5"] }), name);
});

test("a page from an origin that was allowed passes, though it is of another site", () => {
  const options = { allowedOrigins: ["https://app.example"] };
  const crossing = { host, "sec-fetch-site": "cross-site" };
  assert.equal(refuse({ ...crossing, origin: "https://app.example" }, options), undefined);
  for (const origin of [
    "http://app.example",
    "https://app.example:444",
    "https://app.example.evil.test",
    "null",
  ])
    assert.match(refuse({ ...crossing, origin }, options) ?? "", /--allowed-origin/, origin);
  assert.match(refuse(crossing, options) ?? "", /another site/);
});

test("without a token to demand, none is looked at", () => {
  assert.equal(new Guard(nothing).refuseToken({}), undefined);
  assert.equal(new Guard(nothing).refuseToken({ authorization: "Bearer anything" }), undefined);
});

test("the token passes, and nothing else", () => {
  const guard = new Guard({ ...nothing, token: "correct-horse-battery" });
  for (const authorization of ["Bearer correct-horse-battery", "bearer  correct-horse-battery "])
    assert.equal(guard.refuseToken({ authorization }), undefined);
  const wrong = [
    undefined,
    "",
    "Bearer",
    "Bearer ",
    "correct-horse-battery",
    "Basic correct-horse-battery",
    "Bearer correct-horse-batter",
    "Bearer correct-horse-battery1",
    "Bearer Correct-horse-battery",
    "Bearer x correct-horse-battery",
  ];
  for (const authorization of wrong) {
    const refusal = guard.refuseToken({ ...(authorization !== undefined && { authorization }) });
    assert.equal(refusal?.reason, "UNAUTHENTICATED", authorization);
    assert.ok(!refusal.message.includes("horse"));
  }
});
