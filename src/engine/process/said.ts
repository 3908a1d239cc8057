/**
 * Reads what an engine says, value by value: what cannot be right is refused, naming the field, and what is only shown
 * is cut or clamped. Nothing is taken over that was not asked for here.
 */
import { bounded, largestNumber, longestName, longestPath, mostListed, shorten } from "../bounds.ts";

export class Said {
  readonly #value: unknown;
  /** Where it stands, as `scene.node_count`; empty for the whole. */
  readonly #place: string;

  constructor(value: unknown, place = "") {
    this.#value = value;
    this.#place = place;
  }

  /** A field of an object. */
  field(name: string): Said {
    return new Said(Object.hasOwn(this.#object, name) ? this.#object[name] : undefined, this.#at(name));
  }

  get isEmpty(): boolean {
    return Object.keys(this.#object).length === 0;
  }

  get isText(): boolean {
    return typeof this.#value === "string";
  }

  get isNumber(): boolean {
    return typeof this.#value === "number";
  }

  /** What `read` makes of it; undefined where it was not said, as a null is not. */
  optional<T>(read: (said: Said) => T): T | undefined {
    return this.#value === undefined || this.#value === null ? undefined : read(this);
  }

  flag(): boolean {
    if (typeof this.#value !== "boolean") throw this.#wrong("true or false");
    return this.#value;
  }

  /** A text that is only shown. */
  text(longest = longestName): string {
    if (typeof this.#value !== "string") throw this.#wrong("a text");
    return shorten(this.#value, longest).toWellFormed();
  }

  /** A text by which something is found: half of it would be another one. */
  path(): string {
    if (typeof this.#value !== "string") throw this.#wrong("a text");
    if (this.#value.length > longestPath) throw this.#wrong(`a text of ${longestPath} characters at most`);
    return this.#value.toWellFormed();
  }

  /** A number that is only shown: the nearest whole one from 0 to `most`. */
  number(most = largestNumber): number {
    return bounded(this.#number, most);
  }

  /** The nearest number from 0 to `most`, with its fraction. */
  fraction(most: number): number {
    return Math.min(Math.max(this.#number, 0), most);
  }

  /** A number that something depends on: whole, and from `least` to `most`. */
  whole(least: number, most: number): number {
    const value = this.#number;
    if (!Number.isInteger(value) || value < least || value > most)
      throw this.#wrong(`a whole number from ${least} to ${most}`);
    return value;
  }

  /** The first `most` of a list, each as `read` takes it. */
  list<T>(read: (said: Said) => T, most = mostListed): T[] {
    if (!Array.isArray(this.#value)) throw this.#wrong("a list");
    return this.#value.slice(0, most).map((value, index) => read(new Said(value, this.#at(`${index}`))));
  }

  /** The first entries of a table of texts. */
  table(): Record<string, string> {
    const names = Object.keys(this.#object).slice(0, mostListed);
    return Object.fromEntries(names.map((name) => [new Said(name).text(), this.field(name).text()]));
  }

  get #number(): number {
    if (typeof this.#value !== "number") throw this.#wrong("a number");
    return this.#value;
  }

  get #object(): Record<string, unknown> {
    if (!isObject(this.#value)) throw this.#wrong("an object");
    return this.#value;
  }

  #at(name: string): string {
    return this.#place ? `${this.#place}.${shorten(name, 100)}` : shorten(name, 100);
  }

  #wrong(expected: string): Error {
    return new Error(`${this.#place || "it"} is ${describe(this.#value)}, not ${expected}`);
  }
}

export const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

function describe(value: unknown): string {
  if (value === undefined) return "missing";
  if (value === null) return "null";
  if (typeof value === "string") return value.length > 100 ? "a long text" : JSON.stringify(value);
  if (Array.isArray(value)) return "a list";
  return typeof value === "object" ? "an object" : String(value);
}
