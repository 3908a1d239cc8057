/** Timers by name: arming one again replaces it. Node's are monotonic: a wall clock that is moved changes nothing. */
import { isolated } from "./isolated.ts";

export class Timers<Name> {
  readonly #timers = new Map<Name, NodeJS.Timeout>();

  arm(name: Name, ms: number, onElapsed: () => void): void {
    clearTimeout(this.#timers.get(name));
    this.#timers.set(name, setTimeout(isolated, ms, onElapsed));
  }

  clear(): void {
    for (const timer of this.#timers.values()) clearTimeout(timer);
    this.#timers.clear();
  }
}
