/** A timer of Node's holds 24.8 days at most; a deadline that is further away would be over at once. */
import type { IncomingHttpHeaders } from "node:http";

const longest = 2 ** 31 - 1;
const unitMs = { H: 3_600_000, M: 60_000, S: 1000 };

/** Shortens the deadlines of every protocol, where they are well-formed; Connect refuses any other. */
export function shortenDeadline(headers: IncomingHttpHeaders): void {
  const { "connect-timeout-ms": connect = "", "grpc-timeout": grpc = "" } = headers;
  if (/^\d{1,10}$/.test(String(connect)) && Number(connect) > longest)
    headers["connect-timeout-ms"] = `${longest}`;
  const [, count, unit] = /^(\d{1,8})([HMS])$/.exec(String(grpc)) ?? [];
  if (Number(count) * unitMs[unit as keyof typeof unitMs] > longest)
    headers["grpc-timeout"] = `${Math.floor(longest / 1000)}S`;
}
