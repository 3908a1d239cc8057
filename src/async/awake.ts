/** Milliseconds between two looks at the clock. */
const every = 500;
/** Milliseconds without a look: the process did not run. A busy machine makes it late by less. */
const stoppedAfter = 2000;

/**
 * Knows for how long this process has run without a break. One that was stopped (SIGSTOP), or whose machine slept, has
 * heard nothing meanwhile, and takes that for the silence of others.
 */
export class Awake {
  readonly #timer = setInterval(() => this.#look(), every).unref();
  #last = performance.now();
  #since = this.#last;

  /** Milliseconds since this process was started, or went on. */
  get time(): number {
    this.#look();
    return this.#last - this.#since;
  }

  /** What comes in may be read before the timer is told that it is late. */
  #look(): void {
    const now = performance.now();
    if (now - this.#last >= stoppedAfter) this.#since = now;
    this.#last = now;
  }

  end(): void {
    clearInterval(this.#timer);
  }
}
