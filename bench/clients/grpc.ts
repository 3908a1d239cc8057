/** gRPC over one HTTP/2 connection of Node's: requests are bytes made beforehand, answers are read when nobody counts the time. */
import { type ClientHttp2Session, type ClientHttp2Stream, connect } from "node:http2";
import {
  create,
  type DescMessage,
  type DescMethod,
  type DescMethodUnary,
  fromBinary,
  type MessageInitShape,
  type MessageShape,
  toBinary,
} from "@bufbuild/protobuf";

/** Flags and length, before every message (gRPC over HTTP/2, Length-Prefixed-Message). */
const envelopeSize = 5;

export class GrpcClient {
  readonly #session: ClientHttp2Session;

  constructor(port: number) {
    this.#session = connect(`http://127.0.0.1:${port}`);
    this.#session.on("error", () => {}); // Each of its streams says so too.
  }

  /** A call, to be made as often as one likes; `read` says what its answer means. */
  prepare<I extends DescMessage>(
    method: DescMethodUnary<I>,
    input: MessageInitShape<I>,
  ): () => Promise<Uint8Array> {
    const request = envelope(toBinary(method.input, create(method.input, input)));
    return () =>
      new Promise((resolve, reject) => {
        const stream = this.#open(method);
        const chunks: Buffer[] = [];
        stream.on("data", (chunk: Buffer) => chunks.push(chunk));
        stream.on("error", reject);
        stream.on("trailers", (trailers) => {
          if (trailers["grpc-status"] === "0") resolve(Buffer.concat(chunks).subarray(envelopeSize));
          else reject(new Error(String(trailers["grpc-message"])));
        });
        stream.end(request);
      });
  }

  /** Opens a server stream and calls `onData` at each packet of it. */
  watch(method: DescMethod, onData: () => void): void {
    const stream = this.#open(method);
    stream.on("data", onData);
    stream.on("error", () => {});
    stream.end(envelope(new Uint8Array()));
  }

  close(): void {
    this.#session.destroy();
  }

  #open(method: DescMethod): ClientHttp2Stream {
    return this.#session.request({
      ":method": "POST",
      ":path": `/${method.parent.typeName}/${method.name}`,
      "content-type": "application/grpc",
      te: "trailers",
    });
  }
}

export function read<O extends DescMessage>(
  method: DescMethodUnary<DescMessage, O>,
  answer: Uint8Array,
): MessageShape<O> {
  return fromBinary(method.output, answer);
}

function envelope(message: Uint8Array): Buffer {
  const bytes = Buffer.alloc(envelopeSize + message.length);
  bytes.writeUInt32BE(message.length, 1);
  bytes.set(message, envelopeSize);
  return bytes;
}
