/** Ways to break a file: its text as it was, and as it is after the agent's mistake. */
import type { Random } from "./random.ts";

type Break = (text: string, random: Random) => string;

const gone = (random: Random) => `res://gone_${random.below(1000)}`;

const inReady =
  (statement: string): Break =>
  (text) =>
    text.replace("func _ready() -> void:\n", (ready) => `${ready}\t${statement}\n`);

const ofScripts: Readonly<Record<string, Break>> = {
  "parse error": (text, random) => {
    const lines = text.split("\n");
    lines.splice(random.below(lines.length), 0, random.pick(["func broken(:", "retur 1", "\tvar = 3", "}"]));
    return lines.join("\n");
  },
  "type error": (text) => `${text}\n\nfunc mistyped() -> int:\n\tvar number: int = "text"\n\treturn number\n`,
  "unknown name": (text) => `${text}\n\nfunc lost() -> void:\n\tunknown_name()\n`,
  "missing preload": (text, random) => `${text}\n\nconst GONE = preload("${gone(random)}.gd")\n`,
  "missing parent": (text, random) => text.replace(/^extends .*$/m, `extends "${gone(random)}.gd"`),
  "error in _ready": inReady("var nothing: Node = null\n\tnothing.queue_free()"),
  "push_error in _ready": inReady('push_error("\\u001b[31mnot well")'),
};

const ofScenes: Readonly<Record<string, Break>> = {
  "missing ext_resource": (text, random) => {
    const paths = [...text.matchAll(/path="([^"]+)"/g)].map(([, path]) => path as string);
    if (paths.length === 0) return text;
    const path = random.pick(paths);
    return text.replace(path, `${gone(random)}${/\.\w+$/.exec(path)?.[0]}`);
  },
  "cut short": (text, random) => text.slice(0, random.below(text.length)),
  "corrupt header": (text) => text.replace("format=3]", "format"),
  "corrupt middle": (text, random) => {
    const lines = text.split("\n");
    lines.splice(1 + random.below(lines.length - 1), 0, "[node name=");
    return lines.join("\n");
  },
};

/** A broken text of this file, and how it was broken; undefined where this break finds nothing to break. */
export function broken(
  path: string,
  text: string,
  random: Random,
): { how: string; text: string } | undefined {
  const breaks = path.endsWith(".gd") ? ofScripts : ofScenes;
  const how = random.pick(Object.keys(breaks));
  const after = breaks[how]?.(text, random) ?? text;
  return after === text ? undefined : { how, text: after };
}
