/**
 * Cuts a stream of bytes into lines, in bounded memory: what a line has over the limit is dropped. Each line
 * is decoded by itself, for a slice of a larger string would keep all of that string alive.
 */
import { longestLine } from "../bounds.ts";

const lineFeed = 0x0a;

export class Lines {
  readonly #emit: (line: string) => void;
  #rest: Buffer[] = [];
  #length = 0;

  constructor(emit: (line: string) => void) {
    this.#emit = emit;
  }

  write(bytes: Buffer): void {
    let from = 0;
    for (let end = bytes.indexOf(lineFeed); end >= 0; end = bytes.indexOf(lineFeed, from)) {
      this.#keep(bytes.subarray(from, end));
      this.#give();
      from = end + 1;
    }
    this.#keep(bytes.subarray(from));
  }

  /** Gives out what has no line feed yet: the stream is over. */
  end(): void {
    if (this.#length > 0) this.#give();
  }

  #keep(bytes: Buffer): void {
    const part = bytes.subarray(0, longestLine - this.#length);
    if (part.length === 0) return;
    this.#rest.push(part);
    this.#length += part.length;
  }

  #give(): void {
    const line = this.#rest.length === 1 ? (this.#rest[0] as Buffer) : Buffer.concat(this.#rest);
    this.#rest = [];
    this.#length = 0;
    this.#emit(line.toString("utf8"));
  }
}
