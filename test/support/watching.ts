/** A stream that is read message by message, for as long as the test likes. */
import assert from "node:assert/strict";

export function watching<T>(open: (signal: AbortSignal) => AsyncIterable<T>) {
  const controller = new AbortController();
  const messages = open(controller.signal)[Symbol.asyncIterator]();
  const next = async (): Promise<T> => {
    const { value, done } = await messages.next();
    assert.ok(!done, "the stream ended");
    return value;
  };
  /** The error that it ends with, whatever comes before; undefined where it ends without one. */
  const end = async (): Promise<unknown> => {
    try {
      while (!(await messages.next()).done);
      return undefined;
    } catch (error) {
      return error;
    }
  };
  return {
    next,
    end,
    async until(isTrue: (message: T) => boolean): Promise<T> {
      for (;;) {
        const message = await next();
        if (isTrue(message)) return message;
      }
    },
    leave() {
      controller.abort();
      return end();
    },
  };
}
