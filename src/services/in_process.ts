/**
 * The services, called from within this process: nothing is put into bytes, and the interceptors are those of
 * every other protocol. It is what the REST side stands on.
 */
import {
  create,
  type DescMessage,
  type DescMethod,
  type DescMethodServerStreaming,
  type DescMethodUnary,
  type DescService,
  type MessageInitShape,
  type MessageShape,
} from "@bufbuild/protobuf";
import {
  createContextValues,
  type HandlerContext,
  type Interceptor,
  type ServiceImpl,
  type StreamResponse,
  type UnaryResponse,
} from "@connectrpc/connect";

/** A service and what implements it. */
export interface Implementation {
  readonly service: DescService;
  readonly methods: Partial<ServiceImpl<DescService>>;
}

export const implementation = <S extends DescService>(
  service: S,
  methods: ServiceImpl<S>,
): Implementation => ({ service, methods: methods as Implementation["methods"] });

export class InProcess {
  readonly #methods = new Map<DescMethod, unknown>();
  readonly #interceptor: Interceptor;

  constructor(implementations: readonly Implementation[], interceptor: Interceptor) {
    for (const { service, methods } of implementations)
      for (const method of service.methods) this.#methods.set(method, methods[method.localName]);
    this.#interceptor = interceptor;
  }

  /** @throws ConnectError */
  async unary<I extends DescMessage, O extends DescMessage>(
    method: DescMethodUnary<I, O>,
    message: MessageShape<I>,
    signal: AbortSignal,
  ): Promise<MessageShape<O>> {
    const run = this.#methods.get(method) as (
      message: MessageShape<I>,
      context: HandlerContext,
    ) => Promise<MessageInitShape<O>>;
    const call = this.#interceptor(async () => ({
      ...answer(method, false),
      message: create(method.output, await run(message, context(method, signal))),
    }));
    const response = await call({ ...question(method, signal), stream: false, method, message });
    return (response as UnaryResponse<I, O>).message;
  }

  /** @throws ConnectError, from the iteration too */
  async stream<I extends DescMessage, O extends DescMessage>(
    method: DescMethodServerStreaming<I, O>,
    message: MessageShape<I>,
    signal: AbortSignal,
  ): Promise<AsyncIterable<MessageShape<O>>> {
    const run = this.#methods.get(method) as (
      message: MessageShape<I>,
      context: HandlerContext,
    ) => AsyncIterable<MessageInitShape<O>>;
    const call = this.#interceptor(async () => ({
      ...answer(method, true),
      message: created(method.output, run(message, context(method, signal))),
    }));
    const response = await call({ ...question(method, signal), stream: true, method, message: one(message) });
    return (response as StreamResponse<I, O>).message;
  }
}

const question = (method: DescMethod, signal: AbortSignal) => ({
  service: method.parent,
  requestMethod: "POST",
  url: `/${method.parent.typeName}/${method.name}`,
  signal,
  header: new Headers(),
  contextValues: createContextValues(),
});

const answer = <S extends boolean>(method: DescMethod, stream: S) => ({
  stream,
  service: method.parent,
  method: method as never,
  header: new Headers(),
  trailer: new Headers(),
});

const context = (method: DescMethod, signal: AbortSignal): HandlerContext => ({
  method,
  service: method.parent,
  signal,
  timeoutMs: () => undefined,
  requestMethod: "POST",
  requestHeader: new Headers(),
  responseHeader: new Headers(),
  responseTrailer: new Headers(),
  protocolName: "in-process",
  values: createContextValues(),
  url: `/${method.parent.typeName}/${method.name}`,
});

async function* one<T>(message: T): AsyncIterable<T> {
  yield message;
}

async function* created<O extends DescMessage>(
  schema: O,
  messages: AsyncIterable<MessageInitShape<O>>,
): AsyncIterable<MessageShape<O>> {
  for await (const message of messages) yield create(schema, message);
}
