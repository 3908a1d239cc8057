/** A time as a message. */
import type { MessageInitShape } from "@bufbuild/protobuf";
import type { DurationSchema } from "@bufbuild/protobuf/wkt";

/** Milliseconds may have a fraction, which the message's nanoseconds may not. */
export function toDuration(ms: number): MessageInitShape<typeof DurationSchema> {
  const nanoseconds = Math.round(ms * 1e6);
  return { seconds: BigInt(Math.floor(nanoseconds / 1e9)), nanos: nanoseconds % 1e9 };
}
