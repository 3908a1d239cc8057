/** A time limit as a signal: aborted with the error it is to end in, or with the reason of the signal before it. */
export interface Deadline {
  readonly signal: AbortSignal;
  /** Counts from now, unless it counts already. */
  begin(ms: number): void;
  /** Lets everything go; to be called when the work is over. */
  clear(): void;
}

/** @param ms undefined: no limit, until `begin` sets one */
export function deadline(ms: number | undefined, before: AbortSignal, error: () => Error): Deadline {
  const controller = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  const pass = () => controller.abort(before.reason);
  if (before.aborted) pass();
  // By hand: AbortSignal.any costs ten times as much, and every load has its deadline.
  else before.addEventListener("abort", pass);
  const limit: Deadline = {
    signal: controller.signal,
    begin(limitMs) {
      timer ??= setTimeout(() => controller.abort(error()), limitMs);
    },
    clear() {
      clearTimeout(timer);
      before.removeEventListener("abort", pass);
    },
  };
  if (ms !== undefined) limit.begin(ms);
  return limit;
}

/** What `work` gives, or undefined where it takes longer than the given milliseconds; it goes on meanwhile. */
export async function within<T>(work: Promise<T>, ms: number): Promise<T | undefined> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<undefined>((resolve) => {
    timer = setTimeout(resolve, ms, undefined);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** What `work` gives, unless the signal comes first: then its reason is thrown, and the work goes on unseen. */
export async function unlessAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  let stop: (() => void) | undefined;
  try {
    signal.throwIfAborted();
    const aborted = new Promise<never>((_, reject) => {
      stop = () => reject(signal.reason);
      signal.addEventListener("abort", stop, { once: true });
    });
    return await Promise.race([work, aborted]);
  } finally {
    if (stop) signal.removeEventListener("abort", stop);
    work.catch(() => {}); // The caller may have left before it ended.
  }
}
