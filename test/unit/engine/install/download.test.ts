/** A download from a server that sends, and no more than that. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { test } from "node:test";
import { openDownload } from "../../../../src/engine/install/download.ts";

test("a server that sends byte by byte is given up", async (context) => {
  const server = createServer((_request, response) => {
    const dripping = setInterval(() => response.write("x"), 5);
    response.once("close", () => clearInterval(dripping));
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  context.after(() => {
    server.closeAllConnections();
    server.close();
  });
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  const { chunks } = await openDownload(url, { signal: undefined, answerWithin: 10_000, silentFor: 100 });
  const read = async () => {
    for await (const _ of chunks);
  };
  await assert.rejects(read(), /sent \d+ bytes in 0 s$/);
});
