/** The real Godot that the tests run: found, or installed, as the server itself does it. */
import { readConfig } from "../../src/config/read.ts";
import { type Engine, findEngine } from "../../src/engine/install/find.ts";

/** The Godot of this machine; installs one where there is none. */
export function realEngine(): Promise<Engine> {
  return findEngine({
    ...readConfig([], process.env),
    onProgress: (message) => process.stderr.write(`${message}\n`),
  });
}
