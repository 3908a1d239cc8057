/** The empty server, in a process of its own. */
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { execa } from "execa";

const script = fileURLToPath(new URL("empty_server.ts", import.meta.url));

/** Runs `work` with the port of a server with nothing behind it. */
export async function besideEmpty<T>(work: (port: number) => Promise<T>): Promise<T> {
  const empty = execa(process.execPath, [script], { buffer: false, reject: false });
  try {
    const [line] = await once(empty.stdout, "data");
    return await work(Number(line));
  } finally {
    empty.kill("SIGKILL");
    await empty;
  }
}
