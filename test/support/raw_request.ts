/** Requests as no well-behaved client would send them: with any `Host`, `:authority` and `Origin`. */
import { once } from "node:events";
import { request as httpRequest, type IncomingHttpHeaders, type IncomingMessage } from "node:http";
import { connect } from "node:http2";
import { text } from "node:stream/consumers";

export interface RawRequest {
  readonly port: number;
  readonly method?: string;
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

export interface RawResponse {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

export async function rawHttp1({
  port,
  method = "GET",
  path,
  headers,
  body,
}: RawRequest): Promise<RawResponse> {
  const request = httpRequest({ host: "127.0.0.1", port, method, path, headers, agent: false });
  request.end(body);
  const [response] = (await once(request, "response")) as [IncomingMessage];
  return { status: response.statusCode ?? 0, headers: response.headers, body: await text(response) };
}

/** @param options `headers` may name an `:authority` */
export async function rawHttp2({
  port,
  method = "GET",
  path,
  headers,
  body,
}: RawRequest): Promise<RawResponse> {
  const session = connect(`http://127.0.0.1:${port}`);
  try {
    const stream = session.request({ ":method": method, ":path": path, ...headers });
    stream.end(body);
    const [response] = (await once(stream, "response")) as [IncomingHttpHeaders & { ":status"?: number }];
    return { status: response[":status"] ?? 0, headers: response, body: await text(stream) };
  } finally {
    session.destroy();
  }
}
