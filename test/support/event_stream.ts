/** Reads server-sent events as a browser would (WHATWG HTML, section 9.2), of a response to `fetch`. */
import assert from "node:assert/strict";

export interface ServerSentEvent {
  readonly event: string;
  readonly id: string | undefined;
  readonly data: Record<string, unknown>;
}

/** The events of a response, one by one. */
export async function* readEvents(response: Response): AsyncGenerator<ServerSentEvent, void> {
  assert.equal(response.headers.get("content-type"), "text/event-stream");
  assert.ok(response.body);
  const decoder = new TextDecoder();
  let text = "";
  for await (const bytes of response.body) {
    text += decoder.decode(bytes, { stream: true });
    for (let end = text.indexOf("\n\n"); end >= 0; end = text.indexOf("\n\n")) {
      const block = text.slice(0, end);
      // A comment is a sign of life.
      if (!block.startsWith(":")) yield parse(block);
      text = text.slice(end + 2);
    }
  }
  assert.equal(text, "", "the stream ends after a whole event");
}

function parse(block: string): ServerSentEvent {
  const fields = new Map<string, string>();
  for (const line of block.split("\n")) {
    const colon = line.indexOf(": ");
    assert.ok(colon > 0, `no field: ${line}`);
    fields.set(line.slice(0, colon), line.slice(colon + 2));
  }
  return {
    event: fields.get("event") ?? "message",
    id: fields.get("id"),
    data: JSON.parse(fields.get("data") ?? "null"),
  };
}
