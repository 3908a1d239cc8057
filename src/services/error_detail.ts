/** An error's typed detail, cut to what its protocol can carry. */
import {
  create,
  type DescMessage,
  type MessageInitShape,
  type MessageShape,
  toBinary,
  toJson,
} from "@bufbuild/protobuf";
import { type ErrorDetail, ErrorDetailSchema, ErrorReason } from "#gen/error_pb.js";
import { type LogEntry as LogEntryMessage, LogEntrySchema } from "#gen/log_pb.js";
import type { ControlError } from "../model/control_error.ts";
import type { EngineExit } from "../model/engine_exit.ts";
import type { LogEntry } from "../model/log_entry.ts";
import { toExit, toLogEntry } from "./messages/log.ts";

/** How large the parts of an error may be, in bytes. */
export interface ErrorLimits {
  /** The sentence, percent-encoded as `grpc-message` has it. */
  readonly sentence: number;
  readonly detail: number;
}

/**
 * Both are trailers of gRPC, and the sentence is in two of them. grpcio takes 8 KB of trailers in all and Node
 * 64; what is larger does not arrive, and may end the connection.
 */
export const inTrailers: ErrorLimits = { sentence: 1024, detail: 3000 };
/** Connect and REST send an error as a body. */
export const inBody: ErrorLimits = { sentence: 16 * 1024, detail: 32 * 1024 };

/** The limits of a call, which the content type of its request decides. */
export const limitsOf = (contentType: string | null): ErrorLimits =>
  contentType?.startsWith("application/grpc") ? inTrailers : inBody;

/** The parts of a detail's room that one text, and one log entry, may take. */
const textShare = 1 / 6;
const entryShare = 1 / 4;
/** The fields that say what was left out, and the tag and length of an entry. */
const omissionBytes = 24;
const entryBytes = 4;

/** The sentence of an error, cut to what a trailer carries. */
export const fitSentence = (sentence: string, { sentence: most }: ErrorLimits): string =>
  cut(sentence, most, (text) => encodeURIComponent(text).length);

/** Undefined where nothing of it can be written. */
export function toErrorDetail(error: ControlError, { detail: most }: ErrorLimits): ErrorDetail | undefined {
  const fitText = (text: string) => cut(text, most * textShare, Buffer.byteLength);
  const { reason, metadata, exit, logTail } = error;
  const written = write(ErrorDetailSchema, () => ({
    reason: ErrorReason[reason],
    metadata: Object.fromEntries(Object.entries(metadata).map(([key, text]) => [key, fitText(text)])),
    ...(exit && { exit: toExit(fitExit(exit, fitText)) }),
  }));
  if (!written) return undefined;
  const { message: detail, size } = written;
  const kept = fitEntries(logTail, mostImportantFirst(error), most, most - size - omissionBytes);
  detail.logTail = kept;
  detail.logTailOmitted = logTail.length - kept.length;
  const first = Math.min(...logTail.map(({ cursor }) => cursor).filter((cursor) => cursor > 0));
  if (detail.logTailOmitted > 0 && Number.isSafeInteger(first)) detail.logCursor = BigInt(first - 1);
  return detail;
}

const fitExit = (
  { message, scene, ...ending }: EngineExit,
  fitText: (text: string) => string,
): EngineExit => ({
  ...ending,
  message: fitText(message),
  scene: scene && fitText(scene),
});

/** As much of the log as there is room for, in the order in which it stands there. */
function fitEntries(
  entries: readonly LogEntry[],
  order: readonly number[],
  most: number,
  room: number,
): LogEntryMessage[] {
  const kept = new Map<number, LogEntryMessage>();
  let left = room;
  for (const index of order) {
    const entry = entries[index] as LogEntry;
    const found = [entry, shortened(entry, most)]
      .map((form) => write(LogEntrySchema, () => toLogEntry(form)))
      .find((form) => form && form.size <= Math.min(left - entryBytes, most * entryShare));
    if (!found) continue;
    left -= found.size + entryBytes;
    kept.set(index, found.message);
  }
  return [...kept].toSorted(([one], [other]) => one - other).map(([, message]) => message);
}

const shortened = (entry: LogEntry, most: number): LogEntry => ({
  ...entry,
  message: cut(entry.message, most * textShare, Buffer.byteLength),
  backtrace: [],
});

const severities: readonly LogEntry["severity"][] = ["ERROR", "WARN", "INFO"];
/** Their log is what the load raised, causes first; that of every other reason ends with what matters most. */
const causesFirst: ReadonlySet<ControlError["reason"]> = new Set(["SCENE_BROKEN", "SCENE_REPLACED"]);

/** The places of an error's log entries, by what a reader needs most. */
function mostImportantFirst({ reason, logTail }: ControlError): number[] {
  const direction = causesFirst.has(reason) ? 1 : -1;
  const rank = (index: number) => severities.indexOf((logTail[index] as LogEntry).severity);
  return [...logTail.keys()].toSorted((one, other) => rank(one) - rank(other) || direction * (one - other));
}

/** A message and its size; undefined where a protocol cannot write it, as a number that is out of range. */
function write<T extends DescMessage>(
  schema: T,
  init: () => MessageInitShape<T>,
): { message: MessageShape<T>; size: number } | undefined {
  try {
    const message = create(schema, init());
    toJson(schema, message);
    return { message, size: toBinary(schema, message).length };
  } catch {
    return undefined;
  }
}

function cut(given: string, most: number, sizeOf: (text: string) => number): string {
  const text = given.toWellFormed();
  if (sizeOf(text) <= most) return text;
  let kept = "";
  let left = most - sizeOf("…");
  for (const character of text) {
    left -= sizeOf(character);
    if (left < 0) break;
    kept += character;
  }
  return `${kept}…`;
}
