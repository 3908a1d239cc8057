/** Server-sent events (WHATWG HTML, section 9.2): what lets plain curl, and a browser, watch. */
import { once } from "node:events";
import type { ServerResponse } from "node:http";
import { isGone } from "./gone.ts";

export interface ServerSentMessage {
  readonly event: string;
  readonly data: unknown;
  /** Sent back as `Last-Event-ID` by a client that reconnects. */
  readonly id?: string;
}

export const eventStreamHeaders = {
  "content-type": "text/event-stream",
  "cache-control": "no-store",
  // A reverse proxy must not hold the events back.
  "x-accel-buffering": "no",
};

/**
 * Writes each message when the one before it has left: a slow reader is given the latest, not a backlog.
 * @param keepAlive after this many ms without one, a comment shows the reader, and what lies between, that it goes on
 */
export async function sendEvents(
  response: ServerResponse,
  messages: AsyncIterable<ServerSentMessage>,
  signal: AbortSignal,
  keepAlive: number,
): Promise<void> {
  const quiet = setInterval(() => {
    if (!response.writableNeedDrain && !isGone(response)) response.write(": quiet\n\n");
  }, keepAlive);
  try {
    for await (const { event, data, id } of messages) {
      const text = `${id ? `id: ${id}\n` : ""}event: ${event}\ndata: ${JSON.stringify(data)}\n\n`;
      if (!response.write(text)) await once(response, "drain", { signal });
      quiet.refresh();
    }
  } finally {
    clearInterval(quiet);
  }
}
