/** Frames, however they are cut into packets. */
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { largestFrame } from "../../../../../src/engine/bounds.ts";
import { encodeFrame, FrameReader, kinds } from "../../../../../src/engine/link/bus/frame.ts";
import { encode } from "../../../../../src/engine/link/variant/encode.ts";

test("frames are read as they were written, however they are cut", () => {
  const message = fc.record(
    {
      kind: fc.constantFrom(...Object.values(kinds)),
      id: fc.nat(),
      name: fc.string({ unit: "grapheme" }).filter((text) => !text.includes("\0")),
      payload: fc.constantFrom(null, true, 1n, 0.1 + 0.2, "text", [1n, "a"]),
    },
    { noNullPrototype: true },
  );
  fc.assert(
    fc.property(fc.array(message), fc.infiniteStream(fc.integer({ min: 1, max: 40 })), (messages, sizes) => {
      const bytes = Buffer.concat(
        messages.map((one) => encodeFrame(one.kind, one.id, one.name, one.payload)),
      );
      const frames = new FrameReader();
      const found = [];
      for (let place = 0; place < bytes.length; ) {
        const end = place + (sizes.next().value as number);
        found.push(...frames.read(bytes.subarray(place, end)));
        place = end;
      }
      assert.deepEqual(found, messages);
    }),
  );
});

test("a frame that is too large is refused before it comes", () => {
  const head = Buffer.from(Uint32Array.of(largestFrame + 1).buffer);
  assert.throws(() => [...new FrameReader().read(head)], /^Error: it sent a frame of 17825793 bytes$/);
});

for (const [what, body] of Object.entries({ "a text": "x", nothing: null, "a short list": [1n] })) {
  test(`${what} is no message`, () => {
    const payload = encode(body);
    const frame = Buffer.concat([Buffer.from(Uint32Array.of(payload.length).buffer), payload]);
    assert.throws(() => [...new FrameReader().read(frame)], /^Error: it sent a frame that is no message$/);
  });
}
