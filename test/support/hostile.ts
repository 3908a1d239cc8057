/** Values that an engine's answers do not have by themselves, and messages that have one of them in one place. */

import { protocol } from "../../src/engine/link/addon/addon_link.ts";
import { encode } from "../../src/engine/link/variant/encode.ts";
import { fromPlain } from "../../src/engine/link/variant/plain.ts";

const deepText = "[".repeat(50_000) + "]".repeat(50_000);
const deepMark = "stands for what is nested";
/** JSON.stringify would overflow the stack with it; the engine's own would too, but a stranger's need not. */
const deep = Object.defineProperty(JSON.parse(deepText) as object, "toJSON", { value: () => deepMark });

/** A message as it goes over the wire. */
export const toWire = (message: unknown): string =>
  (JSON.stringify(message) ?? "").replaceAll(`"${deepMark}"`, deepText);

/** Texts that the codec would not write, as JSON has them; what is written instead, and the bytes that take its place. */
const unwritable = [
  ["a\\u0000b", "a~b", Buffer.from("a\u0000b")],
  ["a\\ud800b", "a~~~b", Buffer.from([0x61, 0xed, 0xa0, 0x80, 0x62])],
] as const;

/** The same on the bus, with what the codec would not write: such texts, and arrays deeper than the engine's own. */
export function toPayload(message: unknown): Buffer {
  let text = JSON.stringify(message) ?? "null";
  for (const [found, instead] of unwritable) text = text.replaceAll(found, instead);
  const bytes = encode(fromPlain(JSON.parse(text)));
  for (const [, instead, meant] of unwritable) {
    const place = bytes.indexOf(instead);
    if (place >= 0) meant.copy(bytes, place);
  }
  const mark = encode(deepMark);
  const place = bytes.indexOf(mark);
  if (place < 0) return bytes;
  const levels = Buffer.from(
    Uint32Array.from({ length: 100_000 }, (_, index) => (index % 2 === 0 ? 28 : 1)).buffer,
  );
  const innermost = encode(null);
  return Buffer.concat([bytes.subarray(0, place), levels, innermost, bytes.subarray(place + mark.length)]);
}

export const hostileValues: readonly unknown[] = [
  null,
  true,
  -1,
  -5,
  1.5,
  2 ** 31,
  2 ** 32,
  1e300,
  99_999_999_999,
  "",
  "a\u0000b",
  "a\ud800b",
  "x".repeat(2_000_000),
  [],
  {},
  deep,
  Array.from({ length: 5000 }, () => 1),
  JSON.parse('{"__proto__":{"toString":1},"toString":1}'),
];

/** This message with each of its parts replaced by each hostile value, or missing. */
export function* hostileForms(message: object): Generator<{ where: string; form: unknown }> {
  for (const place of places(message)) {
    for (const value of [...hostileValues, undefined])
      yield { where: place.join("."), form: replaced(message, place, value) };
  }
}

function* places(value: unknown, place: string[] = []): Generator<string[]> {
  yield place;
  if (typeof value === "object" && value !== null)
    for (const [key, part] of Object.entries(value)) yield* places(part, [...place, key]);
}

function replaced(value: unknown, [key, ...rest]: string[], by: unknown): unknown {
  if (key === undefined) return by;
  const copy = (Array.isArray(value) ? [...value] : { ...(value as object) }) as Record<string, unknown>;
  copy[key] = replaced(copy[key], rest, by);
  return copy;
}

const frame = { function: "f", file: "res://a.gd", line: 1 };
const issue = {
  time: 1_700_000_000.5,
  type: 2,
  message: "it broke",
  ...frame,
  backtrace: [frame],
  count: 2,
};
const scene = {
  scene_path: "res://a.tscn",
  scene_name: "a",
  root_name: "A",
  root_type: "Node",
  node_count: 3,
  generation: 4,
  uid: "uid://a",
  load_seconds: 0.5,
};
const player = { exists: true, path: "/root/A/Player" };

/** Whole messages of the addon: its events, and its answer to a load. */
export const addonMessages = {
  hello: { nonce: "n", pid: 7, protocol },
  state: {
    ready: true,
    scene,
    player,
    faults: [issue],
    fault_count: 1,
    missing_autoloads: { Music: "res://music.gd" },
    unimported: ["res://a.png"],
  },
  boot: { issues: [issue], issue_count: 1 },
  main_loop: { stuck_seconds: 0, is_reading: false },
  progress: { id: "1", stage: "loading", percent: 50 },
  answer: { scene, issues: [issue], issue_count: 1, unimported: ["res://a.png"], player },
} as const;
