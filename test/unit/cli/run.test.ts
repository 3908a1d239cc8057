import assert from "node:assert/strict";
import { join } from "node:path";
import { describe, test } from "node:test";
import { execa } from "execa";
import { addonHelp, engineHelp, help } from "../../../src/cli/help.ts";
import { run } from "../../../src/cli/run.ts";
import { resourceShortage } from "../../../src/errors/server.ts";
import { version } from "../../../src/version.ts";
import { descriptorTaker } from "../../support/descriptors.ts";
import { temporaryFolder } from "../../support/project.ts";

const main = join(import.meta.dirname, "../../../src/main.ts");

/** The exit code of a command line, and what it wrote. */
async function running(...args: string[]) {
  const result = await execa(process.execPath, [main, ...args], { reject: false, stripFinalNewline: false });
  return { code: result.exitCode, out: result.stdout, err: result.stderr };
}

describe("each command has its own help:", () => {
  const rows: readonly [string[], string][] = [
    [["--help"], help()],
    [["-h"], help()],
    [["help"], help()],
    [["addon", "--help"], addonHelp()],
    [["addon", "install", "--help"], addonHelp()],
    [["engine", "--help"], engineHelp()],
    [["engine", "install", "-h"], engineHelp()],
  ];
  for (const [args, expected] of rows)
    test(args.join(" "), async () => {
      assert.deepEqual(await running(...args), { code: 0, out: expected, err: "" });
    });
});

test("a command's help has its own usage, and no other's", () => {
  assert.match(addonHelp(), /addon install PROJECT.*addon remove PROJECT/s);
  assert.match(engineHelp(), /engine install \[--force\].*--cache-dir.*--download-url/s);
  assert.doesNotMatch(addonHelp(), /engine|--port/);
  assert.doesNotMatch(engineHelp(), /addon|--port/);
});

test("the version is one line", async () => {
  assert.deepEqual(await running("--version"), { code: 0, out: `${version}\n`, err: "" });
});

describe("what is wrong is one line on standard error, and an exit code:", () => {
  const rows: readonly [string[], number, RegExp][] = [
    [["dance"], 2, /^godot-control: unknown command "dance"; commands are addon, engine and help\n$/],
    [["--nope"], 2, /^godot-control: unknown option '--nope' \(--help shows them all\)\n$/],
    [["--port"], 2, /^godot-control: option '--port <value>' argument missing\n$/],
    [["--host", "0.0.0.0"], 2, /^godot-control: --host 0\.0\.0\.0 lets other machines in: [^(]*\n$/],
    [["addon", "update", "."], 2, /^godot-control: addon: expected install PROJECT or remove PROJECT\n$/],
    [["addon", "install", "/no/such/folder"], 1, /^godot-control: The project cannot be run: .*\n$/],
  ];
  for (const [args, code, said] of rows)
    test(args.join(" "), async () => {
      const result = await running(...args);
      assert.equal(result.code, code);
      assert.match(result.err, said);
      assert.equal(result.out, "");
    });
});

test("a command that lacks descriptors says so in one line", async (t) => {
  const takeAll = await descriptorTaker();
  if (!takeAll) return t.skip("This machine has no prlimit.");
  const folder = await temporaryFolder(t);
  const lines: unknown[] = [];
  t.mock.method(process.stderr, "write", (line: unknown) => lines.push(line));
  const giveBack = takeAll();
  const code = await run(["engine", "install", "--cache-dir", folder]).finally(giveBack);
  t.mock.restoreAll();
  assert.deepEqual([code, lines], [1, [`godot-control: ${resourceShortage("EMFILE").message}\n`]]);
});
