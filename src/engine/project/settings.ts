/** The project's own settings: what of `project.godot` the server has to know before the engine runs. */
import { readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { projectInvalid } from "../../errors.ts";
import { isShortage } from "../shortage.ts";

export interface ProjectSettings {
  readonly name: string | undefined;
  /** `res://…` or `uid://…`; absent where the project has none. */
  readonly mainScene: string | undefined;
}

/** The major format of Godot 4's project files (ProjectSettings::CONFIG_VERSION). */
const godot4Format = 5;

/** @throws `projectInvalid`, saying what is missing or which line is wrong */
export async function readProjectSettings(root: string): Promise<ProjectSettings> {
  const folder = await stat(root).catch((error: NodeJS.ErrnoException) => {
    if (isShortage(error)) throw error;
    throw projectInvalid(
      error.code === "ENOENT" ? "its folder does not exist" : `its folder cannot be read (${error.code})`,
    );
  });
  if (!folder.isDirectory()) throw projectInvalid("its folder is a file");
  const text = await readFile(join(root, "project.godot"), "utf8").catch((error: NodeJS.ErrnoException) => {
    if (isShortage(error)) throw error;
    throw projectInvalid(
      error.code === "ENOENT"
        ? "its folder has no project.godot"
        : `its project.godot cannot be read (${error.code})`,
    );
  });
  const values = parse(text);
  const format = Number(values.get("config_version") ?? godot4Format);
  if (format < godot4Format)
    throw projectInvalid(
      `its project.godot is of format ${format}, which is Godot 3's or older; convert it first`,
    );
  return {
    name: unquote(values.get("application/config/name")),
    mainScene: unquote(values.get("application/run/main_scene")) || undefined,
  };
}

/** The values by `section/key`, as they are written. */
function parse(text: string): Map<string, string> {
  const values = new Map<string, string>();
  let section = "";
  const lines = text.replace(/^\uFEFF/, "").split(/\r?\n/);
  for (let index = 0; index < lines.length; index += 1) {
    const line = (lines[index] as string).trim();
    if (line === "" || line.startsWith(";") || line.startsWith("#")) continue;
    const header = /^\[([^\]]+)\]$/.exec(line);
    if (header) {
      section = `${header[1]}/`;
      continue;
    }
    const pair = /^([^\s=[\]{}"]+|"[^"]+")\s*=(.*)$/.exec(line);
    if (!pair)
      throw projectInvalid(`line ${index + 1} of its project.godot is neither a section nor a setting`);
    const first = index;
    const value = [(pair[2] as string).trim()];
    for (let open = scan(value[0] as string, closed); isOpen(open); ) {
      index += 1;
      if (index >= lines.length)
        throw projectInvalid(`line ${first + 1} of its project.godot is never closed`);
      const more = lines[index] as string;
      open = scan(more, open);
      value.push(more);
    }
    values.set(section + (pair[1] as string), value.join("\n"));
  }
  return values;
}

/** What a value has left open at the end of a line. */
interface Open {
  readonly quoted: boolean;
  readonly depth: number;
}

const closed: Open = { quoted: false, depth: 0 };
const isOpen = ({ quoted, depth }: Open) => quoted || depth > 0;

function scan(line: string, before: Open): Open {
  let { quoted, depth } = before;
  for (let index = 0; index < line.length; index += 1) {
    const character = line[index] as string;
    if (quoted && character === "\\") index += 1;
    else if (character === '"') quoted = !quoted;
    else if (!quoted && "[{(".includes(character)) depth += 1;
    else if (!quoted && "]})".includes(character)) depth -= 1;
  }
  return { quoted, depth };
}

const unquote = (value: string | undefined) =>
  value ? /^&?"((?:[^"\\]|\\.)*)"$/.exec(value)?.[1] : undefined;
