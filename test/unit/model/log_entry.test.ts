import assert from "node:assert/strict";
import { test } from "node:test";
import { inOneLine, theEngineSays } from "../../../src/model/log_entry.ts";
import { logEntry as entry } from "../../support/log_entry.ts";

test("an entry is told in one line, with its place where it has one", () => {
  assert.equal(inOneLine(entry("a\n  b\nc")), "a b c");
  assert.equal(inOneLine(entry("a", { file: "res://a.gd" })), "res://a.gd: a");
  assert.equal(inOneLine(entry("a", { file: "res://a.gd", line: 3 })), "res://a.gd:3: a");
});

test("of what the engine says, the first three errors are quoted", () => {
  const many = ["a", "b", "c", "d", "e"].map((word) => entry(word));
  assert.equal(theEngineSays(many), " The engine says: a | b | c | and 2 more");
  assert.equal(theEngineSays(many.slice(0, 3)), " The engine says: a | b | c");
  assert.equal(theEngineSays([entry("hm", { severity: "WARN" })]), "");
});
