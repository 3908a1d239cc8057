/** What the engine says, and how it ends, as messages. */
import type { MessageInitShape } from "@bufbuild/protobuf";
import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import type { EngineExitSchema } from "#gen/health_pb.js";
import { type LogEntrySchema, LogSource, Severity } from "#gen/log_pb.js";
import type { EngineExit } from "../../model/engine_exit.ts";
import type { LogEntry } from "../../model/log_entry.ts";

export function toLogEntry(entry: LogEntry): MessageInitShape<typeof LogEntrySchema> {
  return {
    cursor: BigInt(entry.cursor),
    time: timestampFromMs(entry.time),
    severity: Severity[entry.severity],
    source: LogSource[entry.source],
    message: entry.message,
    ...(entry.file && { file: entry.file }),
    ...(entry.line && { line: entry.line }),
    ...(entry.function && { function: entry.function }),
    backtrace: entry.backtrace.map((frame) => ({ ...frame })),
    run: BigInt(entry.run),
    count: BigInt(entry.count ?? 1),
  };
}

export function toExit(exit: EngineExit): MessageInitShape<typeof EngineExitSchema> {
  return {
    run: BigInt(exit.run),
    ...(exit.code !== undefined && { code: exit.code }),
    ...(exit.signal !== undefined && { signal: exit.signal }),
    time: timestampFromMs(exit.time),
    message: exit.message,
    ...(exit.scene !== undefined && { scenePath: exit.scene }),
  };
}
