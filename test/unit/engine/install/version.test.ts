import assert from "node:assert/strict";
import { test } from "node:test";
import { isSupported, parseVersion } from "../../../../src/engine/install/version.ts";

const versions: [output: string, text: string | undefined, supported?: boolean][] = [
  ["4.6.3.stable.debian4.6.3+ds-2", "4.6.3.stable", true],
  ["4.5.stable.official.876b29033", "4.5.stable", true],
  ["4.5.1.stable.mono.official.f62fdbde1", "4.5.1.stable.mono", true],
  ["4.7.dev2", "4.7.dev2", true],
  ["4.6.rc1.official.481c4b5bb", "4.6.rc1", true],
  ["4.10.stable.official", "4.10.stable", true],
  ["some driver's warning\r\n4.6.3.stable.official\r\n", "4.6.3.stable", true],
  ["4.4.1.stable.official.49a5bc7b6", "4.4.1.stable", false],
  ["3.6.stable.official.de2f0f147", "3.6.stable", false],
  ["5.0.stable.official", "5.0.stable", false],
  ["Python 3.11.2", undefined],
  ["4.6.3", undefined],
  ["v4.6.3.stable", undefined],
  ["4.6.3.stablest", undefined],
  ["", undefined],
];

for (const [output, text, supported] of versions)
  test(`${JSON.stringify(output)} is ${text ?? "no version"}`, () => {
    const version = parseVersion(output);
    assert.equal(version?.text, text);
    if (version) assert.equal(isSupported(version), supported);
  });
