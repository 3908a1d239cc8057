/**
 * An engine must not outlive its server, however that ends. The addon's lifeline sees to it from inside; a
 * frozen engine, or an importer, has nothing inside that could. On Linux the kernel can: prctl(2),
 * PR_SET_PDEATHSIG, which util-linux's setpriv sets before it becomes the program it is given.
 */
import { spawnSync } from "node:child_process";
import { isShortage } from "../../errors/shortage.ts";

const wrapper = ["setpriv", "--pdeathsig", "KILL", "--"] as const;

let isAvailable: boolean | undefined;

/** The command that runs `path` so that it is killed when this process ends; the plain one where the system cannot. */
export function dyingWithParent(path: string, args: readonly string[]): [path: string, args: string[]] {
  isAvailable ??= look();
  return isAvailable ? [wrapper[0], [...wrapper.slice(1), path, ...args]] : [path, [...args]];
}

/** Undefined where the machine lacks something now that it may have again soon. */
function look(): boolean | undefined {
  if (process.platform !== "linux") return false;
  const { status, error } = spawnSync(wrapper[0], [...wrapper.slice(1), "true"], { stdio: "ignore" });
  return isShortage(error) ? undefined : status === 0;
}
