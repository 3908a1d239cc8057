/**
 * A value that changes, and everybody who watches it: the present value first, then changes. A slow
 * reader skips to the latest, so that a thousand of them cost no memory.
 */
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
    for (const follow of this.#followers) follow(value);
    const woken = this.#waiting;
    this.#waiting = new Set();
    for (const wake of woken) wake();
  }

  /** Calls `follow` within each `set`, for as long as the feed lives: what is derived is never behind. */
  follow(follow: (value: T) => void): void {
    this.#followers.push(follow);
  }

  /** The present value, then the latest after each change, until `signal` is aborted; then its reason is thrown. */
  async *watch(signal: AbortSignal): AsyncGenerator<T, never> {
    for (;;) {
      signal.throwIfAborted();
      const seen = this.#value;
      yield seen;
      if (this.#value === seen) await this.#changed(signal);
    }
  }

  /** The first value, the present one included, of which `test` returns something; it may throw instead. */
  async until<R>(test: (value: T) => R | undefined, signal: AbortSignal): Promise<R> {
    for (;;) {
      const found = test(this.#value);
      if (found !== undefined) return found;
      await this.#changed(signal);
    }
  }

  #changed(signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const wake = () => {
        signal.removeEventListener("abort", cancel);
        resolve();
      };
      const cancel = () => {
        this.#waiting.delete(wake);
        reject(signal.reason);
      };
      if (signal.aborted) return reject(signal.reason);
      signal.addEventListener("abort", cancel, { once: true });
      this.#waiting.add(wake);
    });
  }
}
