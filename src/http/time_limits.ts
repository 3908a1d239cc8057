/** How long a client may take, in ms: Node's options for HTTP/1.1, and the same for a session of HTTP/2. */
import { constants, type ServerHttp2Session, type ServerHttp2Stream } from "node:http2";

/** Until the first bytes, and until a request's headers, are there. */
export const headersTimeout = 10_000;
/** How often Node looks for requests that are late; by itself only every 30 s. */
export const headersCheckInterval = 500;
/** Until a request is there with its whole body; an answer may take as long as it likes. */
export const requestTimeout = 30_000;
/** Without a request. */
export const keepAliveTimeout = 75_000;
/** When we have said all. */
export const halfClosedTimeout = 500;

/** Says goodbye (GOAWAY) to a client that brings no whole request, or none after its last: it may come again. */
export function watchTime(session: ServerHttp2Session): void {
  let open = 0;
  const closeAfter = (timeout: number) =>
    setTimeout(() => {
      session.close();
      // What waits for the end of a request's headers is not closed by that.
      setTimeout(() => open === 0 && session.destroy(), halfClosedTimeout).unref();
    }, timeout).unref();
  let idle = closeAfter(headersTimeout);
  session.on("stream", (stream) => {
    open += 1;
    clearTimeout(idle);
    const late = setTimeout(() => cancelUnlessWhole(stream), requestTimeout).unref();
    stream.once("close", () => {
      clearTimeout(late);
      open -= 1;
      if (open === 0) idle = closeAfter(keepAliveTimeout);
    });
  });
  session.once("close", () => clearTimeout(idle));
}

function cancelUnlessWhole(stream: ServerHttp2Stream): void {
  if (stream.state.remoteClose !== 1) stream.close(constants.NGHTTP2_CANCEL);
}
