/**
 * Turns the engine's output into log entries. Godot writes an error over several lines:
 *
 *     SCRIPT ERROR: Parse Error: Expected expression.
 *        at: GDScript::reload (res://a.gd:3)
 *        GDScript backtrace (most recent call first):
 *            [0] _ready (res://main.gd:7)
 */
import { basename, isAbsolute } from "node:path";
import { stripVTControlCharacters } from "node:util";
import type { LogEntry, StackFrame } from "../../model/log_entry.ts";
import { bounded, longestMessage, longestName, mostFrames, shorten } from "../bounds.ts";

/** An entry before the log has given it its place. */
export type RawEntry = Omit<LogEntry, "cursor" | "run" | "time">;

/** A line may hold U+2028: `s` lets the dot match it. */
const opening = /^(?:USER )?(ERROR|WARNING|SCRIPT ERROR|SCRIPT WARNING|SHADER ERROR|SHADER WARNING): (.*)$/s;
const place = /^\s+at: (.*) \((.*?)(?::(\d+))?\)$/s;
const backtraceTitle = /^\s+\S+ backtrace \(most recent call first\):$/;
const frameEnd = /:\d+\)$/;
const backtraceFrame = /^\s+\[\d+\] (.*) \((.*):(\d+)\)$/s;

interface Open {
  severity: LogEntry["severity"];
  source: LogEntry["source"];
  message: string;
  placed: boolean;
  file?: string;
  line?: number;
  function?: string;
  backtrace: StackFrame[];
}

/** Reads one stream, line by line; `emit` gets each entry as soon as it is complete. */
export class LogParser {
  readonly #plain: LogEntry["severity"];
  readonly #source: LogEntry["source"];
  readonly #emit: (entry: RawEntry) => void;
  readonly #hasErrors: boolean;
  #open: Open | undefined;

  /**
   * @param plain the severity of a line that opens no error: ERROR on stderr (`printerr`), and INFO on
   * stdout, where the engine writes no errors and a game may print what looks like one
   * @param hasErrors whether the stream has errors
   */
  constructor(
    plain: LogEntry["severity"],
    source: LogEntry["source"],
    emit: (entry: RawEntry) => void,
    hasErrors = plain === "ERROR",
  ) {
    this.#plain = plain;
    this.#source = source;
    this.#emit = emit;
    this.#hasErrors = hasErrors;
  }

  /** Whether further lines may belong to what came last. */
  get isOpen(): boolean {
    return this.#open !== undefined;
  }

  line(raw: string): void {
    const text = stripVTControlCharacters(raw).trimEnd();
    const start = this.#hasErrors ? opening.exec(text) : null;
    if (start) {
      this.flush();
      const kind = start[1] as string;
      this.#open = {
        severity: kind.endsWith("WARNING") ? "WARN" : "ERROR",
        source: kind.startsWith("SCRIPT") ? "SCRIPT" : kind.startsWith("SHADER") ? "SHADER" : this.#source,
        message: start[2] as string,
        placed: false,
        backtrace: [],
      };
    } else if (!this.#open || !this.#goesOn(this.#open, text)) {
      this.flush();
      if (text !== "")
        this.#emit({ severity: this.#plain, source: this.#source, message: shorten(text), backtrace: [] });
    }
  }

  /** Gives out what is still open: no more lines are near. */
  flush(): void {
    const open = this.#open;
    if (!open) return;
    this.#open = undefined;
    const { placed: _, ...entry } = open;
    this.#emit(withScriptPlace({ ...entry, message: shorten(open.message) }));
  }

  #goesOn(open: Open, text: string): boolean {
    // The end is looked at first: a long line of brackets that has another one would cost time with its square.
    const at = open.placed || !text.endsWith(")") ? null : place.exec(text);
    if (at) {
      open.placed = true;
      open.function = shorten(at[1] as string, longestName);
      open.file = shorten(at[2] as string, longestName);
      if (at[3]) open.line = bounded(Number(at[3]));
      return true;
    }
    const frame = frameEnd.test(text) ? backtraceFrame.exec(text) : null;
    if (frame) {
      if (open.backtrace.length < mostFrames)
        open.backtrace.push({
          function: shorten(frame[1] as string, longestName),
          file: shorten(frame[2] as string, longestName),
          line: bounded(Number(frame[3])),
        });
      return true;
    }
    if (backtraceTitle.test(text)) return true;
    if (open.placed) return false;
    // Before its place is named, a further line belongs to the message.
    open.message = `${open.message}\n${text}`.slice(0, longestMessage + 1);
    return true;
  }
}

/**
 * An error raised by engine code that a script called is, for its reader, at the script's line:
 * `push_error()` is not in variant_utility.cpp.
 */
export function withScriptPlace(entry: RawEntry): RawEntry {
  const backtrace = entry.backtrace.filter((frame) => isInProject(frame.file));
  const [innermost] = backtrace;
  if (isInProject(entry.file) || !innermost) return { ...entry, ...withoutFolder(entry.file), backtrace };
  return { ...entry, file: innermost.file, line: innermost.line, function: innermost.function, backtrace };
}

/** The addon may be installed in it, and is no part of the game. */
const isInProject = (file: string | undefined) =>
  /^(res|user):\/\//.test(file ?? "") && !file?.startsWith("res://addons/godot_control/");

/** The addon's own scripts lie outside of the project; their folder is not shown to callers. */
const withoutFolder = (file: string | undefined) =>
  file !== undefined && isAbsolute(file) ? { file: basename(file) } : {};
