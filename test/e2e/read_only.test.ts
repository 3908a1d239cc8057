/** A project that nobody may write: a container's image, another user's checkout. */
import assert from "node:assert/strict";
import { chmod, readdir, utimes } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { execa } from "execa";
import { preparing } from "../support/imports.ts";
import { png } from "../support/png.ts";
import { sceneFile, temporaryProject } from "../support/project.ts";
import { serverThatSaid } from "../support/server_process.ts";

test("a project that cannot be written, and was imported before, is served after a copy too", async (context) => {
  const { exitCode } = await execa("unshare", ["-rm", "true"], { reject: false });
  if (exitCode !== 0) return context.skip("This machine allows no file system of one's own.");
  const project = await temporaryProject(context, {
    "main.tscn": sceneFile("Main"),
    "icon.png": png(1, 1),
  });
  const { cache, prepare } = await preparing(context, project);
  await prepare();
  // As a copy does, this gives each file a new date of its last change, and some of them a new one of their own.
  for (const name of await readdir(project)) {
    const path = join(project, name);
    if (/\./.test(name.slice(1))) await chmod(path, 0o640);
    if (/\.(png|import|tscn)$/.test(name)) await utimes(path, new Date(), new Date());
  }
  const mount = `mount --bind "$0" "$0" && mount -o remount,bind,ro "$0" && exec "$@"`;
  const { baseUrl } = await serverThatSaid(context, project, /Listening on/, {
    wrapper: ["unshare", "-rm", "sh", "-c", mount, project],
    flags: [`--cache-dir=${cache}`],
  });
  const response = await fetch(`${baseUrl}/scene/load`, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: '{"scene_path": "res://main.tscn"}',
  });
  const answer = await response.text();
  assert.equal(response.status, 200, answer);
  assert.equal(JSON.parse(answer).imported, false);
});
