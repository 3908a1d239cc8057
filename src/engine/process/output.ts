/** Reads what an engine writes on its two streams, in the order in which it was written, as far as that can be told. */
import type { Readable } from "node:stream";
import { type Announcement, readAnnouncement } from "./announcement.ts";
import { Lines } from "./lines.ts";
import { LogParser, type RawEntry } from "./log_parser.ts";

/** In ms. An error has a write for each line, and a busy machine may keep the engine waiting between two of them. */
const flushTime = 100;

export interface OutputListener {
  onEntry(entry: RawEntry): void;
  onAnnouncement(announcement: Announcement): void;
}

export interface Output {
  /** Resolves when both streams have ended. */
  readonly done: Promise<unknown>;
  /** Gives out what is left, and closes the streams. */
  end(): void;
}

/**
 * @param source whose output it is
 * @param isOneStream whether all of it is written to `stderr`
 */
export function readOutput(
  { stdout, stderr }: { readonly stdout: Readable; readonly stderr: Readable },
  source: RawEntry["source"],
  { onEntry, onAnnouncement }: OutputListener,
  isOneStream = false,
): Output {
  const linesFor = (parser: LogParser) =>
    new Lines((line) => {
      const announcement = readAnnouncement(line);
      if (announcement) onAnnouncement(announcement);
      else parser.line(line);
    });
  const errors = new LogParser(isOneStream ? "INFO" : "ERROR", source, onEntry, true);
  const raised = linesFor(errors);
  const printed = linesFor(new LogParser("INFO", source, onEntry));
  /** Printed after an error that is not known to be complete. */
  const held: Buffer[] = [];
  let idle: NodeJS.Timeout | undefined;
  let soon: NodeJS.Immediate | undefined;
  const giveOut = () => {
    soon = undefined;
    errors.flush();
    for (const bytes of held.splice(0)) printed.write(bytes);
  };
  /** The rest of an error may be there already: what there is, is read first. */
  const giveOutSoon = () => {
    soon ??= setImmediate(giveOut);
  };
  stderr.on("data", (bytes: Buffer) => {
    raised.write(bytes);
    clearTimeout(idle);
    idle = setTimeout(giveOutSoon, flushTime);
    if (held.length > 0) return;
    clearImmediate(soon);
    soon = undefined;
  });
  stdout.on("data", (bytes: Buffer) => {
    if (!errors.isOpen && held.length === 0) return printed.write(bytes);
    // An error is written whole before its thread prints anything.
    held.push(bytes);
    giveOutSoon();
  });
  const ended = (stream: Readable) =>
    new Promise<void>((resolve) => {
      stream.once("close", resolve);
      stream.once("error", () => resolve());
    });
  return {
    done: Promise.all([stdout, stderr].map(ended)),
    end() {
      clearTimeout(idle);
      clearImmediate(soon);
      stdout.destroy();
      stderr.destroy();
      raised.end();
      giveOut();
      printed.end();
    },
  };
}
