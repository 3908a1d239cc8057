/** Reads values in Godot's text form, by the rules of its VariantParser; decodes those that the server needs. */

/** A string, a number, or the strings of a list; undefined for null and for every other kind. */
export type Value = string | number | boolean | readonly string[] | undefined;

/** What is wrong with a value, to go behind "line 3". */
export class MalformedText extends Error {}

/** Words that stand for a value by themselves; all others are followed by brackets. */
const constants = new Set(["true", "false", "null", "nil", "inf", "-inf", "inf_neg", "nan"]);

const escapes: Readonly<Record<string, string>> = { b: "\b", t: "\t", n: "\n", f: "\f", r: "\r" };

export class VariantText {
  readonly #text: string;
  #position = 0;

  constructor(text: string) {
    this.#text = text;
  }

  get position(): number {
    return this.#position;
  }

  /** The line of a position, counted from 1. */
  lineAt(position: number): number {
    return this.#text.slice(0, position).split("\n").length;
  }

  /** The next character; empty at the end. */
  get next(): string {
    return this.#text.charAt(this.#position);
  }

  /** Goes past what a sticky pattern matches here, and returns it; empty where nothing does. */
  take(pattern: RegExp): string {
    pattern.lastIndex = this.#position;
    const [found = ""] = pattern.exec(this.#text) ?? [];
    this.#position += found.length;
    return found;
  }

  /** Goes past blanks, line breaks and comments. */
  skip(): void {
    this.take(/(?:[\0-\x20]+|;[^\n]*)*/y);
  }

  /** @throws {MalformedText} */
  value(): Value {
    this.skip();
    if (this.next === '"' || this.take(/[&@](?=")/y)) return this.string();
    const number = this.take(/-?\d+(?:\.\d*)?(?:[eE][-+]?\d*)?/y);
    if (number) return Number.parseFloat(number);
    if (this.take(/#[0-9a-fA-F]*/y)) return undefined;
    if (this.next === "[") return this.#enclosed();
    if (this.next === "{") return void this.#enclosed();
    const word = this.take(/-?[A-Za-z_]\w*/y);
    if (word === "true" || word === "false") return word === "true";
    if (word && constants.has(word)) return undefined;
    if (word) return this.#constructed(word);
    throw new MalformedText(this.next ? "has no value that Godot can read" : "is never closed");
  }

  /**
   * From its opening quotation mark to the closing one.
   * @throws {MalformedText}
   */
  string(): string {
    this.take(/"/y);
    let text = "";
    for (;;) {
      text += this.take(/[^"\\\0]+/y);
      if (this.take(/"/y)) return text;
      if (!this.take(/\\/y)) throw new MalformedText("is never closed");
      text += this.#escaped();
    }
  }

  #escaped(): string {
    const hex = this.take(/u[0-9a-fA-F]{4}|U[0-9a-fA-F]{6}/y);
    const code = Number.parseInt(hex.slice(1), 16);
    if (code <= 0x10ffff) return String.fromCodePoint(code);
    if (hex || /[uU]/.test(this.next)) throw new MalformedText("has a malformed escape in a string");
    const character = this.take(/[^\0]/uy);
    return escapes[character] ?? character;
  }

  /** `Vector2(…)`, `PackedStringArray(…)`, `Array[String](…)`. */
  #constructed(word: string): Value {
    this.skip();
    if (this.next === "[") {
      this.#enclosed();
      this.skip();
    }
    if (this.next !== "(") throw new MalformedText(`has an unknown word, ${word}`);
    const strings = this.#enclosed();
    return /^(?:Array|(?:Packed|Pool)?StringArray)$/.test(word) ? strings : undefined;
  }

  /** Goes from an opening bracket past the closing one; returns the strings in between. */
  #enclosed(): readonly string[] {
    const strings: string[] = [];
    let depth = 0;
    do {
      this.skip();
      if (this.next === '"') strings.push(this.string());
      else if (this.take(/[[({]/y)) depth += 1;
      else if (this.take(/[\])}]/y)) depth -= 1;
      else if (!this.take(/[^\0-\x20;"[\](){}]+/y)) throw new MalformedText("is never closed");
    } while (depth > 0);
    return strings;
  }
}
