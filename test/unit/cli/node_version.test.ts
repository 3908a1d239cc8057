import assert from "node:assert/strict";
import { join } from "node:path";
import { describe, test } from "node:test";
import { execa } from "execa";
import { nodeProblem } from "../../../src/cli/node_version.ts";
import { neededNode } from "../../../src/version.ts";

describe("a Node is new enough from the version on that the manifest names:", () => {
  const rows: readonly [string, boolean][] = [
    ["18.20.4", false],
    ["20.20.2", false],
    ["22.9.0", false],
    ["22.17.1", false],
    ["22.18.0", true],
    ["22.20.0", true],
    ["24.0.0", true],
    ["100.0.0-nightly", true],
  ];
  for (const [present, expected] of rows)
    test(`${present}: ${expected ? "yes" : "no"}`, () => {
      assert.equal(nodeProblem(present, ">=22.18") === undefined, expected);
    });
});

test("the Node of these tests is new enough", () => {
  assert.equal(nodeProblem(process.versions.node, neededNode), undefined);
});

test("an older Node is told in one line, before anything is loaded that it cannot read", async () => {
  // A Node that says that it is old, and has no package at all.
  const old = `
    import { registerHooks } from "node:module";
    Object.defineProperty(process, "versions", { value: { ...process.versions, node: "20.20.2" } });
    registerHooks({
      resolve(name, context, next) {
        if (/^[a-z@]/.test(name) && !name.startsWith("node:") && !name.startsWith("file:")) throw new Error(name);
        return next(name, context);
      },
    });`;
  const main = join(import.meta.dirname, "../../../src/main.ts");
  const args = ["--import", `data:text/javascript,${encodeURIComponent(old)}`, main, "--version"];
  const { exitCode, stdout, stderr } = await execa(process.execPath, args, { reject: false });
  assert.deepEqual([exitCode, stdout], [1, ""]);
  assert.equal(stderr, "godot-control: Node 22.18 or newer is needed, and this is 20.20.2.");
});
