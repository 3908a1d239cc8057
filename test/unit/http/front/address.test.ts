import assert from "node:assert/strict";
import { test } from "node:test";
import { readConfig } from "../../../../src/config/read.ts";
import { urlOf } from "../../../../src/http/front/address.ts";

test("the server is told by an address that nobody else can have, unless a certificate says who it is", () => {
  const told = (...flags: string[]) =>
    urlOf({ ...readConfig([], {}), ...Object.fromEntries(flags.map(entry)) }, 1);
  const entry = (flag: string) => flag.split("=") as [string, string];
  assert.equal(told(), "http://127.0.0.1:1");
  assert.equal(told("host=127.0.0.1"), "http://127.0.0.1:1");
  assert.equal(told("host=0.0.0.0"), "http://127.0.0.1:1");
  assert.equal(told("host=::1"), "http://[::1]:1");
  assert.equal(told("host=127.0.0.1", "tlsCert=a certificate"), "https://localhost:1");
});
