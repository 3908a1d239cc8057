/** All that a session needs: a generated project in git, a server in a process of its own, and the judge. */
import { join } from "node:path";
import type { TestContext } from "node:test";
import { execa } from "execa";
import { realEngine } from "../../test/support/engine.ts";
import { temporaryFolder } from "../../test/support/project.ts";
import { serverThatSaid } from "../../test/support/server_process.ts";
import { Agent } from "./agent.ts";
import { Editor } from "./editor.ts";
import { Judge } from "./judge.ts";
import { branchOff, generate, type Size } from "./project.ts";
import { Random } from "./random.ts";
import type { World } from "./session.ts";
import { Tally } from "./tally.ts";
import { Workspace } from "./workspace.ts";

type Given = Pick<World, "seed" | "weights" | "tell" | "onViolation"> & {
  readonly size: Size;
  /** As of `Editor`. */
  readonly light: boolean;
  /** What Node runs for the server; absent: the sources. */
  readonly entry?: readonly string[];
};

/** @param context its `after` gets what has to be cleared away */
export async function makeWorld(context: Pick<TestContext, "after">, given: Given): Promise<World> {
  const { seed, size, light, entry, ...others } = given;
  const { path: godot } = await realEngine();
  const folder = await temporaryFolder(context);
  const workspace = new Workspace(join(folder, "project"));
  const random = new Random(seed, -1);
  const files = generate(random, size);
  await workspace.initialize(files, branchOff(random, files, size), async () => {
    await execa(godot, ["--headless", "--path", workspace.root, "--import"], { reject: false });
  });
  const { server, baseUrl } = await serverThatSaid(context, workspace.root, /Listening on/, {
    ...(entry && { entry }),
  });
  server.stderr.resume();
  return {
    ...others,
    seed,
    workspace,
    editor: new Editor(workspace, light),
    agent: new Agent(baseUrl),
    judge: new Judge(godot, join(folder, "judge")),
    tally: new Tally(),
  };
}
