import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { dotNetGap, versionGap } from "../../../../src/engine/install/version_gap.ts";

test("an engine older than the project is named, with both versions and what to do", () => {
  assert.equal(
    versionGap({ major: 4, minor: 7 }, "4.6.3.stable"),
    "The project was made with Godot 4.7, and this engine is Godot 4.6.3: what fails may fail for that reason. Run it with Godot 4.7 or newer (--godot-version 4.7, --godot-path).",
  );
  assert.match(versionGap({ major: 4, minor: 10 }, "4.9.dev2") ?? "", /this engine is Godot 4\.9\.dev2:/);
  assert.ok(versionGap({ major: 5, minor: 0 }, "4.6.stable"));
});

describe("nothing is said of", () => {
  const cases: [name: string, project: { major: number; minor: number } | undefined, engine: string][] = [
    ["the same version", { major: 4, minor: 6 }, "4.6.3.stable"],
    ["a newer engine", { major: 4, minor: 4 }, "4.6.3.stable"],
    ["a minor of two digits", { major: 4, minor: 9 }, "4.10.stable"],
    ["the next major", { major: 4, minor: 9 }, "5.0.stable"],
    ["a project that does not say", undefined, "4.6.3.stable"],
  ];
  for (const [name, project, engine] of cases)
    test(name, () => assert.equal(versionGap(project, engine), undefined));
});

test("an engine without .NET is named where the project has scripts in C#", () => {
  assert.match(dotNetGap(true, "4.6.3.stable") ?? "", /this Godot has no \.NET.*--godot-path/);
  assert.equal(dotNetGap(true, "4.6.3.stable.mono"), undefined);
  assert.equal(dotNetGap(false, "4.6.3.stable"), undefined);
});
