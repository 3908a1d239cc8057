/** Reads the sections and settings of a `project.godot` as Godot does, which also takes several on one line. */
import { projectInvalid } from "../../../errors/project.ts";
import { MalformedText, type Value, VariantText } from "./variant_text.ts";

/** Nothing, a byte order mark, or what was meant as a comment. */
const endsQuietly = /^\ufeff?(?:#|$)/;

/**
 * The values by `section/key`.
 * @throws `projectInvalid`, saying which line is wrong
 */
export function readConfigFile(text: string): ReadonlyMap<string, Value> {
  const values = new Map<string, Value>();
  const reader = new VariantText(text);
  let section = "";
  let begin = 0;
  try {
    for (;;) {
      reader.skip();
      begin = reader.position;
      if (reader.take(/\[/y)) {
        section = readSection(reader) || section;
        continue;
      }
      const key = readKey(reader);
      if (reader.next === "" && endsQuietly.test(key)) return values;
      if (!reader.take(/=/y)) throw new MalformedText("is neither a section nor a setting");
      const value = reader.value();
      if (key !== "") values.set(section === "" ? key : `${section}/${key}`, value);
    }
  } catch (error) {
    if (!(error instanceof MalformedText)) throw error;
    throw projectInvalid(`line ${reader.lineAt(begin)} of its project.godot ${error.message}`);
  }
}

function readSection(reader: VariantText): string {
  const name = reader.take(/(?:\\\]|[^\]\\]+|\\)*/y);
  if (!reader.take(/\]/y)) throw new MalformedText("is never closed");
  return name.replaceAll("\\]", "]").trim();
}

/**
 * Up to its `=`. Blanks, line breaks and comments in a key are nothing to Godot, and `#` begins no comment:
 * a line of other text becomes part of the next key.
 */
function readKey(reader: VariantText): string {
  let key = "";
  for (;;) {
    reader.skip();
    if (reader.next === '"') key = reader.string();
    else {
      const part = reader.take(/[^\0-\x20;="]+/y);
      if (part === "") return key;
      key += part;
    }
  }
}
