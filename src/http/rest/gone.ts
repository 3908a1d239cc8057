/** When a client has left before its answer. */
import type { ServerResponse } from "node:http";
import type { Http2ServerResponse } from "node:http2";

type Response = ServerResponse | Http2ServerResponse;

/** Whether nobody is there any more to take an answer. Of HTTP/2, Node says so of the stream alone. */
export const isGone = (response: Response): boolean =>
  "stream" in response ? response.stream.destroyed : response.destroyed;

/** Calls `told` when the answer's connection closes; at once where it has, for Node says so only once. */
export function onceGone(response: Response, told: () => void): void {
  if (isGone(response)) told();
  else response.once("close", told);
}
