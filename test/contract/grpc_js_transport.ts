/** `@grpc/grpc-js` behind Connect's `Transport`: the wire is grpc-js's own, only the messages are ours. */
import {
  create,
  type DescMethodStreaming,
  type DescMethodUnary,
  type DescService,
  fromBinary,
  type Message,
  toBinary,
} from "@bufbuild/protobuf";
import { BinaryReader } from "@bufbuild/protobuf/wire";
import { type Any, AnySchema } from "@bufbuild/protobuf/wkt";
import { type Code, ConnectError, type Transport } from "@connectrpc/connect";
import {
  type ClientReadableStream,
  type ClientUnaryCall,
  credentials,
  Metadata,
  makeGenericClientConstructor,
  type ServiceError,
} from "@grpc/grpc-js";

type GrpcClient = InstanceType<ReturnType<typeof makeGenericClientConstructor>>;

export function createGrpcJsTransport(port: number): { transport: Transport; close(): void } {
  const clients = new Map<string, GrpcClient>();
  const clientOf = (service: DescService): GrpcClient => {
    const client = clients.get(service.typeName) ?? createGrpcClient(service, port);
    clients.set(service.typeName, client);
    return client;
  };
  const transport: Transport = {
    async unary(method, signal, timeoutMs, _header, input) {
      const message = await new Promise<Message>((resolve, reject) => {
        const call: ClientUnaryCall = clientOf(method.parent)[method.name]?.(
          toBinary(method.input, create(method.input, input)),
          new Metadata(),
          callOptions(timeoutMs),
          (error: ServiceError | null, value?: Message) =>
            value ? resolve(value) : reject(error ? toConnectError(error) : new Error("No answer.")),
        );
        signal?.addEventListener("abort", () => call.cancel(), { once: true });
      });
      return { ...around(method), stream: false, message: message as never };
    },
    async stream(method, signal, timeoutMs, _header, input) {
      const { value } = await input[Symbol.asyncIterator]().next();
      const call: ClientReadableStream<Message> = clientOf(method.parent)[method.name]?.(
        toBinary(method.input, create(method.input, value)),
        new Metadata(),
        callOptions(timeoutMs),
      );
      signal?.addEventListener("abort", () => call.cancel(), { once: true });
      return { ...around(method), stream: true, message: messagesOf(call) as never };
    },
  };
  return {
    transport,
    close() {
      for (const client of clients.values()) client.close();
    },
  };
}

function createGrpcClient(service: DescService, port: number): GrpcClient {
  const definition = Object.fromEntries(
    service.methods.map((method) => [
      method.name,
      {
        path: `/${service.typeName}/${method.name}`,
        requestStream: false,
        responseStream: method.methodKind === "server_streaming",
        requestSerialize: (bytes: Uint8Array) => Buffer.from(bytes),
        requestDeserialize: (bytes: Buffer) => bytes,
        responseSerialize: (message: Message) => Buffer.from(toBinary(method.output, message)),
        responseDeserialize: (bytes: Buffer) => fromBinary(method.output, bytes),
      },
    ]),
  );
  const Constructor = makeGenericClientConstructor(definition, service.typeName);
  return new Constructor(`127.0.0.1:${port}`, credentials.createInsecure());
}

const callOptions = (timeoutMs: number | undefined) =>
  timeoutMs === undefined ? {} : { deadline: Date.now() + timeoutMs };

const around = <M extends DescMethodUnary | DescMethodStreaming>(method: M) => ({
  service: method.parent,
  method: method as never,
  header: new Headers(),
  trailer: new Headers(),
});

async function* messagesOf(call: ClientReadableStream<Message>): AsyncIterable<Message> {
  try {
    yield* call;
  } catch (error) {
    throw toConnectError(error as ServiceError);
  } finally {
    call.cancel();
  }
}

/** gRPC's codes are Connect's; the details are a google.rpc.Status in a trailer. */
function toConnectError(error: ServiceError): ConnectError {
  const [bytes] = error.metadata?.get("grpc-status-details-bin") ?? [];
  const result = new ConnectError(decodeRest(error.details), error.code as number as Code);
  if (Buffer.isBuffer(bytes))
    result.details = readDetails(bytes).map(({ typeUrl, value }) => ({
      type: typeUrl.slice(typeUrl.lastIndexOf("/") + 1),
      value,
    }));
  return result;
}

/**
 * grpc-js decodes a message with `decodeURI`, which leaves the escapes of these characters, and gRPC asks for
 * all of them to be decoded. Connect escapes them, and may.
 */
const decodeRest = (message: string) =>
  message.replaceAll(/%(?:2[3-6BCF]|3[ABDF]|40)/g, (escaped) => decodeURIComponent(escaped));

/** Field 3 of google.rpc.Status. */
function readDetails(status: Uint8Array): Any[] {
  const reader = new BinaryReader(status);
  const details: Any[] = [];
  while (reader.pos < reader.len) {
    const [field, wireType] = reader.tag();
    if (field === 3) details.push(fromBinary(AnySchema, reader.bytes()));
    else reader.skip(wireType, field);
  }
  return details;
}
