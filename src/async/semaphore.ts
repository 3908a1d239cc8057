/** A semaphore: a number of places that work takes turns in, and a bounded queue for them, in the order of arrival. */
import { unlessAborted } from "./deadline.ts";

export class Semaphore {
  #free: number;
  readonly #longestQueue: number;
  readonly #onFull: () => Error;
  readonly #waiting = new Set<() => void>();

  /** @param onFull what is thrown where the queue is full */
  constructor(places: number, longestQueue: number, onFull: () => Error) {
    this.#free = places;
    this.#longestQueue = longestQueue;
    this.#onFull = onFull;
  }

  /**
   * Resolves to what gives the place back; only the first call does.
   * @throws the signal's reason, which frees the place in the queue
   */
  async take(signal: AbortSignal): Promise<() => void> {
    signal.throwIfAborted();
    if (this.#free > 0) this.#free -= 1;
    else await this.#queue(signal);
    let isTaken = true;
    return () => {
      if (isTaken) this.#giveBack();
      isTaken = false;
    };
  }

  async #queue(signal: AbortSignal): Promise<void> {
    if (this.#waiting.size >= this.#longestQueue) throw this.#onFull();
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#waiting.add(resolve);
    try {
      await unlessAborted(promise, signal);
    } catch (error) {
      // A place that came in the same moment goes to the next.
      if (!this.#waiting.delete(resolve)) this.#giveBack();
      throw error;
    }
  }

  #giveBack(): void {
    const [next] = this.#waiting;
    if (!next) this.#free += 1;
    else {
      this.#waiting.delete(next);
      next();
    }
  }
}
