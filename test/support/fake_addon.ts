/** Our addon's bus, by a program that says what the real one cannot. */
import type { Server } from "node:http";
import type { Duplex } from "node:stream";
import { encodeFrame, FrameReader, type Kind, kinds } from "../../src/engine/link/bus/frame.ts";
import { encode } from "../../src/engine/link/variant/encode.ts";
import { toPayload } from "./hostile.ts";

export type FakeEvent = readonly [name: string, payload: unknown];

export interface Said {
  /** What a client is told as it connects. */
  readonly events: () => readonly FakeEvent[];
  /** What each call is answered; none where it is undefined. */
  readonly answer?: () => unknown;
  /** What the client must show. */
  readonly secret?: string;
  /** Gets what each client shows. */
  readonly shown?: string[];
}

/** A frame of this payload, also of one that the codec would not write. */
export function frame(kind: Kind, id: number, name: string, payload: unknown): Buffer {
  const whole = encodeFrame(kind, id, name, null);
  const before = whole.subarray(0, whole.length - encode(null).length);
  const framed = Buffer.concat([before, toPayload(payload)]);
  framed.writeUInt32LE(framed.length - 4);
  return framed;
}

/** Has this server speak the bus; what else it answers is its own. */
export function speakBus(server: Server, { events, answer, secret, shown }: Said): void {
  server.on("upgrade", ({ headers }, socket: Duplex) => {
    socket.on("error", () => {});
    if (headers.authorization) shown?.push(headers.authorization);
    if (secret !== undefined && headers.authorization !== `Bearer ${secret}`)
      return socket.end("HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\n\r\n");
    socket.write(
      "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: godot-control-bus\r\n\r\n",
    );
    for (const [name, payload] of events()) socket.write(frame(kinds.event, 0, name, payload));
    const frames = new FrameReader();
    socket.on("data", (bytes) => {
      for (const { kind, id } of frames.read(bytes))
        if (kind === kinds.call && answer) socket.write(frame(kinds.answer, id, "", answer()));
    });
  });
}
