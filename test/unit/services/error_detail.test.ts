/** What is left of an error with a long log, over a protocol that carries little. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { toBinary } from "@bufbuild/protobuf";
import { type ErrorDetail, ErrorDetailSchema, ErrorReason } from "#gen/error_pb.js";
import { Severity } from "#gen/log_pb.js";
import { engineExited } from "../../../src/errors/engine.ts";
import { invalidScenePath, sceneBroken, sceneNotFound } from "../../../src/errors/scene.ts";
import type { LogEntry } from "../../../src/model/log_entry.ts";
import {
  type ErrorLimits,
  fitSentence,
  inBody,
  inTrailers,
  limitsOf,
  toErrorDetail,
} from "../../../src/services/error_detail.ts";
import { logEntry } from "../../support/log_entry.ts";

const exit = { run: 2, signal: "SIGSEGV", asked: false, time: 1_234, message: "It crashed" };
const scene = "res://a.tscn";

/** A log of these, as it is kept: the first has cursor 101. */
const log = (...entries: Partial<LogEntry>[]) =>
  entries.map((entry, index) => logEntry(`entry ${index}`, { cursor: 101 + index, ...entry }));
const detailOf = (...given: Parameters<typeof toErrorDetail>): ErrorDetail => {
  const detail = toErrorDetail(...given);
  assert.ok(detail);
  return detail;
};
const places = ({ logTail }: ErrorDetail) => logTail.map(({ cursor }) => Number(cursor) - 101);
const size = (detail: ErrorDetail) => toBinary(ErrorDetailSchema, detail).length;

describe("what fits", () => {
  test("has its reason and metadata, and no exit where none was the cause", () => {
    const { reason, metadata, logTail, exit } = detailOf(sceneNotFound(scene, undefined), inTrailers);
    assert.equal(reason, ErrorReason.SCENE_NOT_FOUND);
    assert.deepEqual([metadata, logTail, exit], [{ scene_path: scene }, [], undefined]);
  });

  test("has the log's tail as it stands, and the exit that was the cause", () => {
    const entries = log({ severity: "INFO" }, { severity: "ERROR" }, { severity: "WARN" });
    const detail = detailOf(engineExited({ ...exit, scene }, entries), inTrailers);
    assert.deepEqual(places(detail), [0, 1, 2]);
    assert.deepEqual([detail.exit?.signal, detail.exit?.scenePath], ["SIGSEGV", scene]);
    assert.deepEqual([detail.logTailOmitted, detail.logCursor], [0, 0n]);
  });
});

describe("what does not fit", () => {
  const long = "x".repeat(8_000);
  const frame = { function: "_ready", file: `res://${"deep/".repeat(100)}a.gd`, line: 1 };
  const crowd = Array.from({ length: 50 }, (_, index) => ({
    message: `${index} ${long}`,
    backtrace: Array(30).fill(frame),
  }));
  for (const [name, limits] of Object.entries({ inTrailers, inBody }) as [string, ErrorLimits][]) {
    test(`${name}: is left out and counted, and the log's cursor leads to all of it`, () => {
      const detail = detailOf(engineExited(exit, log(...crowd)), limits);
      assert.ok(size(detail) <= limits.detail, `${size(detail)} bytes`);
      assert.ok(detail.logTail.length > 0);
      assert.equal(detail.logTailOmitted, 50 - detail.logTail.length);
      assert.equal(detail.logCursor, 100n);
    });

    test(`${name}: no text that a caller or an engine chooses is too long`, () => {
      const endless = "ü".repeat(1 << 20);
      const path = detailOf(invalidScenePath(endless, "is too long"), limits);
      assert.ok(size(path) <= limits.detail, `${size(path)} bytes`);
      assert.match(path.metadata.scene_path ?? "", /^ü+…$/);
      const ended = detailOf(engineExited({ ...exit, message: endless, scene: endless }, log({})), limits);
      assert.ok(size(ended) <= limits.detail, `${size(ended)} bytes`);
      assert.equal(ended.logTail.length, 1);
    });
  }

  test("of a log, the newest of the most severe stay", () => {
    const entries = log(
      ...crowd.map((entry, index) => ({
        ...entry,
        severity: index % 5 === 0 ? ("ERROR" as const) : ("INFO" as const),
      })),
    );
    const { logTail } = detailOf(engineExited(exit, entries), inTrailers);
    const errors = logTail.filter(({ severity }) => severity === Severity.ERROR);
    assert.deepEqual(
      errors.map(({ cursor }) => Number(cursor) - 101),
      [20, 25, 30, 35, 40, 45].slice(-errors.length),
    );
    assert.ok(errors.length >= 3);
  });

  test("of a broken scene, the causes stay, which come first", () => {
    const detail = detailOf(sceneBroken(scene, "none is current", "", log(...crowd)), inTrailers);
    const kept = places(detail);
    assert.ok(kept.length >= 3);
    assert.deepEqual(kept, [...kept.keys()]);
  });

  test("has no cursor where the log has none of it", () => {
    const entries = log(...crowd.map((entry) => ({ ...entry, cursor: 0 })));
    assert.equal(detailOf(sceneBroken(scene, "none is current", "", entries), inTrailers).logCursor, 0n);
  });
});

describe("what cannot be written", () => {
  for (const broken of [{ line: 99_999_999_999 }, { run: 1.5 }, { time: 1e300 }, { count: -1 }])
    test(`is left out: ${JSON.stringify(broken)}`, () => {
      const detail = detailOf(engineExited(exit, log({}, broken, {})), inTrailers);
      assert.deepEqual([places(detail), detail.logTailOmitted], [[0, 2], 1]);
    });

  test("leaves an error without its detail where that is its own", () => {
    assert.equal(toErrorDetail(engineExited({ ...exit, code: 1e20 }, []), inTrailers), undefined);
  });
});

describe("a sentence", () => {
  for (const character of ["x", " ", "ü", "🎮", "\ud800"])
    test(`is cut to its limit between characters: ${JSON.stringify(character)}`, () => {
      const sentence = fitSentence(character.repeat(5_000), inTrailers);
      const { length } = encodeURIComponent(sentence);
      assert.ok(length <= inTrailers.sentence && length > inTrailers.sentence - 24, `${length} bytes`);
      assert.ok(sentence.endsWith("…"));
    });

  test("that fits stays as it is", () => {
    assert.equal(fitSentence("It crashed.", inTrailers), "It crashed.");
  });
});

test("gRPC and gRPC-Web have trailers, everything else a body", () => {
  for (const type of ["application/grpc", "application/grpc+proto", "application/grpc-web+json"])
    assert.equal(limitsOf(type), inTrailers, type);
  for (const type of [null, "application/json", "application/proto", "application/connect+proto"])
    assert.equal(limitsOf(type), inBody, String(type));
});
