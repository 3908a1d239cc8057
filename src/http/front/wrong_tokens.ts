/** Answers each wrong token later than the one before it from the same address: guessing takes for ever. */

/** A wrong token is answered after this many ms, twice as many each further time, up to the longest. */
const firstDelay = 100;
const longestDelay = 5_000;
/** Addresses whose attempts are counted; the oldest is forgotten first. */
export const mostAddresses = 1_000;
/** Wrong tokens that wait for their answer; one more gets none: its request is cut off at once. */
export const mostDelayed = 256;

export class WrongTokens {
  readonly #onAttempt: (address: string, attempts: number) => void;
  readonly #attempts = new Map<string, number>();
  #delayed = 0;

  /** @param onAttempt told of the 1st, 10th, 100th … in a row from an address */
  constructor(onAttempt: (address: string, attempts: number) => void) {
    this.#onAttempt = onAttempt;
  }

  /** The right one came from there. */
  forget(address: string): void {
    this.#attempts.delete(address);
  }

  /** @returns false where too many wait already, and this one is not answered */
  answerLater(address: string, answer: () => void): boolean {
    const delay = Math.min(firstDelay * 2 ** (this.#count(address) - 1), longestDelay);
    if (this.#delayed === mostDelayed) return false;
    this.#delayed += 1;
    setTimeout(() => {
      this.#delayed -= 1;
      answer();
    }, delay).unref();
    return true;
  }

  /** Counts one more from there, and gives how many there were in a row. */
  #count(address: string): number {
    const count = (this.#attempts.get(address) ?? 0) + 1;
    this.#attempts.delete(address);
    this.#attempts.set(address, count);
    for (const oldest of this.#attempts.keys()) {
      if (this.#attempts.size <= mostAddresses) break;
      this.#attempts.delete(oldest);
    }
    if (isPowerOfTen(count)) this.#onAttempt(address, count);
    return count;
  }
}

const isPowerOfTen = (count: number) => /^10*$/.test(String(count));
