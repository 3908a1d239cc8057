/** What became of each call: done, failed for a cause that it names, or lost. */
import { ConnectError } from "@connectrpc/connect";
import { ErrorDetailSchema, ErrorReason } from "#gen/error_pb.js";

/** A call that is not answered within so many ms counts as lost. */
const patience = 90_000;

export class Tally {
  /** Answers, by protocol. */
  readonly done = new Map<string, number>();
  /** Failures that name their cause, by reason. */
  readonly failed = new Map<string, number>();
  /** What must not be: no answer, or an error without a name. */
  readonly lost: string[] = [];
  loads = 0;

  /** Makes a call and counts what becomes of it. `work` throws a `ConnectError` or a `RestFailure`. */
  async count(protocol: string, work: () => Promise<unknown>): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(new Error(`no answer within ${patience / 1000} s`)), patience);
    });
    try {
      await Promise.race([work(), late]);
      add(this.done, protocol);
    } catch (error) {
      const reason = reasonOf(error);
      if (reason) add(this.failed, reason);
      else this.lost.push(`${protocol}: ${(error as Error).message}`);
    } finally {
      clearTimeout(timer);
    }
  }
}

/** An answer of the REST side that is no success. */
export class RestFailure extends Error {
  readonly reason: string | undefined;

  constructor(status: number, body: Record<string, unknown>) {
    super(`${status} ${JSON.stringify(body)}`);
    // The proxy says it the predecessor's way.
    this.reason =
      typeof body.reason === "string"
        ? body.reason
        : body.message === "Godot API not ready"
          ? "NOT_READY"
          : undefined;
  }
}

function reasonOf(error: unknown): string | undefined {
  if (error instanceof RestFailure) return error.reason;
  if (!(error instanceof ConnectError)) return undefined;
  const [detail] = error.findDetails(ErrorDetailSchema);
  return detail && ErrorReason[detail.reason];
}

export function add(counts: Map<string, number>, name: string): void {
  counts.set(name, (counts.get(name) ?? 0) + 1);
}
