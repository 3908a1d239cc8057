/** The queue of loads, against an engine that does what a test says: whose fault a failure is, and what follows. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { setImmediate as nextTurn } from "node:timers/promises";
import { Feed } from "../../../../src/async/feed.ts";
import { readConfig } from "../../../../src/config/read.ts";
import {
  type Issues,
  type Link,
  type LinkLoadOptions,
  type LoadOutcome,
  noIssues,
  unreachable,
} from "../../../../src/engine/link/link.ts";
import { RecentLog } from "../../../../src/engine/process/recent_log.ts";
import type { Change } from "../../../../src/engine/project/files/change.ts";
import type { Project } from "../../../../src/engine/project/project.ts";
import { SceneLoads } from "../../../../src/engine/scenes/scene_loads.ts";
import { BootScene } from "../../../../src/engine/supervisor/boot_scene.ts";
import { nothingKnown, type Snapshot } from "../../../../src/engine/supervisor/snapshot.ts";
import { initial } from "../../../../src/engine/supervisor/states.ts";
import type { Supervisor } from "../../../../src/engine/supervisor/supervisor.ts";
import { engineExited, engineUnresponsive } from "../../../../src/errors/engine.ts";
import { projectInvalid } from "../../../../src/errors/project.ts";
import { sceneNotFound } from "../../../../src/errors/scene.ts";
import type { EngineExit } from "../../../../src/model/engine_exit.ts";
import type { LogEntry } from "../../../../src/model/log_entry.ts";

const never = new AbortController().signal;
const [a, b] = ["res://a.tscn", "res://b.tscn"] as const;

const sceneAt = (path: string) => ({
  path,
  name: "",
  rootName: "",
  rootType: "",
  nodeCount: 1,
  generation: 1,
});
const loaded = (path: string, issues: Issues = noIssues): LoadOutcome => ({
  kind: "loaded",
  scene: sceneAt(path),
  issues,
  unimported: [],
});
const problem = (message: string): LogEntry => ({
  cursor: 0,
  time: 0,
  severity: "ERROR",
  source: "ENGINE",
  message,
  backtrace: [],
  run: 1,
});
const failed: LoadOutcome = {
  kind: "failed",
  issues: { entries: [problem("no scene")], count: 1 },
  unimported: [],
};

/** An engine that runs, as far as loads look at it; each load ends as `outcomes` says. */
function world(drive: (path: string, signal: AbortSignal) => Promise<LoadOutcome>, flags: string[] = []) {
  const running: Snapshot = {
    ...nothingKnown,
    run: 1,
    view: { ...unreachable, reachable: true, ready: true },
    model: { ...initial, run: 1, state: { kind: "running", pid: 7, port: 1 } },
  };
  const feed = new Feed<Snapshot>(running);
  const bootScene = new BootScene();
  const log = new RecentLog();
  const did: string[] = [];
  const removed = new Set<string>();
  let changes: Change[] = [];
  let hasProject = true;
  let looks = false;
  const all: Change[] = [];
  const link = {
    load: async (path: string, { signal }: LinkLoadOptions) => {
      did.push(`load ${path}`);
      const outcome = await drive(path, signal);
      const scene = outcome.kind === "loaded" ? outcome.scene : feed.value.view.scene;
      feed.set({ ...feed.value, view: { ...feed.value.view, scene } });
      return outcome;
    },
  } as unknown as Link;
  const start = (how: string) => async (options: { scene: string }) => {
    did.push(`${how} ${options.scene}`);
    const run = feed.value.run + 1;
    changes = [];
    const bootErrors = removed.has(options.scene) ? { entries: [problem("no file")], count: 1 } : noIssues;
    feed.set({ ...running, run, model: { ...running.model, run }, view: { ...running.view, bootErrors } });
    return feed.value;
  };
  const supervisor = {
    feed,
    log,
    bootScene,
    link,
    start: start("start"),
    restart: start("restart"),
    attach: async () => false,
    mayStartFor: () => true,
    proved: (path: string) => bootScene.verified(path),
    killHung: (run: number) => did.push(`kill ${run}`),
    excuse() {},
    hasHung: (seconds: number) => feed.value.view.stuckSeconds >= seconds,
    isLeaving: false,
  };
  const project = {
    resolveScene: async (path: string) => {
      if (!hasProject) throw projectInvalid("its folder does not exist");
      if (looks) await new Promise(() => {});
      if (removed.has(path) && did.length > 1) throw sceneNotFound(path, undefined);
      return path;
    },
    get knownChanges() {
      return changes;
    },
    changesSinceBoot: async () => changes,
    changesWhileRead: async () => changes,
    lookAtMounts() {},
    noteChanges: () => {
      const from = all.length;
      return async () => all.slice(from);
    },
  } as unknown as Project;
  const config = readConfig(flags, {});
  const stuck = (stuckSeconds: number, isReading = false) =>
    feed.set({ ...feed.value, view: { ...feed.value.view, stuckSeconds, isReading } });
  return {
    loads: new SceneLoads(config, project, supervisor as unknown as Supervisor),
    bootScene,
    did,
    change: (path: string) => {
      changes.push({ path, kind: "changed" });
      all.push({ path, kind: "changed" });
    },
    /** The scene's file goes once its load has begun. */
    remove: (path: string) => removed.add(path),
    stuck,
    stop: () => feed.set(nothingKnown),
    /** The engine says goodbye. */
    leave: () => {
      supervisor.isLeaving = true;
    },
    /** The look at the project's files never ends. */
    lookForEver: () => {
      looks = true;
    },
    /** The project's folder is moved away. */
    moveProject: () => {
      hasProject = false;
    },
    /** The engine ends because of this scene. */
    exit: (scene: string) => {
      const { run } = feed.value;
      const message = "The engine exited with code 0";
      const lastExit: EngineExit = { run, code: 0, asked: false, scene, time: 0, message };
      const state = { kind: "backoff", delay: 0 } as const;
      feed.set({ ...feed.value, model: { ...feed.value.model, state, lastExit } });
    },
  };
}

describe("A load whose time is over", () => {
  it("while it waits ends no engine, however long another load keeps that busy", async () => {
    const gate = Promise.withResolvers<LoadOutcome>();
    const { loads, did, stuck } = world((path) =>
      path === a ? gate.promise : Promise.resolve(loaded(path)),
    );
    const busy = loads.load(a, { signal: never });
    stuck(60);
    await assert.rejects(loads.load(b, { signal: never, timeout: 1 }), {
      reason: "LOAD_TIMEOUT",
      message: /had not begun within 0\.001 s, and was given up: other loads were before it\./,
    });
    assert.ok(!did.some((one) => one.startsWith("kill")), did.join());
    gate.resolve(loaded(a));
    assert.equal((await busy).scene.path, a);
    assert.deepEqual(did, [`load ${a}`], "It does not go on.");
  });

  it("while the project's files are looked at is answered then", async () => {
    const { loads, did, lookForEver } = world(async (path) => loaded(path));
    lookForEver();
    await assert.rejects(loads.load(a, { signal: never, timeout: 1 }), {
      reason: "LOAD_TIMEOUT",
      message: /the project's files were still being looked at\./,
    });
    assert.deepEqual(did, []);
  });

  it("while the engine still reads its files ends nothing, however still the main loop stands", async () => {
    const { loads, did, stuck } = world(() => new Promise(() => {}));
    const read = loads.load(a, { signal: never, timeout: 20 });
    stuck(60, true);
    await assert.rejects(read, { reason: "SCENE_PENDING" });
    assert.deepEqual(did, [`load ${a}`]);
  });

  it("while the engine hangs over it ends that engine", async () => {
    const { loads, did, stuck } = world(() => new Promise(() => {}));
    const hung = loads.load(a, { signal: never, timeout: 20 });
    stuck(60);
    await assert.rejects(hung, { reason: "SCENE_HUNG" });
    assert.deepEqual(did, [`load ${a}`, "kill 1"]);
  });

  it("while the engine is only slow ends nothing", async () => {
    const { loads, did } = world(() => new Promise(() => {}));
    await assert.rejects(loads.load(a, { signal: never, timeout: 1 }), { reason: "SCENE_PENDING" });
    assert.deepEqual(did, [`load ${a}`]);
  });
});

describe("A load in whose midst the engine ends", () => {
  it("because of the scene before it is done by the next engine", async () => {
    let turn = 0;
    const { loads, did, exit } = world(async (path) => {
      turn += 1;
      if (turn > 1) return loaded(path);
      setImmediate(() => exit("res://before.tscn"));
      return new Promise(() => {});
    });
    const { scene, action } = await loads.load(a, { signal: never });
    assert.deepEqual([scene.path, action], [a, "STARTED"]);
    assert.deepEqual(did, [`load ${a}`, `start ${a}`, `load ${a}`]);
  });

  it("because of its own scene fails when a new engine ends too, and names the exit", async () => {
    const { loads, did, exit } = world(async () => {
      setImmediate(() => exit(a));
      return new Promise(() => {});
    });
    await assert.rejects(loads.load(a, { signal: never }), { reason: "PROJECT_QUIT" });
    assert.deepEqual(did, [`load ${a}`, `start ${a}`, `load ${a}`]);
  });

  it("slowly, after it has said goodbye, is done by the next engine", async (context) => {
    context.mock.timers.enable({ apis: ["setTimeout"] });
    const asked = Promise.withResolvers<void>();
    let turn = 0;
    const { loads, did, exit, leave } = world(async (path) => {
      turn += 1;
      if (turn > 1) return loaded(path);
      leave();
      asked.resolve();
      throw engineUnresponsive("connect ECONNREFUSED");
    });
    const loading = loads.load(a, { signal: never });
    await asked.promise;
    await nextTurn();
    context.mock.timers.tick(5_000);
    exit("res://before.tscn");
    assert.equal((await loading).action, "STARTED");
    assert.deepEqual(did, [`load ${a}`, `start ${a}`, `load ${a}`]);
  });

  it("is tried again, and not for ever", async () => {
    const { loads, did, exit } = world(async () => {
      setImmediate(() => exit("res://elsewhere.tscn"));
      return new Promise(() => {});
    });
    await assert.rejects(
      loads.load(a, { signal: never }),
      (error: Error) =>
        error.message ===
        engineExited({ run: 1, code: 0, asked: false, time: 0, message: "The engine exited with code 0" }, [])
          .message,
    );
    assert.equal(did.filter((one) => one.startsWith("load")).length, 3);
  });
});

describe("Files that change", () => {
  it("during a load have it done once more, by an engine that has read them", async () => {
    let turn = 0;
    const { loads, did, change } = world(async (path) => {
      turn += 1;
      if (turn === 1) change("a.gd");
      return loaded(path);
    });
    const { newerOnDisk, action, actionReason } = await loads.load(a, { signal: never });
    assert.deepEqual([newerOnDisk, action, actionReason], ["", "RESTARTED", "res://a.gd was changed"]);
    assert.deepEqual(did, [`load ${a}`, `restart ${a}`, `load ${a}`]);
  });

  it("again as it is repeated are named in the answer, and then known as the scene's own", async () => {
    const { loads, did, change } = world(async (path) => {
      change("save.dat");
      return loaded(path);
    });

    it("in every load but one are the scene's own no longer: a user may have saved them twice", async () => {
      let isSaving = true;
      const { loads, did, change } = world(async (path) => {
        if (isSaving) change("save.dat");
        return loaded(path);
      });
      const count = () => did.filter((one) => one === `load ${a}`).length;
      await loads.load(a, { signal: never });
      isSaving = false;
      await loads.load(a, { signal: never });
      assert.equal(count(), 3);
      isSaving = true;
      assert.equal((await loads.load(a, { signal: never })).newerOnDisk, "res://save.dat was changed");
      assert.equal(count(), 5);
    });

    it("are never the scene's own where the engine runs them: the old one would run, and not be told", async () => {
      for (const file of ["a.gd", "a.tscn", "theme.tres", "x.gdshader"]) {
        const { loads, change } = world(async (path) => {
          change(file);
          return loaded(path);
        });
        for (const _ of ["first", "second"])
          assert.equal((await loads.load(a, { signal: never })).newerOnDisk, `res://${file} was changed`);
      }
    });
    assert.equal((await loads.load(a, { signal: never })).newerOnDisk, "res://save.dat was changed");
    assert.equal(did.filter((one) => one === `load ${a}`).length, 2);
    assert.equal((await loads.load(a, { signal: never })).newerOnDisk, "");
    assert.equal(did.filter((one) => one === `load ${a}`).length, 3);
  });

  it("during a load that fails have it done once more, before anything is put back", async () => {
    let isBroken = true;
    const { loads, did, change } = world(async (path) => {
      if (path !== b) return did.length > 1 ? { kind: "stale", script: "res://both.gd" } : loaded(path);
      if (!isBroken) return loaded(path);
      isBroken = false;
      change("b.tscn");
      return failed;
    });
    await loads.load(a, { signal: never });
    change("b.tscn");
    assert.equal((await loads.load(b, { signal: never })).scene.path, b);
    assert.deepEqual(did.slice(1), [`restart ${b}`, `load ${b}`, `restart ${b}`, `load ${b}`]);
  });

  it("while another scene is put back have the load that failed done once more", async () => {
    let isBroken = true;
    const { loads, did, change } = world(async (path) => {
      if (path === b) return isBroken ? failed : loaded(path);
      if (did.length === 1) return loaded(path);
      isBroken = false;
      change("b.tscn");
      return { kind: "stale", script: "res://both.gd" };
    });
    await loads.load(a, { signal: never });
    change("b.tscn");
    assert.equal((await loads.load(b, { signal: never })).scene.path, b);
    assert.deepEqual(did.slice(1), [`restart ${b}`, `load ${b}`, `load ${a}`, `restart ${a}`, `load ${b}`]);
  });

  it("again as a load that fails is repeated are named in the error", async () => {
    const { loads, change } = world(async () => {
      change("a.gd");
      return failed;
    });
    await assert.rejects(loads.load(a, { signal: never }), {
      reason: "SCENE_BROKEN",
      metadata: { scene_path: a, newer_on_disk: "res://a.gd was changed" },
    });
  });
});

describe("A scene that cannot be loaded", () => {
  it("leaves the one before it where the engine was kept, and says which that is", async () => {
    const { loads, did } = world(async (path) => (path === a ? loaded(path) : failed));
    await loads.load(a, { signal: never });
    await assert.rejects(loads.load(b, { signal: never }), {
      message: /could not be loaded; the scene before it stays current \(res:\/\/a\.tscn\)\./,
    });
    assert.deepEqual(did, [`load ${a}`, `load ${b}`]);
  });

  it("has the one before it put back where the engine was restarted for it", async () => {
    const { loads, did, change } = world(async (path) => (path === a ? loaded(path) : failed));
    await loads.load(a, { signal: never });
    change("b.tscn");
    await assert.rejects(loads.load(b, { signal: never }), { message: /res:\/\/a\.tscn is current\./ });
    assert.deepEqual(did.slice(1), [`restart ${b}`, `load ${b}`, `load ${a}`]);
  });

  it("since it was removed while the engine was restarted for it has the one before it put back", async () => {
    const { loads, did, change, remove } = world(async (path) => loaded(path));
    await loads.load(a, { signal: never });
    change("b.tscn");
    remove(b);
    await assert.rejects(loads.load(b, { signal: never }), { reason: "SCENE_NOT_FOUND" });
    assert.deepEqual(did.slice(1), [`restart ${b}`, `load ${a}`]);
  });

  it("since it was removed after a first try has the one before that put back", async () => {
    const { loads, did, change, remove } = world(async (path) => {
      if (path === b) {
        change("b.tscn");
        remove(b);
      }
      return loaded(path);
    });
    await loads.load(a, { signal: never });
    await assert.rejects(loads.load(b, { signal: never }), { reason: "SCENE_NOT_FOUND" });
    assert.deepEqual(did.slice(1), [`load ${b}`, `restart ${b}`, `load ${a}`]);
  });

  it("has the one before it booted into where that shares what is broken", async () => {
    const { loads, did, change } = world(async (path) =>
      path === b ? failed : did.length > 1 ? { kind: "stale", script: "res://both.gd" } : loaded(path),
    );
    await loads.load(a, { signal: never });
    change("b.tscn");
    await assert.rejects(loads.load(b, { signal: never }), { reason: "SCENE_BROKEN" });
    assert.deepEqual(did.slice(1), [`restart ${b}`, `load ${b}`, `load ${a}`, `restart ${a}`]);
  });
});

describe("Reload", () => {
  it("loads what is current, else what was asked for last, else says that there is neither", async () => {
    const { loads, did } = world(async (path) => (path === a ? loaded(path) : failed));
    assert.throws(() => loads.reload({ signal: never }), { reason: "NO_SCENE" });
    await assert.rejects(loads.load(b, { signal: never }));
    await assert.rejects(loads.reload({ signal: never }));
    await loads.load(a, { signal: never });
    await assert.rejects(loads.load(b, { signal: never }));
    assert.equal((await loads.reload({ signal: never })).scene.path, a);
    assert.deepEqual(
      did.map((one) => one.slice(-6, -5)),
      ["b", "b", "a", "b", "a"],
    );
  });

  it("says of a scene that a script built that there is no file to load again", async () => {
    const { loads, did } = world(async () => loaded(""));
    await assert.rejects(loads.load(a, { signal: never }));
    const { length } = did;
    assert.throws(() => loads.reload({ signal: never }), {
      reason: "NO_SCENE",
      message: /built by a script, and has no file/,
    });
    assert.equal(did.length, length);
  });
});

describe("A load whose project has gone", () => {
  const sentence = projectInvalid("its folder does not exist").message;

  it("says that the engine runs on, where one does", async () => {
    const { loads, moveProject, did } = world(async (path) => loaded(path));
    moveProject();
    await assert.rejects(loads.load(a, { signal: never }), {
      reason: "PROJECT_INVALID",
      message: `${sentence} The engine that was started before runs on, with what it has read.`,
    });
    assert.deepEqual(did, []);
  });

  it("says nothing of an engine where none runs", async () => {
    const { loads, moveProject, stop } = world(async (path) => loaded(path));
    moveProject();
    stop();
    await assert.rejects(loads.load(a, { signal: never }), { reason: "PROJECT_INVALID", message: sentence });
  });
});
