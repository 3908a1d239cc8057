/** Tells of what is sent in answer to a request: Node has no event for it while nobody reads. */
import type { ServerResponse } from "node:http";
import type { Http2ServerResponse } from "node:http2";

/** @param told after each part, with its size in bytes; the last one has `isLast` */
export function onSend(
  response: ServerResponse | Http2ServerResponse,
  told: (size: number, isLast: boolean) => void,
): void {
  const parts = response as unknown as Record<"write" | "end", (...given: unknown[]) => unknown>;
  for (const method of ["write", "end"] as const) {
    const send = parts[method].bind(response);
    parts[method] = (...given) => {
      const result = send(...given);
      told(sizeOf(given[0]), method === "end");
      return result;
    };
  }
}

const sizeOf = (chunk: unknown) =>
  typeof chunk === "string" ? Buffer.byteLength(chunk) : chunk instanceof Uint8Array ? chunk.length : 0;
