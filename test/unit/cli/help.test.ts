import assert from "node:assert/strict";
import { test } from "node:test";
import { help } from "../../../src/cli/help.ts";
import { options } from "../../../src/config/options.ts";

const lines = help().split("\n");

for (const [flag, option] of Object.entries(options))
  test(`the help names --${flag}, what it does and its environment variable`, () => {
    const index = lines.findIndex((line) => new RegExp(`^ {2}--${flag}( |$)`).test(line));
    assert.ok(index >= 0);
    const shown = lines.slice(index, index + 2).join("\n");
    assert.ok(shown.includes(option.help));
    if ("value" in option) assert.ok(shown.includes(`--${flag} ${option.value}`));
    const usual = "number" in option ? ` (default: ${option.number.default})` : "";
    if ("env" in option) assert.ok(shown.includes(`${option.help}${usual} [${option.env}]`));
  });

test("the help names every command", () => {
  for (const command of ["engine install", "addon install PROJECT", "addon remove PROJECT"])
    assert.ok(help().includes(`godot-control ${command}`));
});
