/** What is mounted in a project while its engine runs, as containers and overlays do it: no folder tells of it. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { execa } from "execa";
import { importedProject, sceneFile } from "../support/project.ts";
import { serverThatSaid } from "../support/server_process.ts";

test("a scene that is mounted over another one, and taken away again, is what the next load shows", async (context) => {
  const { exitCode } = await execa("unshare", ["-rm", "true"], { reject: false });
  if (exitCode !== 0) return context.skip("This machine allows no file system of one's own.");
  const project = await importedProject(context, {
    "level.tscn": sceneFile("Below"),
    "above/level.tscn": sceneFile("Over"),
  });
  const { server, baseUrl } = await serverThatSaid(context, project, /Listening on/, {
    wrapper: ["unshare", "-rm"],
  });
  const inIts = ["--target", String(server.pid), "--user", "--mount", "--preserve-credentials"];
  const shown = async () => {
    const response = await fetch(`${baseUrl}/godot.control.v1.SceneService/LoadScene`, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: '{"scenePath": "res://level.tscn"}',
    });
    const answer = await response.text();
    assert.equal(response.status, 200, answer);
    const { scene, engineAction } = JSON.parse(answer).result;
    return `${scene.rootName} ${engineAction}`;
  };
  const level = join(project, "level.tscn");
  assert.equal(await shown(), "Below ENGINE_ACTION_STARTED");
  await execa("nsenter", [...inIts, "mount", "--bind", join(project, "above/level.tscn"), level]);
  assert.equal(await shown(), "Over ENGINE_ACTION_RESTARTED");
  await execa("nsenter", [...inIts, "umount", level]);
  assert.equal(await shown(), "Below ENGINE_ACTION_RESTARTED");
  assert.equal(await shown(), "Below ENGINE_ACTION_KEPT");
});
