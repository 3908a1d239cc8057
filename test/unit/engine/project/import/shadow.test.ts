import assert from "node:assert/strict";
import { once } from "node:events";
import { existsSync, watch, writeFileSync } from "node:fs";
import { cp, mkdir, mkdtemp, readdir, readFile, rename, rm, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, type TestContext, test } from "node:test";
import { inShadow } from "../../../../../src/engine/project/import/shadow.ts";
import { identity, importPlainly, plugin, preparing } from "../../../../support/imports.ts";
import { png } from "../../../../support/png.ts";
import { gone, processesOf } from "../../../../support/process_figures.ts";
import { projectGodot, sceneFile, temporaryFolder, temporaryProject } from "../../../../support/project.ts";
import { spawnServer } from "../../../../support/server_process.ts";

const saving = [
  'ProjectSettings.set_setting("test/saved", true)',
  "ProjectSettings.save()",
  "var gradient := Gradient.new()",
  'ResourceSaver.save(gradient, "res://gradient.tres")',
  'ResourceSaver.save(gradient, "res://below/gradient.tres")',
  'ResourceSaver.save(gradient, "res://new.tres")',
];

/** Made with Godot 4.7, with a plug-in that does this and assets of all kinds at its top and below. */
async function projectWith(t: TestContext, body: readonly string[]): Promise<string> {
  const { files, section } = plugin(body);
  const features = '\n[application]\n\nconfig/features=PackedStringArray("4.7", "Forward Plus")\n';
  const gradient = '[gd_resource type="Gradient" format=3]\n\n[resource]\n';
  const root = await temporaryProject(t, {
    "project.godot": projectGodot({ more: features + section }),
    "main.tscn": sceneFile("Main", { uid: "uid://main1" }),
    "hero.gd": "class_name Hero\nextends Node\n",
    "below/villain.gd": "class_name Villain\nextends Node\n",
    "gradient.tres": gradient,
    "below/gradient.tres": gradient,
    "text.csv": "keys,en\nHI,Hi\n",
    "triangle.obj": "v 0 0 0\nv 1 0 0\nv 0 1 0\nf 1 2 3\n",
    ...files,
  });
  for (const name of ["icon.png", "below/icon.png"]) await writeFile(join(root, name), png(16, 16));
  return root;
}

/** Every file and its content, but for times and what the user alone writes. */
async function contents(root: string): Promise<Record<string, string>> {
  const found: Record<string, string> = {};
  for (const entry of await readdir(root, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name);
    if (entry.isFile() && entry.name !== "project.godot")
      found[path.slice(root.length)] = (await readFile(path, "latin1")).replace(/::\d{10}(?=::|$)/gm, "::T");
  }
  return found;
}

const shadows = async (cache: string) =>
  (await readdir(join(cache, "imports"), { withFileTypes: true })).filter((entry) => entry.isDirectory());

/** Resolves when the project has a file of this name at its top. */
async function appears(root: string, name: string): Promise<void> {
  const watcher = watch(root);
  while (!(await readdir(root)).includes(name)) await once(watcher, "change");
  watcher.close();
}

describe("An import by the real Godot", () => {
  test("leaves project.godot as it was, and everything else as a plain import does, wherever its own cache folder is", async (t) => {
    const root = await projectWith(t, saving);
    const plain = await temporaryFolder(t);
    await cp(root, plain, { recursive: true, preserveTimestamps: true });
    const settings = join(root, "project.godot");
    const before = { text: await readFile(settings, "utf8"), identity: await identity(settings) };
    const { prepare, project, cache, entries } = await preparing(t, root, join(root, "cache"));
    await prepare();
    assert.equal(
      await project.imports.whyNeeded(),
      "res://new.tres was added",
      "and nothing of the cache was",
    );
    assert.deepEqual(
      entries
        .filter(({ severity, source }) => severity === "WARN" && source === "IMPORT")
        .map(({ message }) => message)
        .sort(),
      [
        "res://below/gradient.tres was changed during the import.",
        "res://gradient.tres was changed during the import.",
      ],
      "every file that was there and was changed meanwhile is named",
    );
    await mkdir(join(plain, "cache"));
    await importPlainly(plain);
    assert.match(await readFile(join(plain, "project.godot"), "utf8"), /"4\.6"[\s\S]*saved=true/);
    assert.deepEqual(
      { text: await readFile(settings, "utf8"), identity: await identity(settings) },
      before,
      "project.godot",
    );
    assert.deepEqual(await shadows(cache), []);
    await rm(cache, { recursive: true });
    // Godot's list of what it has seen is among them.
    assert.deepEqual(await contents(root), await contents(plain));
    assert.doesNotMatch(await importPlainly(root), /reimport/, "an editor that opens the project later");
  });

  test("loses nothing that the user writes meanwhile", async (t) => {
    const root = await projectWith(t, [...saving, 'print("saved")']);
    const { prepare, entries } = await preparing(t, root);
    await prepare(({ message }) => {
      if (message !== "saved") return;
      writeFileSync(join(root, "project.godot"), projectGodot({ more: "; the user's\n" }));
      writeFileSync(join(root, "new.tres"), "the user's");
    });
    assert.match(await readFile(join(root, "project.godot"), "utf8"), /the user's/);
    assert.equal(await readFile(join(root, "new.tres"), "utf8"), "the user's");
    // The plug-in wrote a file of that name too, and that is gone.
    assert.ok(entries.some(({ message }) => message === "res://new.tres was changed during the import."));
  });

  test("leaves project.godot as it was when it is killed", async (t) => {
    const root = await projectWith(t, [...saving, 'print("saved")', "OS.delay_msec(600_000)"]);
    const settings = join(root, "project.godot");
    const before = await identity(settings);
    const { prepare, cache } = await preparing(t, root);
    let importer: Promise<void> | undefined;
    const killed = prepare(({ message }) => {
      if (message === "saved") importer = killImporter(root);
    });
    await assert.rejects(killed, { reason: "IMPORT_FAILED" });
    await importer;
    assert.equal(await identity(settings), before);
    assert.deepEqual(await shadows(cache), []);
  });

  test("leaves project.godot as it was when its server is killed, and the next one clears up", async (t) => {
    const root = await projectWith(t, [
      ...saving,
      'if not FileAccess.file_exists("res://below/again"):',
      '\tFileAccess.open("res://below/again", FileAccess.WRITE).close()',
      '\tDirAccess.remove_absolute("res://below/gradient.tres")',
      "\tOS.delay_msec(600_000)",
    ]);
    const settings = join(root, "project.godot");
    const before = await identity(settings);
    const cache = await temporaryFolder(t);
    const { server } = await spawnServer(root, cache);
    t.after(() => server.kill("SIGKILL"));
    server.stdout.resume();
    server.stderr.resume();
    await appears(join(root, "below"), "again");
    const [importer] = await processesOf(root);
    server.kill("SIGKILL");
    await gone(importer ?? 0);
    assert.equal(await identity(settings), before);
    assert.equal((await shadows(cache)).length, 1);
    const next = await preparing(t, root, cache);
    await next.prepare();
    assert.equal(await identity(settings), before);
    assert.deepEqual(await shadows(cache), []);
  });
});

async function killImporter(root: string): Promise<void> {
  for (const pid of await processesOf(root)) process.kill(pid, "SIGKILL");
}

describe("A shadow", () => {
  async function shadowed(t: TestContext, run: (shadow: string, root: string) => Promise<void>) {
    const root = await temporaryProject(t, { "a.txt": "1", "b.txt": "1", "folder/c.txt": "1" });
    const shadow = join(await temporaryFolder(t), "shadow");
    return { root, shadow, done: inShadow(root, shadow, (folder) => run(folder, root)) };
  }

  test("hands on what took a link's place, unless the real file is newer", async (t) => {
    const { root, shadow, done } = await shadowed(t, async (folder, root) => {
      for (const name of ["a.txt", "b.txt"]) {
        await writeFile(join(folder, `${name}.tmp`), "import");
        await rename(join(folder, `${name}.tmp`), join(folder, name));
      }
      await writeFile(join(root, "b.txt"), "user");
    });
    await done;
    assert.equal(await readFile(join(root, "a.txt"), "utf8"), "import");
    assert.equal(await readFile(join(root, "b.txt"), "utf8"), "user");
    await assert.rejects(readdir(shadow), { code: "ENOENT" });
  });

  test("that a killed server left is removed, and nothing it links to", async (t) => {
    const root = await temporaryProject(t, { "folder/c.txt": "1" });
    const shadow = join(await temporaryFolder(t), "shadow");
    await mkdir(shadow);
    await symlink(join(root, "folder"), join(shadow, "folder"));
    await writeFile(join(shadow, "old.txt"), "");
    await inShadow(root, shadow, async (folder) => {
      assert.deepEqual((await readdir(folder)).sort(), ["folder", "project.godot"]);
    });
    assert.deepEqual((await readdir(root)).sort(), ["folder", "project.godot"]);
    assert.equal(await readFile(join(root, "folder/c.txt"), "utf8"), "1");
  });

  test("that cannot be made is named without the path of the cache folder", async (t) => {
    const root = await temporaryProject(t, {});
    const file = join(await temporaryFolder(t), "file");
    await writeFile(file, "");
    const making = inShadow(root, join(file, "imports/a"), async () => assert.fail("imported"));
    const error = await making.catch((error) => error);
    assert.equal(error.reason, "IMPORT_FAILED");
    assert.match(error.message, /the cache folder is a file; name another with/);
    assert.doesNotMatch(error.message, /\/\w/);
  });

  test("of a project on another file system works alike", async (t) => {
    if (!existsSync("/dev/shm")) return t.skip("This machine has no second file system.");
    const other = await mkdtemp("/dev/shm/godot-control-");
    t.after(() => rm(other, { recursive: true }));
    const root = await temporaryProject(t, {});
    await mkdir(join(root, ".godot"));
    await inShadow(root, join(other, "shadow"), async (folder) => {
      await mkdir(join(folder, "made/deep"), { recursive: true });
      await writeFile(join(folder, "made/deep/a.txt"), "1");
      await writeFile(join(folder, "a.png.import"), "1");
    });
    assert.deepEqual((await readdir(root)).sort(), [".godot", "a.png.import", "made", "project.godot"]);
    assert.equal(await readFile(join(root, "made/deep/a.txt"), "utf8"), "1");
    assert.deepEqual(await readdir(join(root, ".godot")), []);
  });
});
