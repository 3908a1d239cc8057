import assert from "node:assert/strict";
import { test } from "node:test";
import type { RawEntry } from "../../../../src/engine/process/log_parser.ts";
import { areFinal, isImportIssue, withAsset } from "../../../../src/engine/supervisor/import_entries.ts";
import type { LogEntry } from "../../../../src/model/log_entry.ts";

const error = (message: string, more: Partial<RawEntry> = {}): RawEntry => ({
  severity: "ERROR",
  source: "IMPORT",
  message,
  file: "core/io/image_loader.cpp",
  line: 100,
  function: "load_image",
  backtrace: [],
  ...more,
});

test("an error that names an asset is at that asset", () => {
  assert.equal(
    withAsset(error("Error importing 'res://Kenney's pack/a.png'.")).file,
    "res://Kenney's pack/a.png",
  );
  const { file, line, function: inside } = withAsset(error("Error loading image: 'res://a b.png'."));
  assert.deepEqual({ file, line, inside }, { file: "res://a b.png", line: undefined, inside: undefined });
});

test("an error that names a line of a text is there", () => {
  const { file, line } = withAsset(error("res://a.tscn:4 - Parse Error: Unexpected end of file."));
  assert.deepEqual({ file, line }, { file: "res://a.tscn", line: 4 });
});

test("an error that is in the project, or names no asset, stays where it is", () => {
  const inScript = error("Cannot open 'res://a.png'", { file: "res://plugin.gd", line: 3 });
  assert.deepEqual(withAsset(inScript), inScript);
  const nameless = error('Condition "!success" is true.');
  assert.deepEqual(withAsset(nameless), nameless);
});

test("only an asset that could not be imported is a fault of the import", () => {
  const others = [
    "3 resources still in use at exit (run with --verbose for details).",
    'Condition "!success" is true.',
    // Whoever loads a scene or a script is told what is wrong with it.
    "Failed loading 'res://main.tscn'",
    "Cannot open 'res://player.gd'",
  ];
  for (const message of others)
    assert.equal(isImportIssue(withAsset(error(message)) as LogEntry), false, message);
  const fault = withAsset(error("Error importing 'res://leaked.ogg'.")) as LogEntry;
  assert.ok(isImportIssue(fault));
  assert.equal(isImportIssue({ ...fault, severity: "WARN" }), false);
  assert.equal(isImportIssue({ ...fault, source: "SCRIPT" }), false);
});

test("another import would say the same of a broken picture or text, and not of what is made of others", () => {
  const are = (...errors: readonly [file: string, message: string][]) =>
    areFinal(errors.map(([file, message]) => error(message, { file }) as LogEntry));
  const nameless = ["core/io/image_loader.cpp", 'Condition "!success" is true.'] as const;
  const picture = ["res://a.PNG", "Error importing 'res://a.PNG'."] as const;
  const text = ["res://a.tscn", "res://a.tscn:3 - Parse Error: Unexpected end of file."] as const;
  assert.ok(are([...nameless], [...picture], [...text]));
  assert.ok(!are([...nameless]));
  const missing = "Parse Error: [ext_resource] referenced non-existent resource at: res://icon.png.";
  for (const [file, message] of [
    ["res://a.tscn", `res://a.tscn:3 - ${missing}`],
    ["res://a.gltf", "Error importing 'res://a.gltf'."],
    ["res://a.gd", 'Parse Error: Could not preload resource file "res://icon.png".'],
    ["res://a.translation", "Cannot open file 'res://a.translation'."],
  ] as const)
    assert.ok(!are([...picture], [file, message]), file);
});
