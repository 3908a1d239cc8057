/** A request's own time limit: the field is checked here, for every rpc that has one. */
import type { Duration } from "@bufbuild/protobuf/wkt";
import { durationMs } from "@bufbuild/protobuf/wkt";
import { invalidField } from "../errors/request.ts";

const longest = 3_600_000;

/**
 * Milliseconds; undefined where the field is absent.
 * @throws `invalidField` outside of what the field's comment allows
 */
export function readDuration(field: string, value: Duration | undefined, least = 1): number | undefined {
  if (!value) return undefined;
  const ms = durationMs(value);
  if (!(ms >= least && ms <= longest))
    throw invalidField(field, `must be from ${least / 1000} s to ${longest / 1000} s, not ${ms / 1000} s`);
  return ms;
}
