/** Every curl line of the README, as a reader types it. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { execa } from "execa";
import { importedProject, sceneFile } from "../support/project.ts";
import { startServer } from "../support/server.ts";

test("each curl line of the README is answered well", async (context) => {
  const { exitCode } = await execa("curl", ["--version"], { reject: false });
  if (exitCode !== 0) return context.skip("There is no curl on this machine.");
  const readme = await readFile(join(import.meta.dirname, "../../README.md"), "utf8");
  const lines = [...readme.matchAll(/^`?(curl [^`\n]*127\.0\.0\.1:8090[^`\n]*)/gm)].map(
    ([, line = ""]) => line,
  );
  assert.equal(lines.length, 7);
  const project = await importedProject(context, {
    "vr_main.tscn": `${sceneFile("VRMain")}\n[node name="Player" type="Node2D" parent="."]\n`,
  });
  const { port, rest } = await startServer(context, project);
  for (const line of lines) {
    const command = line.replace("127.0.0.1:8090", `127.0.0.1:${port}`).replace("curl", "curl --fail -s");
    const curl = execa("sh", ["-c", `exec ${command}`], { buffer: false, reject: false });
    const said = once(curl.stdout, "data");
    const [, watched] = /\/(\w+)\/watch/.exec(line) ?? [];
    if (!watched) {
      assert.equal((await curl).exitCode, 0, line);
      continue;
    }
    // The log tells what comes next: an engine says something when it starts.
    if (watched === "logs") assert.equal((await rest("POST", "/restart")).status, 200);
    // It has no end.
    assert.match(String(await said), new RegExp(`^event: ${watched}`, "m"));
    curl.kill();
  }
});
