import assert from "node:assert/strict";
import { test } from "node:test";
import { BootScene } from "../../../../src/engine/supervisor/boot_scene.ts";

const main = "res://main.tscn";
const level = "res://level.tscn";

/** One whose project starts with its main scene. */
function bootScene(): BootScene {
  const scene = new BootScene();
  scene.initial = main;
  return scene;
}

/** Runs that begin and end in a crash while they load; what each began with. */
const crashLoading = (scene: BootScene, runs: number) =>
  Array.from({ length: runs }, () => {
    const taken = scene.take();
    scene.crashed(scene.onItsWay);
    return taken;
  });

test("a project without a main scene boots into none", () => {
  assert.equal(new BootScene().take(), undefined);
});

test("the first run boots into the main scene", () => {
  assert.equal(bootScene().take(), main);
});

test("after a restart the scene that was proved last is loaded again", () => {
  const scene = bootScene();
  scene.verified(level);
  scene.crashed(scene.onItsWay);
  assert.equal(scene.take(), level);
});

test("a scene that is asked for comes before all, once", () => {
  const scene = bootScene();
  scene.verified(main);
  scene.want(level);
  assert.deepEqual([scene.take(), scene.take()], [level, main]);
});

test("a scene that crashed the engine twice while it loaded is not booted into again", () => {
  const scene = bootScene();
  scene.verified(level);
  assert.deepEqual(crashLoading(scene, 3), [level, level, main]);
});

test("when every scene crashes, the engine boots into none", () => {
  const scene = bootScene();
  assert.deepEqual(crashLoading(scene, 3), [main, main, undefined]);
});

test("a crash while a scene loads on request counts as well", () => {
  const scene = bootScene();
  scene.verified(level);
  for (let count = 0; count < 2; count += 1) {
    scene.loading(level);
    scene.crashed(scene.onItsWay);
  }
  assert.equal(scene.take(), main);
});

test("a crash while nothing loads is no scene's fault", () => {
  const scene = bootScene();
  scene.verified(level);
  for (let count = 0; count < 5; count += 1) scene.crashed(scene.onItsWay);
  scene.loading(main);
  scene.failed();
  scene.crashed(scene.onItsWay);
  scene.crashed(scene.onItsWay);
  assert.equal(scene.take(), level);
  scene.verified(level);
  scene.crashed(scene.onItsWay);
  assert.equal(scene.take(), level);
});

test("a proof clears what was held against a scene", () => {
  const scene = bootScene();
  scene.verified(level);
  crashLoading(scene, 1);
  scene.verified(level);
  assert.deepEqual(crashLoading(scene, 3), [level, level, main]);
});

test("forgiven, everything may be tried again", () => {
  const scene = bootScene();
  crashLoading(scene, 2);
  scene.forgive();
  assert.equal(scene.take(), main);
});
