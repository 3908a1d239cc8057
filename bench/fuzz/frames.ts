/** Frames of the addon's bus as no server would send them. */
import { encodeFrame, kinds } from "../../src/engine/link/bus/frame.ts";
import { fromPlain } from "../../src/engine/link/variant/plain.ts";
import type { BareEngine } from "../../test/support/bare_engine.ts";
import { openBus } from "../../test/support/raw_bus.ts";
import { harmfulPaths, type Random } from "./mutate.ts";

/** How long a connection is kept for an answer, in milliseconds. */
const patience = 100;

const sound = [
  encodeFrame(kinds.call, 1, "scene.load", fromPlain({ scene_path: "res://main.tscn", id: "1" })),
  encodeFrame(
    kinds.call,
    2,
    "scene.load",
    fromPlain({ scene_path: "res://levels/one.tscn", restartable: true }),
  ),
  encodeFrame(kinds.call, 3, "scene.nothing", fromPlain([1, [2, { a: null }]])),
  encodeFrame(kinds.cancel, 1, "", null),
];

/** Some frames; most have the length that they say, so that what is in them is read. */
export function frames(random: Random): Buffer {
  const some = Array.from({ length: random.below(6) + 1 }, () => {
    const frame = random.pick(sound);
    if (random.below(8) === 0) return random.mutated(frame, harmfulPaths);
    const body = random.mutated(frame.subarray(4), [
      ...harmfulPaths,
      "\x1b\0\0\0",
      "\x1c\0\0\0\xff\xff\xff\x7f",
    ]);
    const head = Buffer.alloc(4);
    head.writeUInt32LE(body.length);
    return Buffer.concat([head, body]);
  });
  return Buffer.concat(some);
}

/** Sends bytes on a connection of their own; resolves to how that began. */
export async function exchangeFrames(engine: BareEngine, bytes: Buffer): Promise<string> {
  const { socket, status } = await openBus(engine);
  await new Promise<void>((resolve) => {
    const timer = setTimeout(() => socket.destroy(), patience);
    socket.on("close", () => {
      clearTimeout(timer);
      resolve();
    });
    socket.resume().write(bytes);
  });
  return `HTTP/1.1 ${status} `;
}
