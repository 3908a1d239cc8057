/** Cuts a stream of bytes into lines, in bounded memory: what a line has over the limit is dropped. */
import { StringDecoder } from "node:string_decoder";

const longestLine = 64 * 1024;

export class Lines {
  readonly #emit: (line: string) => void;
  readonly #decoder = new StringDecoder("utf8");
  #rest = "";

  constructor(emit: (line: string) => void) {
    this.#emit = emit;
  }

  write(bytes: Buffer): void {
    const text = this.#decoder.write(bytes);
    let from = 0;
    for (let end = text.indexOf("\n"); end >= 0; end = text.indexOf("\n", from)) {
      this.#emit(this.#rest + text.slice(from, Math.min(end, from + longestLine)));
      this.#rest = "";
      from = end + 1;
    }
    const room = longestLine - this.#rest.length;
    if (room > 0) this.#rest += text.slice(from, from + room);
  }

  end(): void {
    if (this.#rest) this.#emit(this.#rest);
    this.#rest = "";
  }
}
