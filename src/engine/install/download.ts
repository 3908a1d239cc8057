/** An HTTP download that gives up early where the server does not answer. */
import { isShortage } from "../../errors/shortage.ts";

export interface Download {
  /** Bytes, when the server says. */
  readonly size: number | undefined;
  /** @throws {Error} when the server cuts off or stalls */
  readonly chunks: AsyncIterable<Uint8Array>;
}

/** How long the server may be silent in mid-download, in milliseconds. */
const silenceLimit = 15_000;
/** What has to come in each such time, in bytes: at this rate, the smallest Godot takes two hours. */
const slowest = 128 * 1024;

/**
 * @param answerWithin until the first bytes must be there, in milliseconds
 * @throws {Error} saying in one line what is wrong; the signal's reason when aborted
 */
export async function openDownload(
  url: string,
  {
    signal,
    answerWithin,
    silentFor = silenceLimit,
  }: { signal: AbortSignal | undefined; answerWithin: number; silentFor?: number },
): Promise<Download> {
  const watch = new AbortController();
  const within = async <T>(ms: number, step: () => Promise<T>): Promise<T> => {
    const silent = () => watch.abort(new Error(`${url} sent nothing for ${ms / 1000} s`));
    const timer = setTimeout(silent, ms);
    try {
      return await step();
    } catch (error) {
      if (signal?.aborted) throw signal.reason;
      if (watch.signal.aborted) throw watch.signal.reason;
      watch.abort();
      if (isShortage((error as Error).cause)) throw (error as Error).cause;
      throw new Error(`${url}: ${cause(error)}`);
    } finally {
      clearTimeout(timer);
    }
  };

  return await within(answerWithin, async () => {
    const stop = signal ? AbortSignal.any([signal, watch.signal]) : watch.signal;
    const response = await fetch(url, { signal: stop });
    if (!response.ok || !response.body) throw new Error(`HTTP status ${response.status}`);
    const reader = response.body.getReader();
    const first = await reader.read();
    const length = Number(response.headers.get("content-length") ?? Number.NaN);
    async function* chunks() {
      try {
        let since = performance.now();
        let received = 0;
        for (let part = first; !part.done; part = await within(silentFor, () => reader.read())) {
          received += part.value.length;
          yield part.value;
          const seconds = (performance.now() - since) / 1000;
          if (seconds * 1000 < silentFor) continue;
          if (received < slowest) throw new Error(`${url} sent ${received} bytes in ${seconds.toFixed(0)} s`);
          since = performance.now();
          received = 0;
        }
      } finally {
        watch.abort();
      }
    }
    return { size: Number.isFinite(length) ? length : undefined, chunks: chunks() };
  });
}

/** fetch says only "fetch failed"; what happened is one level down. */
function cause(error: unknown): string {
  const outer = error as Error;
  const inner = outer.cause as NodeJS.ErrnoException | undefined;
  return inner?.message || inner?.code || outer.message;
}
