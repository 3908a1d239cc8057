/** `godot-control addon install|remove PROJECT`: for games that run without this server having started them. */
import { readFileSync } from "node:fs";
import {
  access,
  chown,
  cp,
  lstat,
  readdir,
  readFile,
  realpath,
  rename,
  rm,
  rmdir,
  stat,
  writeFile,
} from "node:fs/promises";
import { dirname, join, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { UsageError } from "../config/config.ts";
import { readConfigFile } from "../engine/project/settings/config_file.ts";
import { readProjectSettings } from "../engine/project/settings/settings.ts";
import { isShortage } from "../errors/shortage.ts";

const source = fileURLToPath(new URL("../../godot-addon/addons/godot_control", import.meta.url));
const folder = "addons/godot_control";
const autoload = `GodotControl="*res://${folder}/autoload.gd"`;
const uid = readFileSync(join(source, "autoload.gd.uid"), "utf8").trim();
/** The same, as the editor writes it: by its uid, and without the asterisk where it was switched off. */
const ours = new RegExp(`^GodotControl="(\\*?)(?:res://${folder}/autoload\\.gd|${uid})"(\\r?\\n)`, "m");

/** Resolves to the exit code. */
export async function addon(args: readonly string[]): Promise<number> {
  const [action, given, ...rest] = args;
  if ((action !== "install" && action !== "remove") || given === undefined || rest.length > 0)
    throw new UsageError("addon: expected install PROJECT or remove PROJECT");
  try {
    await change(action, given);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (!/^E[A-Z]+$/.test(code ?? "") || isShortage(error)) throw error;
    throw new UsageError(
      `addon: ${given} could not be changed (${code}): look at its rights, and at the disk`,
    );
  }
  return 0;
}

async function change(action: "install" | "remove", given: string): Promise<void> {
  const project = resolve(given);
  await readProjectSettings(project);
  if ((await realpath(join(project, folder)).catch(() => undefined)) === (await realpath(source)))
    throw new UsageError(`addon: ${given} is where the addon itself lives`);
  const settings = join(project, "project.godot");
  if ((await lstat(join(project, folder)).catch(() => undefined))?.isSymbolicLink())
    throw new UsageError(
      `addon: ${given} has a link at ${folder}; remove that first, what it leads to stays`,
    );
  const isOurs = await exists(join(project, folder, "autoload.gd"));
  if (!isOurs && (await exists(join(project, folder))))
    throw new UsageError(`addon: ${given} has something else in ${folder}; move that away first`);
  // Byte by byte: it may hold what is no UTF-8.
  const text = await readFile(settings, "latin1");
  if (action === "install") {
    if (!ours.test(text) && hasAutoload(text))
      throw new UsageError(
        "addon: this project has an autoload of its own called GodotControl; give that another name first",
      );
    await cp(source, join(project, folder), { recursive: true });
    await replace(settings, withAutoload(text));
    process.stdout.write(
      `Installed in ${join(project, folder)}; project.godot has the autoload GodotControl.\n`,
    );
  } else if (!ours.test(text) && !(await exists(join(project, folder)))) {
    process.stdout.write(`Nothing to remove: the addon is not installed in ${project}.\n`);
  } else {
    await replace(settings, withoutAutoload(text));
    await removeFiles(join(project, folder));
    // What an installation made beside it goes too, where nothing else is in it.
    await rmdir(join(project, dirname(folder))).catch(() => {});
    const isLeft = await exists(join(project, folder));
    const left = isLeft ? `; ${folder} has files that are not the addon's, and stays` : "";
    process.stdout.write(`Removed from ${project}${left}.\n`);
  }
}

/** Those of the addon, and then its folders, unless something else is in them. */
async function removeFiles(from: string): Promise<void> {
  const own = await readdir(source, { recursive: true, withFileTypes: true });
  const paths = own.map((entry) => ({
    entry,
    path: join(from, relative(source, entry.parentPath), entry.name),
  }));
  for (const { entry, path } of paths) if (!entry.isDirectory()) await rm(path, { force: true });
  for (const { entry, path } of paths.toReversed())
    if (entry.isDirectory()) await rmdir(path).catch(() => {});
  await rmdir(from).catch(() => {});
}

/** Whole or not at all: a full disk leaves the file as it was. */
async function replace(path: string, bytes: string): Promise<void> {
  const real = await realpath(path);
  const { mode, uid: owner, gid } = await stat(real);
  const temporary = `${real}.godot-control`;
  try {
    await writeFile(temporary, bytes, { encoding: "latin1", mode });
    // Only root can give it back to its owner, and only root takes it away.
    await chown(temporary, owner, gid).catch(() => {});
    await rename(temporary, real);
  } finally {
    await rm(temporary, { force: true });
  }
}

const exists = (path: string) =>
  access(path).then(
    () => true,
    () => false,
  );

/** The settings with our autoload, and everything else to the byte as it was. */
export function withAutoload(text: string): string {
  const eol = lineBreak(text);
  const [, isOn] = ours.exec(text) ?? [];
  if (isOn !== undefined) return isOn ? text : text.replace(ours, `${autoload}$2`);
  const sections = text.matchAll(/^\[autoload\][^\S\r\n]*\r?\n(?:[^\S\r\n]*\r?\n)*/gm);
  for (const { index, 0: section } of sections) {
    const end = index + section.length;
    const changed = `${text.slice(0, end)}${autoload}${eol}${text.slice(end)}`;
    if (hasAutoload(changed)) return changed;
  }
  return text + ownSection(eol);
}

/** What looks like a section may stand within a text, which then ends too early. */
function hasAutoload(text: string): boolean {
  try {
    return readConfigFile(text).has("autoload/GodotControl");
  } catch {
    return false;
  }
}

/** What `withAutoload` was given. */
export function withoutAutoload(text: string): string {
  for (const eol of ["\r\n", "\n"])
    if (text.endsWith(ownSection(eol))) return text.slice(0, -ownSection(eol).length);
  return text.replace(ours, "");
}

/** A section of our own at the end of a text that has none. */
const ownSection = (eol: string) => `${eol}[autoload]${eol}${eol}${autoload}${eol}`;

const lineBreak = (text: string) => (text.includes("\r\n") ? "\r\n" : "\n");
