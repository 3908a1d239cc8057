import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { largestNumber, longestName, mostFrames, shorten } from "../../../../src/engine/bounds.ts";
import { LogParser, type RawEntry, withScriptPlace } from "../../../../src/engine/process/log_parser.ts";
import type { LogEntry } from "../../../../src/model/log_entry.ts";

/** The entries of a text; as the engine's standard error, where nothing else is said. */
function parse(
  text: string,
  plain: LogEntry["severity"] = "ERROR",
  source: LogEntry["source"] = "ENGINE",
): RawEntry[] {
  const entries: RawEntry[] = [];
  const parser = new LogParser(plain, source, (entry) => entries.push(entry));
  for (const line of text.split("\n")) parser.line(line);
  parser.flush();
  return entries;
}

describe("what Godot 4.6 writes", () => {
  test("print() is an INFO for each line, without colours", () => {
    const entries = parse("plain\ntwo\nlines\n\x1b[91mred\x1b[39m \x1b[1mbold\x1b[22m\x1b[0m\n", "INFO");
    assert.deepEqual(
      entries.map((entry) => [entry.severity, entry.message]),
      [
        ["INFO", "plain"],
        ["INFO", "two"],
        ["INFO", "lines"],
        ["INFO", "red bold"],
      ],
    );
  });

  test("printerr() is an ERROR of its own, also right behind another error", () => {
    const entries = parse(
      "ERROR: Failed to instantiate an autoload, script 'res://broken.gd' does not inherit from 'Node'.\n" +
        "   at: start (main/main.cpp:4440)\n" +
        "to stderr\n",
    );
    assert.deepEqual(entries, [
      {
        severity: "ERROR",
        source: "ENGINE",
        message: "Failed to instantiate an autoload, script 'res://broken.gd' does not inherit from 'Node'.",
        function: "start",
        file: "main/main.cpp",
        line: 4440,
        backtrace: [],
      },
      { severity: "ERROR", source: "ENGINE", message: "to stderr", backtrace: [] },
    ]);
  });

  test("a parse error is the script's, at its line", () => {
    const entries = parse(
      'SCRIPT ERROR: Parse Error: Expected expression for variable initial value after "=".\n' +
        "          at: GDScript::reload (res://broken.gd:3)\n",
    );
    assert.deepEqual(entries, [
      {
        severity: "ERROR",
        source: "SCRIPT",
        message: 'Parse Error: Expected expression for variable initial value after "=".',
        function: "GDScript::reload",
        file: "res://broken.gd",
        line: 3,
        backtrace: [],
      },
    ]);
  });

  test("push_error() keeps its lines together, and is at the script's line", () => {
    const entries = parse(
      "ERROR: pushed\n" +
        "in two lines\n" +
        "   at: push_error (core/variant/variant_utility.cpp:1024)\n" +
        "   GDScript backtrace (most recent call first):\n" +
        "       [0] _ready (res://main.gd:7)\n",
    );
    assert.deepEqual(entries, [
      {
        severity: "ERROR",
        source: "ENGINE",
        message: "pushed\nin two lines",
        function: "_ready",
        file: "res://main.gd",
        line: 7,
        backtrace: [{ function: "_ready", file: "res://main.gd", line: 7 }],
      },
    ]);
  });

  test("push_warning() is a WARN", () => {
    const [entry] = parse(
      "WARNING: careful\n" +
        "     at: push_warning (core/variant/variant_utility.cpp:1034)\n" +
        "     GDScript backtrace (most recent call first):\n" +
        "         [0] _ready (res://main.gd:8)\n",
    );
    assert.equal(entry?.severity, "WARN");
    assert.equal(entry?.file, "res://main.gd");
    assert.equal(entry?.line, 8);
  });

  test("a backtrace is innermost first, and a message may itself hold brackets and colons", () => {
    const [entry, second, ...more] = parse(
      "ERROR: Resource file not found: res://missing.png (expected type: unknown)\n" +
        "   at: _load (core/io/resource_loader.cpp:351)\n" +
        "   GDScript backtrace (most recent call first):\n" +
        "       [0] deeper (res://main.gd:13)\n" +
        "       [1] _ready (res://main.gd:9)\n" +
        "SCRIPT ERROR: Invalid call. Nonexistent function 'foo' in base 'Nil'.\n" +
        "          at: _ready (res://main.gd:11)\n" +
        "          GDScript backtrace (most recent call first):\n" +
        "              [0] _ready (res://main.gd:11)\n",
    );
    assert.equal(entry?.message, "Resource file not found: res://missing.png (expected type: unknown)");
    assert.deepEqual(entry?.backtrace, [
      { function: "deeper", file: "res://main.gd", line: 13 },
      { function: "_ready", file: "res://main.gd", line: 9 },
    ]);
    assert.equal(entry?.line, 13);
    assert.equal(second?.source, "SCRIPT");
    assert.equal(second?.backtrace.length, 1);
    assert.deepEqual(more, []);
  });
});

test("each kind of opening has its severity and its source", () => {
  const kinds: [string, LogEntry["severity"], LogEntry["source"]][] = [
    ["ERROR", "ERROR", "IMPORT"],
    ["WARNING", "WARN", "IMPORT"],
    ["USER ERROR", "ERROR", "IMPORT"],
    ["USER WARNING", "WARN", "IMPORT"],
    ["SCRIPT ERROR", "ERROR", "SCRIPT"],
    ["USER SCRIPT ERROR", "ERROR", "SCRIPT"],
    ["SCRIPT WARNING", "WARN", "SCRIPT"],
    ["SHADER ERROR", "ERROR", "SHADER"],
    ["SHADER WARNING", "WARN", "SHADER"],
  ];
  for (const [opening, severity, source] of kinds) {
    const entries = parse(`${opening}: it broke`, "ERROR", "IMPORT");
    assert.deepEqual(entries, [{ severity, source, message: "it broke", backtrace: [] }]);
  }
});

test("what looks like an error on stdout is what a game printed", () => {
  const entries = parse("ERROR: not really\nnext", "INFO");
  assert.deepEqual(
    entries.map(({ severity, message }) => [severity, message]),
    [
      ["INFO", "ERROR: not really"],
      ["INFO", "next"],
    ],
  );
});

test("a coloured error is read as a plain one", () => {
  const [entry] = parse(
    "\x1b[1;31mERROR:\x1b[0;91m it broke\x1b[0m\n\x1b[0;90m   at: start (main/main.cpp:1)\x1b[0m",
  );
  assert.equal(entry?.message, "it broke");
  assert.equal(entry?.file, "main/main.cpp");
});

test("an error is given out when its next line cannot belong to it, or on flush", () => {
  const entries: RawEntry[] = [];
  const parser = new LogParser("ERROR", "ENGINE", (entry) => entries.push(entry));
  parser.line("ERROR: one");
  parser.line("   at: f (a.cpp:1)");
  assert.equal(entries.length, 0);
  parser.line("ERROR: two");
  assert.deepEqual(
    entries.map(({ message }) => message),
    ["one"],
  );
  parser.flush();
  parser.flush();
  assert.deepEqual(
    entries.map(({ message }) => message),
    ["one", "two"],
  );
});

test("a place without a line number is one", () => {
  const [entry] = parse("ERROR: it broke\n   at: load (<native>)");
  assert.equal(entry?.file, "<native>");
  assert.equal(entry && "line" in entry, false);
});

test("empty lines, line feeds of Windows and blanks at the end make no entry and no message", () => {
  assert.deepEqual(
    parse("\n  \r\none  \r\n\n", "INFO").map(({ message }) => message),
    ["one"],
  );
});

test("a message is cut to 8,192 characters, in one line or in many", () => {
  const [long] = parse("x".repeat(65_536), "INFO");
  assert.equal(long?.message.length, 8192);
  assert.ok(long?.message.endsWith("x…"));
  const [many, ...more] = parse(`ERROR: first\n${"a line\n".repeat(100_000)}`);
  assert.equal(many?.message.length, 8192);
  assert.ok(many?.message.startsWith("first\na line\n"));
  assert.deepEqual(more, []);
  assert.equal(shorten("x".repeat(8192)).length, 8192);
  assert.ok(!shorten("x".repeat(8192)).includes("…"));
});

test("the addon's own scripts are no place to look, and their folder is not told", () => {
  const frames = [{ function: "boot_into", file: "/opt/addon/scene_loader.gd", line: 49 }];
  const native: RawEntry = {
    severity: "ERROR",
    source: "ENGINE",
    message: "it broke",
    file: "scene/resources/resource_format_text.cpp",
    line: 40,
    backtrace: frames,
  };
  assert.deepEqual(withScriptPlace(native), { ...native, backtrace: [] });
  const own = withScriptPlace({ ...native, file: "/opt/addon/scene_loader.gd" });
  assert.equal(own.file, "scene_loader.gd");
});

test("an error in a script stays at its own place, whoever called it", () => {
  const entry: RawEntry = {
    severity: "ERROR",
    source: "SCRIPT",
    message: "it broke",
    file: "res://inner.gd",
    line: 1,
    backtrace: [{ function: "_ready", file: "res://outer.gd", line: 2 }],
  };
  assert.deepEqual(withScriptPlace(entry), entry);
});

test("a line number, a name and a backtrace are as large as a log entry may have them", () => {
  const place = `   at: ${"f".repeat(2000)} (res://${"x".repeat(2000)}.gd:99999999999)`;
  const frames = "\n       [0] g (res://y.gd:99999999999)".repeat(1000);
  const [entry, ...more] = parse(`ERROR: boo\n${place}${frames}`);
  assert.deepEqual(more, []);
  assert.equal(entry?.line, largestNumber);
  assert.equal(entry?.backtrace.length, mostFrames);
  assert.deepEqual(entry?.backtrace[0], { function: "g", file: "res://y.gd", line: largestNumber });
  assert.deepEqual([entry?.function?.length, entry?.file?.length], [longestName, longestName]);
});

test("a line of brackets that ends as no place does belongs to the message", () => {
  for (const brackets of ["  at: f (x", "  [0] f (x:1", "  [0] f (x:1) "])
    assert.equal(parse(`ERROR: boo\n${brackets}y`)[0]?.message, `boo\n${brackets}y`);
});
