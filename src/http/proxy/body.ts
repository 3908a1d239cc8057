/** The body of a request on its way to the engine: nothing is asked of the engine before there is something to send. */
import { within } from "../../async/deadline.ts";
import { requestTooSlow } from "../../errors/request.ts";

/** The number of bytes that are gathered before the engine is asked. */
export const gatheredBytes = 64 * 1024;

export type Body =
  /** All of it. */
  | { readonly kind: "whole"; readonly bytes: Buffer }
  /** It is longer than what is gathered: its beginning, and everything after. */
  | { readonly kind: "upload"; readonly chunks: AsyncIterable<Buffer> };

/**
 * @param chunkWait how long the client may take for more of its body, in ms
 * @throws requestTooSlow, from the iteration of an upload too
 */
export async function gather(stream: AsyncIterable<Buffer> | undefined, chunkWait: number): Promise<Body> {
  if (!stream) return { kind: "whole", bytes: Buffer.alloc(0) };
  const rest = punctual(stream, chunkWait);
  const gathered: Buffer[] = [];
  let length = 0;
  while (length <= gatheredBytes) {
    const { done, value } = await rest.next();
    if (done) return { kind: "whole", bytes: Buffer.concat(gathered) };
    gathered.push(value);
    length += value.length;
  }
  return { kind: "upload", chunks: joined(gathered, rest) };
}

async function* joined(gathered: readonly Buffer[], rest: AsyncIterable<Buffer>): AsyncIterable<Buffer> {
  yield* gathered;
  yield* rest;
}

/** Ends where the next chunk takes too long; the stream stays open, so that its client can be answered. */
async function* punctual(stream: AsyncIterable<Buffer>, chunkWait: number): AsyncGenerator<Buffer, void> {
  const iterator = stream[Symbol.asyncIterator]();
  for (;;) {
    const next = iterator.next();
    next.catch(() => {}); // It may fail when it is not awaited any more.
    const result = await within(next, chunkWait);
    if (!result) throw requestTooSlow(chunkWait);
    if (result.done) return;
    yield result.value;
  }
}
