import assert from "node:assert/strict";
import { test } from "node:test";
import { paced } from "../../../../src/engine/install/progress.ts";

test("counts that follow at once are dropped, new sentences never", () => {
  const lines: string[] = [];
  const onProgress = paced((line) => lines.push(line));
  for (const line of ["Looking", "Unpacking (1/9)", "Unpacking (2/9)", "Unpacking (3/9)", "Linking"])
    onProgress(line);
  assert.deepEqual(lines, ["Looking", "Unpacking (1/9)", "Linking"]);
});
