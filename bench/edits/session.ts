/** An agent's session of random steps, and what has to be true after each of them. */
import { setTimeout as elapse } from "node:timers/promises";
import type { Agent, Answer, Health, Protocol } from "./agent.ts";
import { complaints, isWell, keyOf, type Problem, problemsOf } from "./answers.ts";
import { Closures } from "./closure.ts";
import type { Edit, EditKind, Editor } from "./editor.ts";
import type { Judge, Verdict } from "./judge.ts";
import { mainScene } from "./project.ts";
import { Random } from "./random.ts";
import { add, type Tally, type Violation } from "./tally.ts";
import type { Snapshot, Workspace } from "./workspace.ts";

export type StepKind = EditKind | "load" | "edit during a load" | "reload" | "kill -9" | "read";

export const weights: Readonly<Record<StepKind, number>> = {
  load: 30,
  break: 14,
  repair: 11,
  rename: 5,
  delete: 3,
  add: 3,
  switch: 2,
  burst: 6,
  "edit during a load": 12,
  reload: 5,
  "kill -9": 2,
  read: 8,
};

/** The server gives up an engine that ends five times a minute: that is another test. */
const stepsBetweenKills = 20;
/** An answer that left less than this after the last write, in ms, may not have known of it. */
const onTheWay = 30;
/** What comes true only after the answer, in ms: an engine that is started again has to boot. */
const longestBoot = 30_000;
const longestReturn = 1_000;

export interface World {
  readonly seed: number;
  readonly workspace: Workspace;
  readonly editor: Editor;
  readonly agent: Agent;
  readonly judge: Judge;
  readonly tally: Tally;
  readonly weights: Readonly<Record<StepKind, number>>;
  /** Gets a line for each step and each violation as it is found. */
  readonly tell: (line: string) => void;
  readonly onViolation: (violation: Violation) => void;
}

/** The scene that runs, as the engine took it from the files of that moment. */
interface Running {
  readonly scene: string | undefined;
  /** Undefined where it is not known which files the engine read. */
  readonly verdict: Verdict | undefined;
  readonly run: number;
}

export class Session {
  readonly #world: World;
  #running: Running = { scene: undefined, verdict: undefined, run: 0 };
  /** What the last successful load was of: what an engine that was killed comes back with. */
  #proved: string | undefined;
  #asked: string = mainScene;
  #touched: readonly string[] = [];
  #lastKill = -stepsBetweenKills;
  #step = 0;
  #what = "";

  constructor(world: World) {
    this.#world = world;
  }

  async begin(): Promise<void> {
    this.#what = "begin";
    await this.#load(mainScene, "REST");
  }

  async step(number: number): Promise<void> {
    const { seed, tally, tell } = this.#world;
    this.#step = number;
    const random = new Random(seed, number);
    const kind = random.weighted(this.#world.weights);
    add(tally.steps, kind);
    this.#what = kind;
    tell(`step ${number}, after ${Math.round(performance.now() / 1000)} s: ${kind}`);
    switch (kind) {
      case "load":
        return this.#loadSome(random);
      case "reload":
        return this.#reload(random);
      case "edit during a load":
        return this.#editDuringLoad(random);
      case "kill -9":
        return this.#kill(random);
      case "read":
        return this.#checkHealth(protocolOf(random));
      default:
        await this.#edit(kind, random);
        return this.#checkHealth(protocolOf(random));
    }
  }

  async #edit(kind: EditKind, random: Random, near?: ReadonlySet<string>): Promise<Edit> {
    const edit = await this.#world.editor.edit(kind, random, near);
    this.#touched = edit.touched;
    this.#world.tell(`  ${edit.what}`);
    return edit;
  }

  /** The same scene up to three times: what an answer says must not depend on how often it is asked. */
  async #loadSome(random: Random): Promise<void> {
    const path = await this.#anyScene(random);
    const times = 1 + random.below(3);
    let first: Answer | undefined;
    for (let turn = 0; turn < times; turn += 1) {
      const answer = await this.#load(path, protocolOf(random));
      if (first) this.#report(differences(first, answer, turn + 1));
      first ??= answer;
    }
  }

  async #load(path: string, protocol: Protocol): Promise<Answer> {
    const snapshot = await this.#world.workspace.snapshot();
    this.#asked = path;
    const answer = await this.#ask(`load ${path}`, () => this.#world.agent.load(protocol, path));
    await this.#check(answer, path, snapshot);
    return answer;
  }

  /** The current scene, or the one that was asked for last where none is. */
  async #reload(random: Random): Promise<void> {
    const { agent, workspace } = this.#world;
    const snapshot = await workspace.snapshot();
    const answer = await this.#ask("reload", () => agent.reload(protocolOf(random)));
    const targets = [this.#running.scene, this.#asked].filter((path) => path !== undefined);
    const named = targets.find((path) => answer.scene === path || answer.message.includes(path));
    await this.#check(answer, named ?? (targets[0] as string), snapshot);
  }

  async #editDuringLoad(random: Random): Promise<void> {
    const { agent, workspace, tally } = this.#world;
    const path = await this.#anyScene(random);
    const kind = random.weighted({ break: 6, repair: 3, burst: 2, switch: 1 });
    const delay = random.chance(0.2) ? 0 : random.below(450);
    // An edit before it makes the load take its time.
    await this.#edit("burst", random);
    const before = await workspace.snapshot();
    this.#asked = path;
    let answeredAt = 0;
    const loading = this.#ask(`load ${path}, edit after ${delay} ms`, async () => {
      const answer = await agent.load(protocolOf(random), path);
      answeredAt = performance.now();
      return answer;
    });
    await elapse(delay);
    await this.#edit(kind, random, new Closures(before).of(path));
    const quietSince = performance.now();
    const answer = await loading;
    const after = await workspace.snapshot();
    if (answer.newerOnDisk) {
      tally.saidNewer += 1;
      return this.#adopt(undefined);
    }
    // An answer that was on the way when the last file was written may be of the files before.
    const isOlder =
      answeredAt < quietSince + onTheWay &&
      (await this.#problems(answer, path, before)).length <=
        (await this.#problems(answer, path, after)).length;
    return this.#check(answer, path, isOlder ? before : after, "files changed during the load: ");
  }

  async #kill(random: Random): Promise<void> {
    if (this.#step - this.#lastKill < stepsBetweenKills) return this.#checkHealth(protocolOf(random));
    const { agent, workspace, judge } = this.#world;
    const { pid } = await agent.health("REST");
    if (pid === undefined) return;
    this.#lastKill = this.#step;
    const snapshot = await workspace.snapshot();
    process.kill(pid, "SIGKILL");
    if (random.chance(0.5)) return void (await this.#load(await this.#anyScene(random), protocolOf(random)));
    await this.#until((now) => now.pid !== pid, longestBoot);
    await agent.start();
    const health = await this.#until((now) => now.isRunning && now.pid !== pid, longestBoot);
    const verdict = this.#proved === undefined ? undefined : await judge.scene(snapshot, this.#proved);
    const expected = verdict?.scene || undefined;
    if (this.#proved !== undefined && health.scene !== expected)
      this.#report([wrongScene("after kill -9 ", expected, health.scene)]);
    await this.#adopt(snapshot);
    await this.#checkHealth(protocolOf(random));
  }

  /** A call that met the end of a killed engine says so, and is made once more. */
  async #ask(what: string, call: () => Promise<Answer>): Promise<Answer> {
    this.#world.tally.loads += 1;
    let answer = await call();
    if (answer.reason === "ENGINE_EXITED" && this.#lastKill === this.#step) answer = await call();
    const result = answer.scene === undefined ? answer.reason : `${answer.issues.length} issues`;
    this.#world.tell(`  ${what}, ${answer.protocol}: ${result}`);
    return answer;
  }

  async #check(answer: Answer, path: string, snapshot: Snapshot, when = ""): Promise<void> {
    this.#world.tally.answersChecked += 1;
    const problems = await this.#problems(answer, path, snapshot);
    this.#report(problems.map((problem) => ({ ...problem, kind: when + problem.kind })));
    if (answer.scene === undefined) await this.#afterFailure(snapshot);
    else await this.#afterSuccess(answer.scene, snapshot);
    await this.#checkHealth(answer.protocol === "REST" ? "Connect" : "REST");
  }

  #problems(answer: Answer, path: string, snapshot: Snapshot): Promise<Problem[]> {
    return problemsOf(answer, path, snapshot, this.#world.judge);
  }

  async #afterSuccess(scene: string, snapshot: Snapshot): Promise<void> {
    const { run } = await this.#world.agent.health("REST");
    this.#proved = scene;
    this.#running = { scene, verdict: await this.#world.judge.scene(snapshot, scene), run };
  }

  /** An engine that was kept has its scene; one that was started again gets the scene before, where that is sound. */
  async #afterFailure(snapshot: Snapshot): Promise<void> {
    const { judge } = this.#world;
    await this.#world.agent.start();
    const { run } = await this.#until((now) => now.isRunning, longestBoot);
    const before = this.#running;
    if (run === before.run) return this.#expectScene(before.scene);
    const verdict = this.#proved === undefined ? undefined : await judge.scene(snapshot, this.#proved);
    // Where none was current, the one before that may have come back, and need not.
    const mayBeNone = before.scene === undefined;
    await this.#expectScene(verdict?.scene || undefined, mayBeNone);
    await this.#adopt(snapshot);
  }

  async #expectScene(expected: string | undefined, mayBeNone = false): Promise<void> {
    const isExpected = (scene: string | undefined) => scene === expected || (mayBeNone && !scene);
    const { scene } = await this.#until((now) => isExpected(now.scene), longestReturn);
    if (!isExpected(scene)) this.#report([wrongScene("after a failure ", expected, scene)]);
  }

  /** What the server says is current is taken over, so that one mistake is not reported at every step. */
  async #adopt(snapshot: Snapshot | undefined): Promise<void> {
    const { agent, judge } = this.#world;
    const { scene, run } = await agent.health("REST");
    const verdict = scene && snapshot ? await judge.scene(snapshot, scene) : undefined;
    this.#running = { scene, verdict, run };
  }

  /** Health and the current scene, by each way there is to ask for them. */
  async #checkHealth(protocol: Protocol): Promise<void> {
    const { agent, tally } = this.#world;
    const { scene, verdict } = this.#running;
    const health = await agent.health(protocol);
    const [told, isHealthy] = [await agent.currentScene(protocol), await agent.isHealthy()];
    tally.healthChecks += 1;
    if (told !== scene || health.scene !== scene)
      this.#report([wrongScene("", scene, `${told}, and by health ${health.scene}`)]);
    const isSure = scene === undefined || verdict !== undefined;
    const expected = verdict !== undefined && isWell(verdict);
    if (isSure && (health.healthy !== expected || isHealthy !== expected)) {
      const why = verdict?.findings.filter((finding) => finding.isScriptError).map(keyOf);
      this.#report([
        {
          kind: expected ? "health says unwell of what is well" : "health says well of what is not",
          expected: `${expected} for ${scene}; ${why?.join(" | ")}; without ${verdict?.missingAutoloads}`,
          answered: `${health.healthy}, /health ${isHealthy}: ${health.blockingIssues.join(" | ")}`,
        },
      ]);
    }
  }

  /** The first health of which this is true, or the last one within the time. */
  async #until(isTrue: (health: Health) => boolean, longest: number): Promise<Health> {
    const limit = performance.now() + longest;
    for (;;) {
      const health = await this.#world.agent.health("Connect");
      if (isTrue(health) || performance.now() > limit) return health;
      await elapse(50);
    }
  }

  /** Half of the time one that the last edit was about. */
  async #anyScene(random: Random): Promise<string> {
    const snapshot = await this.#world.workspace.snapshot();
    const scenes = [...snapshot.files.keys()]
      .filter((path) => path.endsWith(".tscn"))
      .map((path) => `res://${path}`);
    if (random.chance(0.03)) return "res://scenes/nowhere.tscn";
    const closures = new Closures(snapshot);
    const touched = this.#touched.map((path) => `res://${path}`);
    const near = scenes.filter((scene) => touched.some((path) => closures.of(scene).has(path)));
    return random.pick(random.chance(0.6) && near.length > 0 ? near : scenes);
  }

  #report(problems: readonly Problem[]): void {
    const { seed, tally, onViolation } = this.#world;
    for (const problem of problems) {
      const violation = { ...problem, seed, step: this.#step, what: this.#what };
      tally.violations.push(violation);
      onViolation(violation);
    }
  }
}

const protocolOf = (random: Random): Protocol => (random.chance(0.5) ? "REST" : "Connect");

const wrongScene = (when: string, expected: string | undefined, answered: string | undefined): Problem => ({
  kind: `${when}another scene is current`.trim(),
  expected: expected ?? "none",
  answered: answered ?? "none",
});

/** Nothing has changed between the two. What an import said belongs to the load that caused it. */
function differences(first: Answer, again: Answer, turn: number): Problem[] {
  const [before, now] = [first, again].map((answer) =>
    complaints(answer)
      .filter(({ source }) => !source.endsWith("IMPORT"))
      .map(keyOf),
  ) as [string[], string[]];
  const gone = before.filter((key) => !now.includes(key));
  const come = now.filter((key) => !before.includes(key));
  if (gone.length + come.length === 0) return [];
  return [
    {
      kind: "the same load is answered otherwise",
      expected: `as the first time: ${before.join(" | ")}`,
      answered: `time ${turn}, without: ${gone.join(" | ")}; with: ${come.join(" | ")}`,
    },
  ];
}
