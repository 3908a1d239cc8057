/** Reads a stream of server-sent events (WHATWG HTML, section 9.2): the `event` and `data` fields of each. */
import { largestEvent } from "../../bounds.ts";

export interface ServerSentEvent {
  readonly event: string;
  readonly data: string;
}

/** @throws where an event is larger than any that an engine has reason to send */
export async function* readServerSentEvents(
  stream: AsyncIterable<Buffer | string>,
): AsyncGenerator<ServerSentEvent> {
  let rest = "";
  const decoder = new TextDecoder();
  for await (const chunk of stream) {
    rest += typeof chunk === "string" ? chunk : decoder.decode(chunk, { stream: true });
    const blocks = rest.split("\n\n");
    rest = blocks.pop() ?? "";
    if (rest.length > largestEvent) throw new Error(`it sent an event of over ${largestEvent} characters`);
    for (const block of blocks) {
      let event = "message";
      const data: string[] = [];
      for (const line of block.split("\n")) {
        if (line.startsWith("event: ")) event = line.slice(7);
        else if (line.startsWith("data: ")) data.push(line.slice(6));
      }
      if (data.length > 0) yield { event, data: data.join("\n") };
    }
  }
}
