import assert from "node:assert/strict";
import { join } from "node:path";
import { describe, type TestContext, test } from "node:test";
import { fileURLToPath } from "node:url";
import { execa } from "execa";
import fc from "fast-check";
import { readConfigFile } from "../../../../../src/engine/project/settings/config_file.ts";
import { ControlError } from "../../../../../src/model/control_error.ts";
import { realEngine } from "../../../../support/engine.ts";
import { temporaryFolder, writeFiles } from "../../../../support/project.ts";

const fixture = fileURLToPath(new URL("../../../../fixtures/config-file", import.meta.url));

type Plain = string | number | boolean | readonly string[];
type Values = Readonly<Record<string, Plain>>;

/** What Godot reads in each text; undefined where it refuses it. */
async function readByGodot(t: TestContext, texts: readonly string[]): Promise<(Values | undefined)[]> {
  const folder = await temporaryFolder(t);
  await writeFiles(folder, Object.fromEntries(texts.map((text, number) => [`${number}.godot`, text])));
  const { path } = await realEngine();
  const script = join(fixture, "read.gd");
  const { stdout } = await execa(path, ["--headless", "--path", fixture, "--script", script, "--", folder]);
  const lines = stdout.split("\n").filter((line) => line.startsWith("READ "));
  return lines.map((line) => {
    const values: Record<string, Plain | null> | null = JSON.parse(line.slice("READ ".length));
    if (!values) return undefined;
    const read = Object.entries(values).flatMap(([key, value]) =>
      value === null ? [] : [[keyIn(key), decode(value)] as const],
    );
    return Object.fromEntries(read);
  });
}

const decoded = (text: string) => Buffer.from(text, "base64").toString();
/** Godot takes the bytes of a key without quotation marks for Latin-1, those of a byte order mark too. */
const keyIn = (text: string) => decoded(text).replace(/^ï»¿/, "\ufeff");
function decode(value: Plain): Plain {
  if (typeof value === "string") return decoded(value);
  return typeof value === "object" ? value.map(decoded) : value;
}

/** What we read of it that has a meaning here; a sentence where we refuse it. */
function readByUs(text: string): Values | string {
  try {
    const known = [...readConfigFile(text)].filter(([, value]) => value !== undefined);
    return Object.fromEntries(known) as Values;
  } catch (error) {
    assert.ok(error instanceof ControlError, `${error}`);
    return error.message;
  }
}

const noise = fc.string({ unit: fc.constantFrom(..."ab [](){}\"'\\=,;#&é中😀".split(/(?:)/u)) });
const comment = noise.map((text) => `;${text}\n`);
const gap = fc.oneof(fc.constantFrom("", " ", "\t", "\n", "\r\n", "\n\n"), comment);
const lineEnd = fc.oneof(
  fc.constantFrom("\n", "\r\n", " ", "\n\n"),
  comment.map((text) => ` ${text}`),
);

const character = fc.oneof(
  { weight: 4, arbitrary: fc.string({ unit: "grapheme", minLength: 1, maxLength: 1 }) },
  fc.constantFrom("\n", "\r\n", "\t", "[", "{", ";", "#", "="),
);
const written = fc.oneof(
  { weight: 4, arbitrary: character.map((text) => text.replace(/["\\]/g, "\\$&")) },
  fc.constantFrom('\\"', "\\\\", "\\n", "\\t", "\\r", "\\b", "\\f", "\\u0041", "\\U00007a", "\\q", "\\\n"),
);
const quoted = fc.array(written, { maxLength: 8 }).map((parts) => `"${parts.join("")}"`);

/** Items between brackets, with anything that may stand between them. */
const listed = (item: fc.Arbitrary<string>, open: string, close: string) =>
  fc
    .array(fc.tuple(gap, item, gap), { maxLength: 3 })
    .map((items) => `${open}${items.map((parts) => parts.join("")).join(",")}${close}`);

const { value } = fc.letrec<{ value: string; pair: string }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 3, withCrossShrink: true },
    quoted,
    quoted.map((text) => `&${text}`),
    fc.constantFrom("1", "-42", "0.5", "-2.25", "1e3", "7.", "true", "false", "null", "-inf", "#ff8000"),
    fc.constantFrom("Vector2(1, 2)", "Color( 0,\n0 ; half\n, 0, 1)", 'NodePath("a/b")', "inf", "nan"),
    listed(quoted, "PackedStringArray(", ")"),
    listed(quoted, "PackedStringArray (", ")"),
    listed(quoted, "[", "]"),
    listed(quoted, "Array[String]([", "])"),
    listed(tie("pair"), "{", "}"),
    listed(listed(tie("value"), "[", "]"), "{0:[", "]}"),
  ),
  pair: fc.tuple(quoted, gap, gap, tie("value")).map(([key, a, b, item]) => `${key}${a}:${b}${item}`),
}));

const key = fc.oneof(
  fc.constantFrom("config/name", "run/main_scene", "config/features", "config_version", "a.b", "jump"),
  fc.constantFrom('"a key with blanks"', "two words", '"é"', "ui-#1"),
);
const entry = fc.oneof(
  { weight: 6, arbitrary: fc.tuple(key, gap, gap, value).map(([name, a, b, v]) => `${name}${a}=${b}${v}`) },
  fc.constantFrom("[application]", "[application]", "[input]", "[ odd name ]", "[a;b]", "[a\\]b]", "[]"),
  comment.map((text) => text.trimEnd()),
  fc.constantFrom("# a note", "#[tag]", ""),
);
const settingsText = fc
  .tuple(
    fc.constantFrom("", "config_version=5\n", "\ufeffconfig_version=5\n", "\ufeff[application]\r\nicon=1\n"),
    fc.array(fc.tuple(entry, lineEnd), { maxLength: 12 }),
    fc.constantFrom("", "", "# the end", "; the end"),
  )
  .map(([start, entries, end]) => start + entries.flat().join("") + end);

/** Cut anywhere, as a full disk does it. */
const cutText = fc
  .tuple(settingsText, fc.double({ min: 0, max: 1, noNaN: true }))
  .map(([text, share]) => text.slice(0, Math.floor(text.length * share)).toWellFormed());

/** Godot drops text behind the last setting without a word; we name its line. */
const isDropped = (read: unknown) => /line \d+ .* neither a section nor a setting/.test(`${read}`);

describe("Godot reads the same", () => {
  const cases: [name: string, texts: fc.Arbitrary<string>][] = [
    ["in whatever is written by its rules", settingsText],
    ["in what is cut short", cutText],
  ];
  for (const [name, arbitrary] of cases)
    test(name, { timeout: 60_000 }, async (t) => {
      const seed = Date.now();
      const texts = fc.sample(arbitrary, { numRuns: 600, seed });
      const read = await readByGodot(t, texts);
      assert.equal(read.length, texts.length);
      let agreed = 0;
      for (const [number, text] of texts.entries()) {
        const ours = readByUs(text);
        if (read[number] === undefined || isDropped(ours)) continue;
        assert.deepEqual(ours, read[number], `seed ${seed}: ${JSON.stringify(text)}`);
        agreed += 1;
      }
      assert.ok(agreed > 200, `only ${agreed} of ${texts.length} texts were read`);
    });
});

describe("It is refused, by its line,", () => {
  const cases: [text: string, problem: RegExp][] = [
    ["a=1\n<<<<<<< HEAD\nb=1\n=======\nb=2\n", /line 4 of its project.godot has no value/],
    ["a=1\nb=\n", /line 2 of its project.godot is never closed/],
    ["a=%x", /line 1 of its project.godot has no value that Godot can read/],
    ["[a]\n\nb=Nothing", /line 3 of its project.godot has an unknown word, Nothing/],
    ['a="\\u12"', /line 1 of its project.godot has a malformed escape/],
    ["[a", /line 1 of its project.godot is never closed/],
  ];
  for (const [text, problem] of cases)
    test(JSON.stringify(text), () => {
      assert.throws(() => readConfigFile(text), { reason: "PROJECT_INVALID", message: problem });
    });
});

test("an escape beyond ASCII is what it means, though Godot 4.6 garbles it", () => {
  assert.equal(readConfigFile('a="\\u00e9\\u4e2d\\ud83d\\ude00\\U01F600"').get("a"), "é中😀😀");
});
