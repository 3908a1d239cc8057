/** The time limits that Node has for HTTP/1.1, for a session of HTTP/2. */
import { constants, type ServerHttp2Session, type ServerHttp2Stream } from "node:http2";
import type { Socket } from "node:net";
import { isolatedOn } from "../../async/isolated.ts";
import type { Limits } from "./limits.ts";

/** Says goodbye (GOAWAY) to a client that brings no whole request, or none after its last: it may come again. */
export function watchTime(session: ServerHttp2Session, socket: Socket, limits: Limits): void {
  let open = 0;
  const close = () => {
    session.close();
    // What waits for the end of a request's headers is not closed by that.
    setTimeout(() => open === 0 && socket.destroy(), limits.halfClosed).unref();
  };
  const closeAfter = (timeout: number) => setTimeout(isolatedOn, timeout, socket, close).unref();
  let idle = closeAfter(limits.headers);
  const onStream = (stream: ServerHttp2Stream) => {
    open += 1;
    clearTimeout(idle);
    const late = setTimeout(isolatedOn, limits.request, stream, () => cancelUnlessWhole(stream)).unref();
    stream.once("close", () => {
      clearTimeout(late);
      open -= 1;
      if (open === 0) idle = closeAfter(limits.idle);
    });
  };
  session.on("stream", (stream) => isolatedOn(socket, () => onStream(stream)));
  session.once("close", () => clearTimeout(idle));
}

function cancelUnlessWhole(stream: ServerHttp2Stream): void {
  if (stream.state.remoteClose !== 1) stream.close(constants.NGHTTP2_CANCEL);
}

/** Ends the connection of a client that has gone without a word: of a quiet watch, nobody would notice. */
export function ping(session: ServerHttp2Session, socket: Socket, { keepAlive, pong }: Limits): void {
  let late: NodeJS.Timeout | undefined;
  const ask = () => {
    // The one before may still be awaited.
    if (late || session.destroyed) return;
    late = setTimeout(() => socket.destroy(), pong).unref();
    session.ping(() => {
      clearTimeout(late);
      late = undefined;
    });
  };
  const next = setInterval(isolatedOn, keepAlive, socket, ask).unref();
  session.once("close", () => {
    clearInterval(next);
    clearTimeout(late);
  });
}
