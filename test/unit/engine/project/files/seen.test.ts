import assert from "node:assert/strict";
import { test } from "node:test";
import { Seen } from "../../../../../src/engine/project/files/seen.ts";

const stamp = (size: number) => ({ size, mtimeMs: 0, ctimeMs: 0 });

/** Folders with a file each. */
function seenOf(count: number): Seen {
  const seen = new Seen();
  for (let number = 0; number < count; number += 1) {
    seen.addFolder(`all/${number}`, `1:${number}`);
    seen.addFile(`all/${number}/a.gd`, stamp(1), false);
  }
  return seen;
}

/** Counts how often it is asked. */
class Counted extends Set<string> {
  asked = 0;
  override has(path: string): boolean {
    this.asked += 1;
    return super.has(path);
  }
}

test("what many removed folders cost grows with their number, not with its square", () => {
  const cost = (count: number) => {
    const paths = new Counted(Array.from({ length: count / 2 }, (_, number) => `all/${number}`));
    const changes = seenOf(count).replace(paths, new Seen());
    assert.equal(changes.length, count / 2);
    return paths.asked;
  };
  const [small, large] = [cost(1_000), cost(10_000)];
  assert.ok(large <= 10 * small, `${small}, ${large}`);
});

test("what is replaced is told as what became of it, and nothing else is touched", () => {
  const seen = seenOf(3);
  const found = new Seen();
  found.addFolder("all/1", "1:1");
  found.addFile("all/1/a.gd", stamp(2), false);
  found.addFile("all/1/.b", stamp(2), true);
  assert.deepEqual(seen.replace(new Set(["all/1", "all/2", "all/11"]), found), [
    { path: "all/1/a.gd", kind: "changed" },
    { path: "all/2/a.gd", kind: "removed" },
    { path: "all/1/.b", kind: "added", outside: true },
  ]);
  assert.deepEqual([...seen.files.keys()], ["all/0/a.gd", "all/1/a.gd"]);
  assert.equal(seen.pathOf("1:1"), "all/1");
  assert.equal(seen.pathOf("1:2"), undefined);
});

test("a file that only leaves Godot's scan is removed, and not added as well", () => {
  const seen = seenOf(1);
  const found = new Seen();
  found.addFile("all/0/a.gd", stamp(1), true);
  assert.deepEqual(seen.replace(new Set(["all/0"]), found), [{ path: "all/0/a.gd", kind: "removed" }]);
});
