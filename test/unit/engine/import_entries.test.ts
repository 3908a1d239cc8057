import assert from "node:assert/strict";
import { test } from "node:test";
import { isImportIssue, withAsset } from "../../../src/engine/import_entries.ts";
import type { RawEntry } from "../../../src/engine/log_parser.ts";
import type { LogEntry } from "../../../src/model.ts";
import { preparing } from "../../support/imports.ts";
import { temporaryProject } from "../../support/project.ts";

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
  const { file, line, function: inside } = withAsset(error("Error loading image: 'res://a b.png'."));
  assert.deepEqual({ file, line, inside }, { file: "res://a b.png", line: undefined, inside: undefined });
});

test("an error that is in the project, or names no asset, stays where it is", () => {
  const inScript = error("Cannot open 'res://a.png'", { file: "res://plugin.gd", line: 3 });
  assert.deepEqual(withAsset(inScript), inScript);
  const nameless = error('Condition "!success" is true.');
  assert.deepEqual(withAsset(nameless), nameless);
});

test("what the importer says of its own end is no fault of the project", () => {
  const noise = [
    "1 RID allocations of type 'N10RendererRD10FontDataE' were leaked at exit.",
    "3 resources still in use at exit (run with --verbose for details).",
    "Pages in use exist at exit in PagedAllocator: N7Variant5Pools11BucketSmallE",
    "ObjectDB instances leaked at exit (run with --verbose for details).",
  ];
  for (const message of noise) assert.equal(isImportIssue(error(message) as LogEntry), false, message);
  const faults = [error("Error importing 'res://leaked.ogg'."), error("leaked", { file: "res://plugin.gd" })];
  for (const fault of faults) assert.ok(isImportIssue(withAsset(fault) as LogEntry), fault.message);
  assert.equal(isImportIssue(error("x", { severity: "WARN" }) as LogEntry), false);
  assert.equal(isImportIssue(error("x", { source: "SCRIPT" }) as LogEntry), false);
});

test("a start tells what its import could not import, and the next one, without an import, nothing", async (t) => {
  const root = await temporaryProject(t, { "broken.png": "no picture", "below/broken.ogg": "no sound" });
  const { prepare } = await preparing(t, root);
  const first = await prepare();
  assert.deepEqual(
    first.importIssues.filter(({ message }) => message.startsWith("Error importing")).map(({ file }) => file),
    ["res://below/broken.ogg", "res://broken.png"],
  );
  assert.equal(first.importIssues.every(isImportIssue), true);
  assert.deepEqual((await prepare()).importIssues, []);
});
