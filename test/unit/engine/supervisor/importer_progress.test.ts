import assert from "node:assert/strict";
import { test } from "node:test";
import { ImporterProgress } from "../../../../src/engine/supervisor/importer_progress.ts";

test("the importer says which asset it works on, and when it is done", () => {
  const progress = new ImporterProgress();
  const after = (line: string) => {
    progress.note(line);
    return [progress.work?.name, progress.isDone];
  };
  assert.deepEqual(after("[   0% ] reimport | Preparing files to reimport..."), [undefined, false]);
  assert.deepEqual(after("[  25% ] reimport | a b.gltf"), ["a b.gltf", false]);
  assert.deepEqual(after("[   1% ] import | Running Custom Script..."), ["a b.gltf", false]);
  assert.deepEqual(after("[  75% ] reimport | Finalizing Asset Import..."), [undefined, false]);
  assert.deepEqual(after("[ DONE ] loading_editor_layout"), [undefined, true]);
});
