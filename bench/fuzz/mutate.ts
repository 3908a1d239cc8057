/** Random bytes and texts, the same ones for the same seed. */

export class Random {
  #state: number;

  constructor(seed: number) {
    this.#state = seed >>> 0;
  }

  /** From 0 to less than `end`; the generator is Tommy Ettinger's Mulberry32. */
  below(end: number): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let mixed = this.#state;
    mixed = Math.imul(mixed ^ (mixed >>> 15), mixed | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * end);
  }

  pick<T>(values: readonly T[]): T {
    return values[this.below(values.length)] as T;
  }

  bytes(most: number): Buffer {
    return Buffer.from(Array.from({ length: this.below(most + 1) }, () => this.below(256)));
  }

  /** A valid input with some of it changed, left out, doubled, or replaced by what has done harm before. */
  mutated(input: Buffer, harmful: readonly string[]): Buffer {
    let bytes = input;
    for (let turn = this.below(4); turn >= 0; turn -= 1) {
      const [from, to] = [this.below(bytes.length + 1), this.below(bytes.length + 1)].sort(
        (a, b) => a - b,
      ) as [number, number];
      const [before, part, after] = [bytes.subarray(0, from), bytes.subarray(from, to), bytes.subarray(to)];
      const changed = this.pick([
        () => [before, after],
        () => [before, part, part, after],
        () => [before, this.bytes(8), bytes.subarray(from)],
        () => [before, Buffer.from(this.pick(harmful)), bytes.subarray(from)],
        () => [before, Buffer.from(this.pick(harmful)), after],
        () => [after, part, before],
      ])();
      bytes = Buffer.concat(changed).subarray(0, 64 * 1024);
    }
    return bytes;
  }
}

/** Parts of paths that have led out of folders, and into other hosts, elsewhere. */
export const harmfulPaths = [
  ...[
    "..",
    "../",
    "/../",
    "./",
    "//",
    "\\",
    "..\\",
    "%2e%2e",
    "%2f",
    "%5c",
    "%00",
    "\0",
    "%252e",
    "\r\n",
    "%0d%0a",
  ],
  ...[
    "res://",
    "user://",
    "uid://",
    "file:///",
    "http://",
    "@",
    "#",
    "?",
    ":",
    ";",
    "~",
    "*",
    " ",
    "\u202e",
    "ß",
  ],
  ...[
    "/etc/passwd",
    "outside.tscn",
    "link.tscn",
    "linked/outside.tscn",
    ".tscn",
    ".scn",
    ".TSCN",
    "::",
    "a".repeat(5_000),
  ],
];
