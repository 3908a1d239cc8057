/**
 * A value that changes, and its watchers: they get the present value first, then changes. A slow
 * reader skips to the latest, so that a thousand of them cost no memory.
 */
import { isolated } from "./isolated.ts";

/** The number of watchers woken in one turn of the event loop; ten thousand at once would starve every call. */
const wokenAtOnce = 50;

export class Feed<T> {
  #value: T;
  #waiting = new Set<() => void>();
  readonly #followers: ((value: T) => void)[] = [];

  constructor(value: T) {
    this.#value = value;
  }

  get value(): T {
    return this.#value;
  }

  set(value: T): void {
    this.#value = value;
    for (const follow of this.#followers) isolated(() => follow(value));
    this.wake();
  }

  /** Has every waiting watcher look again. */
  protected wake(): void {
    if (this.#waiting.size === 0) return;
    const woken = this.#waiting;
    this.#waiting = new Set();
    wakeInTurns(woken.values());
  }

  /** Calls `follow` within each `set`, for as long as the feed lives: what is derived is never behind. */
  follow(follow: (value: T) => void): void {
    this.#followers.push(follow);
  }

  /** The present value, then the latest after each change, until `signal` is aborted; then its reason is thrown. */
  async *watch(signal: AbortSignal): AsyncGenerator<T, never> {
    const changes = this.#changes(signal);
    try {
      for (;;) {
        signal.throwIfAborted();
        const seen = this.value;
        yield seen;
        if (this.value === seen) await changes.next();
      }
    } finally {
      changes.stop();
    }
  }

  /** The first value, the present one included, of which `test` returns something; it may throw instead. */
  async until<R>(test: (value: T) => R | undefined, signal: AbortSignal): Promise<R> {
    const changes = this.#changes(signal);
    try {
      for (;;) {
        const found = test(this.value);
        if (found !== undefined) return found;
        signal.throwIfAborted();
        await changes.next();
        signal.throwIfAborted();
      }
    } finally {
      changes.stop();
    }
  }

  /** Whether a watcher waits for the next change. */
  protected get isAwaited(): boolean {
    return this.#waiting.size > 0;
  }

  /** `next` resolves at the next change, or when the signal is aborted. */
  #changes(signal: AbortSignal) {
    let resolve = () => {};
    const wake = () => resolve();
    signal.addEventListener("abort", wake);
    return {
      next: () =>
        new Promise<void>((resolved) => {
          if (signal.aborted) return resolved();
          resolve = resolved;
          this.#waiting.add(wake);
        }),
      stop: () => {
        signal.removeEventListener("abort", wake);
        this.#waiting.delete(wake);
      },
    };
  }
}

function wakeInTurns(woken: Iterator<() => void>): void {
  for (let count = 0; count < wokenAtOnce; count += 1) {
    const { done, value } = woken.next();
    if (done) return;
    value();
  }
  setImmediate(wakeInTurns, woken);
}

/** What follows from another feed's value: computed once a change however many watch, and not before it is asked for. */
export class DerivedFeed<S, T> extends Feed<T> {
  readonly #source: Feed<S>;
  readonly #derive: (source: S, before: T) => T;
  #stale = false;

  /** @param derive gives `before` itself where nothing has changed that matters */
  constructor(source: Feed<S>, first: T, derive: (source: S, before: T) => T) {
    super(first);
    this.#source = source;
    this.#derive = derive;
    source.follow(() => {
      this.#stale = true;
      if (!this.isAwaited) return;
      try {
        this.#refresh();
      } catch {
        // Each waiting watcher gets the error when it looks.
        this.wake();
      }
    });
  }

  override get value(): T {
    if (this.#stale) this.#refresh();
    return super.value;
  }

  #refresh(): void {
    const before = super.value;
    const now = this.#derive(this.#source.value, before);
    this.#stale = false;
    if (now !== before) this.set(now);
  }
}
