import assert from "node:assert/strict";
import { once } from "node:events";
import type { RequestListener } from "node:http";
import { type AddressInfo, connect } from "node:net";
import { text } from "node:stream/consumers";
import { type TestContext, test } from "node:test";
import { createPort } from "../../../../src/http/front/port.ts";

const head = "POST / HTTP/1.1\r\nHost: localhost\r\n";

/** All that comes for these bytes, until the connection is closed; the later ones follow when the answer has begun. */
async function answerTo(
  t: TestContext,
  bytes: string,
  listener: RequestListener,
  later = "",
): Promise<string> {
  const port = createPort(listener, { limits: { headers: 300, request: 300, headersCheck: 50 } });
  port.server.listen(0, "127.0.0.1");
  await once(port.server, "listening");
  t.after(async () => {
    port.server.close();
    await port.drain(0);
  });
  const socket = connect((port.server.address() as AddressInfo).port, "127.0.0.1");
  socket.write(bytes);
  socket.once("data", () => socket.write(later));
  return text(socket);
}

for (const [what, bytes, status, problem] of [
  ["is no HTTP", "hello\r\n\r\n", "400 Bad Request", /is not HTTP\/1\.1/],
  [
    "has a head without bounds",
    `${head}X: ${"x".repeat(20_000)}`,
    "431 Request Header Fields",
    /larger than 16 KiB/,
  ],
  ["does not come to its end", `${head}Content-Length: 9\r\n\r\n`, "408 Request Timeout", /in time/],
  ["has a broken body", `${head}Transfer-Encoding: chunked\r\n\r\nzz\r\n`, "400 Bad Request", /is not HTTP/],
] as const)
  test(`what ${what} gets an error in JSON, and its connection is closed`, async (t) => {
    const [top = "", body = ""] = (await answerTo(t, bytes, () => {})).split("\r\n\r\n");
    assert.ok(top.startsWith(`HTTP/1.1 ${status}`), top);
    const error = JSON.parse(body);
    assert.deepEqual([error.status, error.reason], ["error", "MALFORMED_REQUEST"]);
    assert.match(error.message, problem);
  });

test("what breaks while it is answered is cut off: more would be taken for a part of the answer", async (t) => {
  const bytes = `${head}Transfer-Encoding: chunked\r\n\r\n`;
  const begin: RequestListener = (_request, response) => {
    response.writeHead(200, { "Content-Length": 100 });
    response.write("begun");
  };
  const answer = await answerTo(t, bytes, begin, "zz\r\n");
  assert.match(answer, /^HTTP\/1\.1 200 OK\r\n[\s\S]*\r\n\r\nbegun$/);
});
