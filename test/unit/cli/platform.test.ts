import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { execa } from "execa";
import { platformProblem } from "../../../src/cli/platform.ts";

test("Linux and macOS have no problem", () => {
  for (const platform of ["linux", "darwin"] as const) assert.equal(platformProblem(platform), undefined);
});

test("Windows is named, with what to do, before anything is loaded", async () => {
  const windows = `Object.defineProperty(process, "platform", { value: "win32" });`;
  const main = join(import.meta.dirname, "../../../src/main.ts");
  const args = ["--import", `data:text/javascript,${encodeURIComponent(windows)}`, main, "--version"];
  const { exitCode, stdout, stderr } = await execa(process.execPath, args, { reject: false });
  assert.deepEqual([exitCode, stdout], [1, ""]);
  assert.match(stderr, /^godot-control: Windows is not supported: .* Run it in WSL/);
});
