/** GodotControlService: runs the engine, and tells how it is. */
import { create } from "@bufbuild/protobuf";
import { timestampFromMs, timestampNow } from "@bufbuild/protobuf/wkt";
import type { ServiceImpl } from "@connectrpc/connect";
import { type GodotControlService, WatchHealthResponseSchema } from "#gen/godot_control_service_pb.js";
import { type Health as HealthMessage, StatusSchema } from "#gen/health_pb.js";
import { LogSource, Severity } from "#gen/log_pb.js";
import { deadline } from "../async/deadline.ts";
import type { Feed } from "../async/feed.ts";
import type { RecentLog } from "../engine/process/recent_log.ts";
import type { Supervisor } from "../engine/supervisor/supervisor.ts";
import { invalidField } from "../errors/request.ts";
import type { LogEntry } from "../model/log_entry.ts";
import { toLogEntry } from "./messages/log.ts";
import { readDuration } from "./timeout.ts";

export interface GodotControlOptions {
  readonly supervisor: Supervisor;
  readonly health: Feed<HealthMessage>;
  /** Aborted when the server closes: watches end with its reason, calls in flight may finish. */
  readonly closing: AbortSignal;
  readonly version: string;
  /** Milliseconds since the epoch. */
  readonly startTime: number;
}

const defaultLogLimit = 1_000;
const largestLogLimit = 10_000;
/** Bytes of the entries of one answer, in JSON. */
const largestPage = 1024 * 1024;
/** A message of WatchLogs stays small, whatever the engine says at once. */
const logBatch = 200;
const shortestHeartbeat = 100;

export function godotControl(options: GodotControlOptions): ServiceImpl<typeof GodotControlService> {
  const { supervisor, health, closing } = options;
  const { log } = supervisor;
  return {
    async start({ timeout }, { signal }) {
      // The view of an engine that is stopping is still a ready one.
      const { attached, model } = supervisor.feed.value;
      const alreadyRunning = attached || model.state.kind === "running";
      await supervisor.start({ signal, timeout: readDuration("timeout", timeout) });
      return { health: health.value, alreadyRunning };
    },
    async stop({ timeout }, { signal }) {
      const stopped = await supervisor.stop({ signal, timeout: readDuration("timeout", timeout) });
      return { health: health.value, alreadyStopped: !stopped };
    },
    async restart({ timeout }, { signal }) {
      await supervisor.restart({ signal, timeout: readDuration("timeout", timeout) });
      return { health: health.value };
    },
    getHealth: () => ({ health: health.value }),
    getStatus: () => ({ status: status(options) }),
    async *watchHealth({ heartbeat }, { signal }) {
      const ms = readDuration("heartbeat", heartbeat, shortestHeartbeat);
      const watching = AbortSignal.any([signal, closing]);
      yield* ms === undefined ? changes(health, watching) : withHeartbeat(health, ms, watching);
    },
    listLogs({ cursor, limit, oldestFirst, ...filter }) {
      if (limit > largestLogLimit)
        throw invalidField("limit", `must be at most ${largestLogLimit}, not ${limit}`);
      const most = limit || defaultLogLimit;
      const page = oldestFirst
        ? log.oldestAfter(Number(cursor), most, passing(filter), largestPage)
        : log.after(Number(cursor), most, passing(filter), largestPage);
      return {
        entries: page.entries.map(toLogEntry),
        nextCursor: BigInt(page.cursor),
        dropped: BigInt(page.dropped),
      };
    },
    async *watchLogs({ cursor, ...filter }, { signal }) {
      yield* newEntries(
        log,
        cursor === undefined ? log.newest.value : Number(cursor),
        passing(filter),
        AbortSignal.any([signal, closing]),
      );
    },
  };
}

function status({ supervisor, health, version, startTime }: GodotControlOptions) {
  const { prepared, activity, spawnTime, model, view } = supervisor.feed.value;
  return create(StatusSchema, {
    health: health.value,
    serverVersion: version,
    serverStartTime: timestampFromMs(startTime),
    ...(prepared && {
      engineVersion: prepared.engine.version,
      engineExecutable: prepared.engine.path.replace(/^.*[/\\]/, ""),
    }),
    activity,
    ...(prepared?.settings.name && { projectName: prepared.settings.name }),
    ...(prepared?.settings.mainScene && { mainScene: prepared.settings.mainScene }),
    ...(spawnTime !== undefined && { engineStartTime: timestampFromMs(spawnTime) }),
    restarts: model.restarts,
    bootErrors: view.bootErrors.entries.map(toLogEntry),
    warnings: prepared?.versionWarning ? [prepared.versionWarning] : [],
    importIssues: (prepared?.importIssues ?? []).map(toLogEntry),
  });
}

async function* changes(health: Feed<HealthMessage>, signal: AbortSignal) {
  for await (const value of health.watch(signal)) yield { health: value, heartbeat: false };
}

async function* withHeartbeat(health: Feed<HealthMessage>, ms: number, signal: AbortSignal) {
  let seen: HealthMessage | undefined;
  for (;;) {
    const limit = deadline(ms, signal, () => heartbeat);
    try {
      seen = await health.until((now) => (now === seen ? undefined : now), limit.signal);
      yield create(WatchHealthResponseSchema, { health: seen, heartbeat: false });
    } catch (reason) {
      if (reason !== heartbeat) throw reason;
      const now = { ...health.value, time: timestampNow() };
      yield create(WatchHealthResponseSchema, { health: now, heartbeat: true });
    } finally {
      limit.clear();
    }
  }
}

/** Why a watch of what is quiet says something all the same. */
const heartbeat = new Error("A heartbeat is due.");

interface LogFilter {
  readonly minSeverity: Severity;
  readonly run: bigint;
  readonly source: LogSource;
}

function passing({ minSeverity, run, source }: LogFilter): (entry: LogEntry) => boolean {
  return (entry) =>
    Severity[entry.severity] >= minSeverity &&
    (run === 0n || BigInt(entry.run) === run) &&
    (source === LogSource.UNSPECIFIED || LogSource[entry.source] === source);
}

async function* newEntries(
  log: RecentLog,
  cursor: number,
  keep: (entry: LogEntry) => boolean,
  signal: AbortSignal,
) {
  let from = cursor;
  /** Not told yet: where the filter leaves nothing of a page, the next message has it. */
  let dropped = 0;
  for (;;) {
    const page = log.oldestAfter(from, logBatch, keep, largestPage);
    from = page.cursor;
    dropped += page.dropped;
    if (page.entries.length > 0) {
      yield { entries: page.entries.map(toLogEntry), dropped: BigInt(dropped) };
      dropped = 0;
    }
    await log.newest.until((newest) => newest > from || undefined, signal);
  }
}
