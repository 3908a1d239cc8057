/**
 * The bus's frames, as frame.gd has them: a length in 32 bits, little-endian, and that many bytes of
 * `[kind, id, name, payload]`.
 */
import { largestFrame } from "../../bounds.ts";
import { decode } from "../variant/decode.ts";
import { encode } from "../variant/encode.ts";
import type { Variant } from "../variant/variant.ts";

export const kinds = { call: 0, answer: 1, failure: 2, event: 3, cancel: 4 } as const;

export type Kind = (typeof kinds)[keyof typeof kinds];

export interface Message {
  readonly kind: number;
  readonly id: number;
  readonly name: string;
  readonly payload: Variant;
}

const headBytes = 4;

export function encodeFrame(kind: Kind, id: number, name: string, payload: Variant): Buffer {
  const body = encode([BigInt(kind), BigInt(id), name, payload]);
  const head = Buffer.alloc(headBytes);
  head.writeUInt32LE(body.length);
  return Buffer.concat([head, body]);
}

/** Puts frames together, however they are cut into packets. */
export class FrameReader {
  #received: Buffer[] = [];
  #size = 0;
  #awaited = headBytes;

  /** @throws where a frame is too large, or is none */
  *read(bytes: Buffer): Generator<Message> {
    this.#received.push(bytes);
    this.#size += bytes.length;
    while (this.#size >= this.#awaited) {
      const all = this.#received.length === 1 ? (this.#received[0] as Buffer) : Buffer.concat(this.#received);
      const length = all.readUInt32LE();
      if (length > largestFrame) throw new Error(`it sent a frame of ${length} bytes`);
      this.#received = [all];
      this.#awaited = headBytes + length;
      if (all.length < this.#awaited) return;
      const rest = all.subarray(this.#awaited);
      const body = all.subarray(headBytes, this.#awaited);
      this.#received = rest.length > 0 ? [rest] : [];
      this.#size = rest.length;
      this.#awaited = headBytes;
      yield toMessage(decode(body));
    }
  }
}

function toMessage(value: Variant): Message {
  const [kind, id, name, payload = null] = Array.isArray(value) ? (value as readonly Variant[]) : [];
  if (typeof kind !== "bigint" || typeof id !== "bigint" || typeof name !== "string")
    throw new Error("it sent a frame that is no message");
  return { kind: Number(kind), id: Number(id), name, payload };
}
