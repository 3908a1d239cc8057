import assert from "node:assert/strict";
import { test } from "node:test";
import { readConfig } from "../../../../src/config/read.ts";
import { readToken } from "../../../../src/http/front/credentials.ts";

test("a token that is set, and empty or short, is refused: without one everybody might come in", () => {
  for (const token of ["", "short", "with spaces in between it"])
    assert.throws(
      () => readToken(readConfig([], { GODOT_CONTROL_TOKEN: token })),
      /GODOT_CONTROL_TOKEN must hold at least 16 printable characters/,
      token,
    );
  assert.equal(readToken(readConfig([], {})), undefined);
});
