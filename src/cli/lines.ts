/** Where the server's own lines go: somebody may stop reading them, and the server goes on. */
import type { WriteStream } from "node:tty";

/** As many bytes wait for a reader; what comes beyond that is lost. */
const mostWaiting = 1_048_576;

/** Node waits for a terminal that is held (Ctrl-S), and all of the server would wait with it. */
interface Terminal {
  readonly _handle?: { setBlocking?(on: boolean): void };
}

export function linesTo(stream: WriteStream): (line: string) => void {
  if (stream.isTTY) (stream as Terminal)._handle?.setBlocking?.(false);
  // The reader of the lines may leave.
  stream.on("error", () => {});
  return (line) => {
    if (stream.writableLength < mostWaiting) stream.write(line);
  };
}
