import assert from "node:assert/strict";
import { test } from "node:test";
import { dyingWithParent } from "../../../../src/engine/process/parent_death.ts";
import { descriptorTaker } from "../../../support/descriptors.ts";

test("a look for setpriv that had no descriptors left is no answer: the next one looks again", {
  skip: process.platform !== "linux",
}, async (context) => {
  const takeAll = await descriptorTaker();
  if (!takeAll) return context.skip("This machine has no prlimit.");
  const giveBack = takeAll();
  const during = dyingWithParent("godot", ["--headless"]);
  giveBack();
  assert.deepEqual(during, ["godot", ["--headless"]]);
  assert.equal(dyingWithParent("godot", ["--headless"])[0], "setpriv");
});
