/** Values go to the real engine and back, in both directions: its own bytes are the judge. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { type AddressInfo, createServer, type Socket } from "node:net";
import { after, before, describe, it, test } from "node:test";
import { fileURLToPath } from "node:url";
import { execa } from "execa";
import fc from "fast-check";
import { decode } from "../../../../../src/engine/link/variant/decode.ts";
import { encode } from "../../../../../src/engine/link/variant/encode.ts";
import { deepest, typeNames } from "../../../../../src/engine/link/variant/types.ts";
import type { Variant } from "../../../../../src/engine/link/variant/variant.ts";
import { realEngine } from "../../../../support/engine.ts";
import { seedOf, series } from "../../../../support/series.ts";
import { any } from "../../../../support/variants.ts";

const mirrorScript = fileURLToPath(new URL("../../../../fixtures/variants/mirror.gd", import.meta.url));
const runs = series({ short: 1_000, whole: 50_000 });

describe("A value", () => {
  let peer: Socket;
  let frames: AsyncIterator<Buffer>;
  let end: () => Promise<void>;

  before(async () => {
    const listener = createServer({ noDelay: true }).listen(0, "127.0.0.1");
    await once(listener, "listening");
    const { path } = await realEngine();
    const { port } = listener.address() as AddressInfo;
    const seed = seedOf({ diagnostic: console.info });
    const engine = execa(path, ["--headless", "--script", mirrorScript, "--", String(port), String(seed)], {
      all: true,
      reject: false,
    });
    [peer] = (await once(listener, "connection")) as [Socket];
    frames = readFrames(peer);
    end = async () => {
      peer.end();
      const { all } = await engine;
      listener.close();
      assert.doesNotMatch(all, /ERROR/);
    };
  });
  after(() => end());

  /** What the engine sends for these bytes; a value that it makes itself for none. */
  async function mirrored(bytes: Buffer = Buffer.alloc(0)): Promise<Buffer> {
    const head = Buffer.alloc(4);
    head.writeUInt32LE(bytes.length);
    peer.write(Buffer.concat([head, bytes]));
    const { value } = await frames.next();
    return value;
  }

  it("is in the engine what it is here, byte by byte, whatever it is", async (context) => {
    await fc.assert(
      fc.asyncProperty(any, async (value) => {
        const bytes = encode(value);
        assert.deepEqual(decode(bytes), value);
        assert.deepEqual(await mirrored(bytes), bytes);
      }),
      { numRuns: runs, seed: seedOf(context) },
    );
  });

  it("that the engine makes is here what it is there", async (context) => {
    const seen = new Set<string>();
    for (let turn = 0; turn < runs; turn += 1) {
      const bytes = await mirrored();
      seen.add(typeNames[bytes[0] ?? 255] ?? "none");
      assert.deepEqual(encode(decode(bytes)), bytes, bytes.toString("hex"));
    }
    assert.deepEqual([...seen].sort(), [...typeNames].sort());
    context.diagnostic(`${runs} values of all ${seen.size} types`);
  });

  it("of 16 MiB, or nested as deep as Godot allows, comes back", async () => {
    for (const value of [new Uint8Array(2 ** 24).fill(7), "ü".repeat(2 ** 23), nested(deepest)]) {
      const bytes = encode(value);
      assert.ok((await mirrored(bytes)).equals(bytes));
    }
    assert.throws(() => encode(nested(deepest + 1)), RangeError);
  });
});

test("half of a surrogate pair, which Godot's texts may have and UTF-8 does not, is U+FFFD", () => {
  const bytes = Buffer.from("0400000005000000" + "41eda08042" + "000000", "hex");
  assert.equal(decode(bytes), "A\ufffdB");
});

test("bytes that are no value are refused in words, and cost no more than they are", () => {
  for (const [bytes, problem] of [
    ["", /^at byte 0, it ends too early$/],
    ["27000000", /^at byte 4, there is no type 39$/],
    ["180000000500000041524d00", /^at byte 4, an object is given in full$/],
    ["0400000002000000fffe0000", /^at byte 12, a text is no UTF-8$/],
    ["1c000000ffffff7f", /^at byte 8, it ends too early$/],
    ["0000000000000000", /^at byte 4, the value ends before its bytes do$/],
  ] as const)
    assert.throws(() => decode(Buffer.from(bytes, "hex")), { message: problem });
  assert.throws(
    () => decode(Buffer.from("1c00000001000000".repeat(deepest + 2), "hex")),
    /nested more than 100 times/,
  );
});

test("any bytes are a value or an Error with its place", (context) => {
  const changed = fc
    .tuple(any, fc.array(fc.tuple(fc.nat(), fc.nat(255)), { maxLength: 3 }))
    .map(([value, changes]) => {
      const bytes = encode(value);
      for (const [at, byte] of changes) bytes[at % bytes.length] = byte;
      return bytes;
    });
  fc.assert(
    fc.property(fc.oneof(fc.uint8Array(), changed), (bytes) => {
      try {
        decode(bytes);
      } catch (error) {
        assert.match((error as Error).message, /^at byte \d+, /);
      }
    }),
    { numRuns: runs, seed: seedOf(context) },
  );
});

function nested(depth: number): Variant {
  let value: Variant = [];
  for (let level = 0; level < depth; level += 1) value = [value];
  return value;
}

async function* readFrames(peer: Socket): AsyncGenerator<Buffer, never> {
  let rest: Buffer = Buffer.alloc(0);
  const chunks = peer[Symbol.asyncIterator]();
  const take = async (size: number): Promise<Buffer> => {
    const parts = [rest];
    let length = rest.length;
    while (length < size) {
      const { value, done } = (await chunks.next()) as IteratorResult<Buffer>;
      if (done) throw new Error("the engine has gone");
      parts.push(value);
      length += value.length;
    }
    const all = Buffer.concat(parts);
    rest = all.subarray(size);
    return all.subarray(0, size);
  };
  for (;;) yield await take((await take(4)).readUInt32LE());
}
